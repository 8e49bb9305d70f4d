/** What the operator changes about an account, and what stays as it is whatever the operator asks. */
import type { AccountOptions, AccountStateColumns } from '../core/authority/signed-row.ts'
import { Refusal } from '../lib/refusal.ts'
import type { AccountStateChange } from './contract.ts'
import { type AuthorityDeps, presentRow } from './present-authority.ts'

/**
 * The account above is never another one. What was suspended when it was blocked is suspended again once the block is
 * lifted: the operator takes back only what the operator did.
 */
export function changedState(
  { options: before = {}, ...present }: AccountStateColumns,
  change: AccountStateChange,
): AccountStateColumns {
  const { clearsNetworks, subaccountsMax, ...changed } = change
  const { networks, suspended, ...others } = before
  const options: AccountOptions = {
    ...others,
    ...(networks && !clearsNetworks ? { networks } : {}),
    ...(subaccountsMax === undefined ? {} : { subaccountsMax }),
    ...(present.state === 'suspended' || suspended ? { suspended: true } : {}),
  }
  const columns = { ...present, ...limitsAndState(changed) }
  if (columns.state === 'active' && options.suspended) columns.state = 'suspended'
  if (columns.state === 'active' || columns.state === 'suspended') delete options.suspended
  return Object.keys(options).length === 0 ? columns : { ...columns, options }
}

/** Nothing else of what is asked gets into a signed row. */
function limitsAndState(change: AccountStateChange): Partial<AccountStateColumns> {
  const { state, reason, requestsPerSecond, dailyQuota, domainsMax, keysMax } = change
  return {
    ...(state === undefined ? {} : { state }),
    ...(reason === undefined ? {} : { reason }),
    ...(requestsPerSecond === undefined ? {} : { requestsPerSecond }),
    ...(dailyQuota === undefined ? {} : { dailyQuota }),
    ...(domainsMax === undefined ? {} : { domainsMax }),
    ...(keysMax === undefined ? {} : { keysMax }),
  }
}

/** While an account is stopped, none under it goes on sending. */
export async function demandActiveAbove(
  deps: AuthorityDeps,
  { options }: AccountStateColumns,
): Promise<void> {
  const parentId = options?.parentId
  if (parentId === undefined) return
  const above = await presentRow(deps, 'account_state', {
    accountId: parentId,
    objectId: parentId,
  })
  const { state } = above.columns as AccountStateColumns // presentRow checked the kind
  if (state === 'active') return
  throw new Refusal(
    'not_permitted',
    `The account above it, ${parentId}, is not active, so this one stays stopped. Unblock that one first.`,
  )
}
