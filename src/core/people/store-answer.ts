/** Carries what vault has signed for people into the database. */
import type { KeyObject } from 'node:crypto'
import { createHmac } from 'node:crypto'
import type { Sql } from '../../db/sql.ts'
import type { Clock } from '../../lib/clock.ts'
import { Refusal } from '../../lib/refusal.ts'
import { normaliseAddress } from '../../mail/address.ts'
import type { PersonAnswer, PersonOutcome, PersonRefused, VaultClient } from '../../vault/client.ts'
import { refuseFamily } from '../accounts/family.ts'
import type { PasswordHasher } from './password.ts'
import type { PasswordRules } from './password-rules.ts'
import { type PeopleToStore, storePeople } from './queries.ts'

export interface PeopleDeps {
  sql: Sql
  vault: Pick<VaultClient, 'people' | 'openPeople' | 'openNotice' | 'accountKeys' | 'openFor'>
  clock: Clock
  /** Of the console process. */
  ticket: Buffer
  /** Keys the hash that stands for a person's address. */
  identityKey: () => Promise<KeyObject>
  hasher: PasswordHasher
  passwordRules: PasswordRules
}

/** What stands for an address where people are looked up. */
export async function emailIndex(
  { identityKey }: Pick<PeopleDeps, 'identityKey'>,
  address: string,
): Promise<Buffer> {
  return createHmac('sha256', await identityKey())
    .update(normaliseAddress(address))
    .digest()
}

/** Refuses what was done twice; `belongings` are the sealed bytes and notices that go with the rows. */
export async function storeAnswer(
  { sql, ticket }: Pick<PeopleDeps, 'sql' | 'ticket'>,
  { rows, keys = [], steps = [] }: PersonAnswer,
  belongings: { h1: Buffer | null } & Partial<Pick<PeopleToStore, 'sealed' | 'told'>>,
): Promise<void> {
  const { h1, sealed = new Map(), told = [] } = belongings
  demandFresh(
    await storePeople(sql, ticket, { h1, rows, sealed, keys, steps, told }).catch(refuseFamily),
  )
}

/** A code that was stored before was shown twice. */
export function demandFresh(stored: 'stored' | 'replayed' | undefined): void {
  if (stored === 'stored') return
  throw new Refusal('invalid_input', 'This `code` was used already. Wait for the next one.')
}

/** For what vault never answers otherwise than with done or a Refusal. */
export function demandDone(outcome: PersonOutcome): PersonAnswer {
  if (outcome.outcome === 'done') return outcome
  if (outcome.outcome === 'locked') throw locked(outcome.retryAfterSeconds)
  if (outcome.outcome === 'link_dead') throw linkDead()
  throw (
    identityRefusal(outcome) ??
    new Refusal('not_permitted', 'That did not match. Check it and try again.')
  )
}

/** Why who was proved by single sign-on is not let in; nobody else is told. */
export function identityRefusal({ outcome }: PersonRefused): Refusal | undefined {
  const words = identityWords[outcome]
  return words === undefined ? undefined : new Refusal('not_permitted', words)
}

const identityWords: Partial<Record<PersonRefused['outcome'], string>> = {
  identity_dead:
    'Signing in took longer than five minutes, or was finished already. Begin again with the button for single sign-on.',
  identity_other:
    'Your address belongs to a person here whom the provider knows as somebody else. They can unlink that on their page Security, or the operator looks who you are.',
  address_unverified:
    'The provider does not say that your address is verified, so nobody here can be found by it. Have it verified there, then begin again.',
}

export function linkDead(): Refusal {
  return new Refusal('not_found', 'This link has been used or has expired. Ask for another one.')
}

export function locked(retryAfterSeconds: number): Refusal {
  return new Refusal(
    'rate_limited',
    `Too many tries. Wait ${retryAfterSeconds} seconds, or use a browser you have signed in with before.`,
    { retryAfterSeconds },
  )
}
