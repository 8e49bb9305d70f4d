/**
 * Whom the provider of single sign-on has vouched for, as jobs was told: kept here for five minutes, for the browser that
 * went there, and good for one sign-in. Console can only name the way there and back; it cannot say who came.
 */
import { createHmac, hash } from 'node:crypto'
import { noteIdentity } from '../../core/single-sign-on/queries.ts'
import type { Clock } from '../../lib/clock.ts'
import { Refusal } from '../../lib/refusal.ts'
import { normaliseAddress } from '../../mail/address.ts'
import type { KeyStore } from '../key-store.ts'
import { Pending } from './challenges.ts'
import type { NotedIdentity } from './contract.ts'
import type { PeopleDeps } from './person.ts'

const provedMs = 5 * 60_000

export interface ProvedIdentity {
  browserKey: string
  /** As they stand in the row of a user. */
  issuer: string
  subject: string
  /** Null where the provider has verified no address. */
  verified: { email: string; emailIndex: string } | null
  name: string | null
}

export class ProvedIdentities {
  private readonly proved: Pending<ProvedIdentity>

  constructor(clock: Clock) {
    this.proved = new Pending(clock, provedMs)
  }

  put(id: string, identity: ProvedIdentity): void {
    this.proved.put(id, identity)
  }

  /** For that browser only. */
  peek(id: string, browserKey: string): ProvedIdentity | undefined {
    const found = this.proved.peek(id)
    return found?.browserKey === browserKey ? found : undefined
  }

  take(id: string): void {
    this.proved.take(id)
  }
}

/** For the jobs process with that ticket. */
export async function noteProved(
  deps: Pick<PeopleDeps, 'sql' | 'ticket' | 'keys' | 'identities'>,
  callerTicket: Buffer,
  noted: NotedIdentity,
): Promise<void> {
  const { id, browserKey, issuer, subject, email, name } = noted
  const browserHash = await noteIdentity(deps.sql, deps.ticket, { callerTicket, id })
  if (!browserHash?.equals(hash('sha256', browserKey, 'buffer'))) {
    throw new Refusal('not_found', 'There is no such sign-in under way.')
  }
  deps.identities.put(id, {
    browserKey,
    issuer: hash('sha256', issuer, 'hex'),
    subject: subjectHash(deps.keys, issuer, subject),
    verified: email === null ? null : { email, emailIndex: indexOf(deps.keys, email) },
    name,
  })
}

/** Nobody who has a dump can look for a subject they know. */
function subjectHash(keys: KeyStore, issuer: string, subject: string): string {
  return createHmac('sha256', keys.instanceKey('single sign-on'))
    .update(JSON.stringify([issuer, subject]))
    .digest('hex')
}

/** As console makes it of an address that was typed. */
function indexOf(keys: KeyStore, email: string): string {
  return createHmac('sha256', keys.instanceKey('identity'))
    .update(normaliseAddress(email))
    .digest('hex')
}
