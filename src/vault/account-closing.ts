/** How an account comes to its end: two weeks in which its owners can keep it, then its keys are destroyed. */
import { systemAccountId } from '../core/accounts/system-account.ts'
import type { AccountStateColumns } from '../core/authority/signed-row.ts'
import { destroyAccount as storeDestroyed } from '../core/keys/queries.ts'
import { Refusal } from '../lib/refusal.ts'
import type { Authorised } from './contract.ts'
import { type AuthorityDeps, type ChangeOf, next, presentRow } from './present-authority.ts'

export const closingMs = 14 * 24 * 3600_000

/** The state it had comes back with it, so that closing and keeping an account unblocks nothing. */
export function closed(columns: AccountStateColumns, closesAt: number): AccountStateColumns {
  const { accountId, state, options = {} } = columns
  if (accountId === systemAccountId) {
    throw new Refusal('not_permitted', 'The installation’s own account cannot be closed.')
  }
  if (state === 'closed') throw alreadyClosed()
  const reopensAs = state === 'closing' ? (options.reopensAs ?? 'active') : state
  return { ...columns, state: 'closing', options: { ...options, closesAt, reopensAs } }
}

/** Until its date has come. */
export function reopened(columns: AccountStateColumns, now: number): AccountStateColumns {
  const { options = {}, ...others } = columns
  const { closesAt, reopensAs = 'active', ...kept } = options
  if (columns.state === 'closed' || (closesAt !== undefined && closesAt <= now)) {
    throw alreadyClosed()
  }
  if (columns.state !== 'closing') {
    throw new Refusal(
      'invalid_input',
      'The account is not being closed, so there is nothing to keep.',
    )
  }
  const isEmpty = Object.keys(kept).length === 0
  return { ...others, state: reopensAs, ...(isEmpty ? {} : { options: kept }) }
}

/** What the operator makes of an account that is being closed counts when it is kept; it goes on being closed. */
export function whileClosing(
  before: AccountStateColumns,
  after: AccountStateColumns,
): AccountStateColumns {
  if (before.state === 'closed') throw alreadyClosed()
  if (before.state !== 'closing' || after.state === 'closing' || after.state === 'closed') {
    return after
  }
  return { ...after, state: 'closing', options: { ...after.options, reopensAs: after.state } }
}

/**
 * By jobs, once the date in the signed row has come; nobody else's word counts. Vault notes it outside the database
 * first, so that whatever happens then these keys open nothing again. Done again it does what was left undone.
 */
export async function destroyAccount(
  deps: AuthorityDeps,
  { accountId }: ChangeOf<'destroy_account'>,
): Promise<Authorised> {
  const { sql, ticket, keys, check, clock, onConfirmed } = deps
  const present = await presentRow(deps, 'account_state', { accountId, objectId: accountId })
  const { options = {}, ...columns } = present.columns as AccountStateColumns // presentRow checked the kind
  if (columns.state === 'closed') {
    keys.destroyAccount(accountId)
    return { signed: present }
  }
  const isDue = columns.state === 'closing' && (options.closesAt ?? Infinity) <= clock.now()
  if (!isDue || accountId === systemAccountId) {
    throw new Refusal('not_permitted', 'The account is not to be closed yet.')
  }
  keys.destroyAccount(accountId)
  const { signed } = next(deps, present, { ...columns, state: 'closed' })
  await storeDestroyed(sql, ticket, signed)
  // Every earlier state is a rolled-back one from here on.
  check.distrust(signed, accountId)
  onConfirmed()
  return { signed }
}

function alreadyClosed(): Refusal {
  return new Refusal('account_blocked', 'The account is closed; that cannot be taken back.')
}
