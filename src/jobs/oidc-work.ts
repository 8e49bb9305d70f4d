/** The part of jobs that has people proved by the provider of single sign-on; nothing of it runs where there is none. */

import type { Settings } from '../config/settings.ts'
import {
  type ClaimedSignIn,
  claimOidcSignIns,
  finishOidcSignIn,
  storeOidcProvider,
} from '../core/single-sign-on/queries.ts'
import type { Pool } from '../db/sql.ts'
import type { Clock } from '../lib/clock.ts'
import type { Handover } from '../process/handover.ts'
import { makeLookup } from '../process/host-lookup.ts'
import type { Log } from '../process/log.ts'
import { startRecurring } from '../process/recurring.ts'
import type { VaultClient } from '../vault/client.ts'
import { failureOf } from './oidc-failure.ts'
import type { OidcLibrary } from './oidc-library.ts'
import { OidcProvider } from './oidc-provider.ts'
import { OidcTransport } from './oidc-transport.ts'

export interface SignInsDeps {
  provider: Pick<OidcProvider, 'look' | 'prove'>
  vault: Pick<VaultClient, 'noteIdentity'>
  sql: Pool
  /** Of jobs. */
  ticket: Buffer
  log: Log
}

export interface OidcWorkDeps extends Omit<SignInsDeps, 'provider'> {
  handover: Pick<Handover, 'oidcCa'>
  settings: Pick<
    Settings,
    'oidcIssuer' | 'oidcClientId' | 'oidcClientSecret' | 'consoleUrl' | 'dns'
  >
  library: OidcLibrary
  clock: Clock
}

const atOnceMax = 20
const roundMs = 2_000
const lookMs = 10 * 60_000
const awayMs = 30_000
const retryMs = 1_000

/** True when there may be more. One that fails harms no other. */
export async function signInRound(deps: SignInsDeps): Promise<boolean> {
  const claimed = await claimOidcSignIns(deps.sql, deps.ticket, atOnceMax)
  await Promise.all(claimed.map((one) => proveOne(deps, one)))
  return claimed.length === atOnceMax
}

async function proveOne(deps: SignInsDeps, claimed: ClaimedSignIn): Promise<void> {
  const { provider, vault, sql, ticket, log } = deps
  const { id } = claimed
  const failure = await provider
    .prove(claimed)
    .then((identity) => vault.noteIdentity(identity))
    .then(() => null)
    .catch((error: unknown) => {
      const code = failureOf(error)
      // Its name alone: what is in it may be about the person.
      log.warn(
        { code, reason: error instanceof Error ? error.name : 'unknown' },
        'single sign-on failed',
      )
      return code
    })
  await finishOidcSignIn(sql, ticket, { id, failure })
}

/** What is found stands in the database for console, and for `postern doctor`. True while all is well. */
export async function lookRound({ provider, sql, ticket, log }: SignInsDeps): Promise<boolean> {
  const found = await provider.look()
  await storeOidcProvider(sql, ticket, found)
  if (found.failure === null) return true
  log.warn({ code: found.failure }, 'provider of single sign-on not found')
  return false
}

export function startOidcWork(deps: OidcWorkDeps): { stop(): Promise<void> } {
  const { handover, settings, library, sql, log, clock } = deps
  const { oidcIssuer: issuer, oidcClientId: clientId, oidcClientSecret: clientSecret } = settings
  const { consoleUrl, dns } = settings
  if (issuer === null || clientId === null || clientSecret === null || consoleUrl === null) {
    return { stop: async () => {} }
  }
  const stopping = new AbortController()
  const resolve = makeLookup(dns)
  const transport = new OidcTransport({
    issuer: new URL(issuer),
    resolve,
    ca: handover.oidcCa,
    signal: stopping.signal,
  })
  const redirect = `${consoleUrl}/sign-in/oidc`
  const client = { issuer, clientId, clientSecret, redirect }
  const provider = new OidcProvider({ ...client, library, transport, clock })
  const work = { ...deps, provider }
  const signIns = startRecurring({
    operation: 'single sign-on',
    everyMs: roundMs,
    retryMs,
    round: () => signInRound(work),
    log,
  })
  let nextLookMs = 0
  const looks = startRecurring({
    operation: 'provider of single sign-on',
    everyMs: awayMs,
    retryMs,
    round: async () => {
      if (clock.now() < nextLookMs) return false
      const isWell = await lookRound(work)
      nextLookMs = clock.now() + (isWell ? lookMs : awayMs)
      return false
    },
    log,
  })
  const endListening = sql.listen('oidc_sign_ins', signIns.wake)
  return {
    async stop() {
      stopping.abort()
      await endListening()
      await Promise.all([signIns.stop(), looks.stop()])
    },
  }
}
