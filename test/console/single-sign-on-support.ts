/** A console with a provider of single sign-on, and the real work of jobs between them. */
import assert from 'node:assert/strict'
import { setTimeout } from 'node:timers/promises'
import type { OidcOffer } from '../../src/console/single-sign-on.ts'
import { openPool } from '../../src/db/sql.ts'
import { OidcLibrary } from '../../src/jobs/oidc-library.ts'
import { startOidcWork } from '../../src/jobs/oidc-work.ts'
import type { LogFields } from '../../src/process/log.ts'
import { type OidcServer, startOidcServer } from '../support/oidc-server.ts'
import {
  type Answer,
  type Browser,
  type PeopleConsole,
  startPeopleConsole,
} from './people-console.ts'

export interface OidcConsole {
  running: PeopleConsole
  provider: OidcServer
  /** What jobs logged, as [event, fields]. */
  logged: [string, LogFields][]
  stop(): Promise<void>
}

export async function startOidcConsole(
  more: Partial<Pick<OidcOffer, 'required'>> & Parameters<typeof startPeopleConsole>[0] = {},
): Promise<OidcConsole> {
  const { required = false, ...rest } = more
  const provider = await startOidcServer()
  const { issuer, clientId, clientSecret } = provider
  const oidc = { issuer, clientId, name: 'Acme Login', required }
  const running = await startPeopleConsole({ ...rest, oidc })
  provider.serve(`${running.origin}/sign-in/oidc`)
  const { database, vault, clock } = running
  const ticket = await database.ticket('jobs')
  const sql = openPool(database.logins.jobs, { connectionsMax: 2 })
  const library = new OidcLibrary()
  await library.load({ oidcIssuer: issuer })
  const logged: [string, LogFields][] = []
  const write = (fields: LogFields, event: string) => void logged.push([event, fields])
  const work = startOidcWork({
    settings: {
      ...{ oidcIssuer: issuer, oidcClientId: clientId, oidcClientSecret: clientSecret },
      ...{ consoleUrl: running.origin, dns: null },
    },
    handover: { oidcCa: null },
    ...{ library, sql, ticket, clock },
    vault: vault.client('jobs', ticket),
    log: { debug: write, info: write, warn: write, error: write },
  })
  const found = 'select from private.oidc_provider where endpoint is not null'
  for (const until = Date.now() + 60_000; (await database.query(found)).length === 0; ) {
    assert.ok(Date.now() < until, 'jobs has not found the provider')
    await setTimeout(20)
  }
  return {
    running,
    provider,
    logged,
    async stop() {
      await work.stop()
      await sql.end()
      await running.close()
      await provider.stop()
    },
  }
}

/** Where the provider is to be gone to. */
export async function begin(browser: Browser, more: { again?: boolean } = {}): Promise<string> {
  const asked = { browser_key: browser.publicKey, ...more }
  const { status, body } = await browser.ask('POST', '/api/single-sign-on', asked)
  assert.equal(status, 200, JSON.stringify(body))
  return body.location
}

/** What the provider sent the browser back with, as the page hands it on. */
export function comeBack(browser: Browser, back: URL): Promise<Answer> {
  return browser.ask('POST', '/api/single-sign-on/return', {
    browser_key: browser.publicKey,
    ...Object.fromEntries(
      [...back.searchParams].filter(([name]) => ['state', 'code', 'iss', 'error'].includes(name)),
    ),
  })
}

/** There and back as that person; null says no there. */
export async function goThere(
  { provider }: Pick<OidcConsole, 'provider'>,
  browser: Browser,
  subject: string | null,
): Promise<Answer> {
  return comeBack(browser, await provider.visit(await begin(browser), subject))
}

/** Signs in with what came of it. */
export async function signInProved(
  oidc: Pick<OidcConsole, 'provider'>,
  browser: Browser,
  { subject, factor }: { subject: string; factor?: () => Record<string, unknown> },
): Promise<Answer> {
  const { body, status } = await goThere(oidc, browser, subject)
  assert.equal(status, 200, JSON.stringify(body))
  const shown = { single_sign_on: body.single_sign_on }
  const answer = await browser.signIn(shown)
  if (answer.body.outcome !== 'factor_needed' || !factor) return answer
  return browser.signIn({ ...shown, factor: factor() })
}
