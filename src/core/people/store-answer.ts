/** Carries what vault has signed for people into the database. */
import type { KeyObject } from 'node:crypto'
import { createHmac } from 'node:crypto'
import { DatabaseFailure, type Sql } from '../../db/sql.ts'
import type { Clock } from '../../lib/clock.ts'
import { Refusal } from '../../lib/refusal.ts'
import { normaliseAddress } from '../../mail/address.ts'
import type { PersonAnswer, PersonOutcome, VaultClient } from '../../vault/client.ts'
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

/** No subaccount sends on under an account that does not. */
function refuseFamily(error: unknown): never {
  const constraint = error instanceof DatabaseFailure ? error.constraint : undefined
  if (constraint === 'account_states_below_check') {
    throw new Refusal(
      'not_permitted',
      'This account has active subaccounts, which would go on sending. Suspend them first.',
    )
  }
  if (constraint === 'account_states_above_check') {
    throw new Refusal(
      'not_permitted',
      'The account above this one is not active, so this one stays stopped as well.',
    )
  }
  throw error
}

/** For what vault never answers otherwise than with done or a Refusal. */
export function demandDone(outcome: PersonOutcome): PersonAnswer {
  if (outcome.outcome === 'done') return outcome
  if (outcome.outcome === 'locked') throw locked(outcome.retryAfterSeconds)
  if (outcome.outcome === 'link_dead') {
    throw new Refusal('not_found', 'This link has been used or has expired. Ask for another one.')
  }
  throw new Refusal('not_permitted', 'That did not match. Check it and try again.')
}

export function locked(retryAfterSeconds: number): Refusal {
  return new Refusal(
    'rate_limited',
    `Too many tries. Wait ${retryAfterSeconds} seconds, or use a browser you have signed in with before.`,
    { retryAfterSeconds },
  )
}
