/** What a subaccount may use: each limit at most that of the account above as it stands when it is set. */
import { Refusal } from '../../lib/refusal.ts'
import type { AccountLimits } from '../authority/signed-row.ts'

/** How many subaccounts an account may have where the operator has said nothing. */
export const subaccountsMaxDefault = 25
/** That many are listed at once. */
export const subaccountsMaxLargest = 1_000

const names: Record<keyof AccountLimits, string> = {
  requestsPerSecond: 'requests_per_second',
  dailyQuota: 'daily_quota',
  domainsMax: 'domains',
  keysMax: 'keys',
}

const kinds = Object.keys(names) as (keyof AccountLimits)[] // the object has exactly these keys

/** What is left out stays as it is in `present`. Refuses what is more than the account above may use itself. */
export function limitsWithin(
  above: AccountLimits,
  present: AccountLimits,
  wanted: Partial<AccountLimits>,
): AccountLimits {
  const limits: AccountLimits = {
    requestsPerSecond: wanted.requestsPerSecond ?? present.requestsPerSecond,
    dailyQuota: wanted.dailyQuota === undefined ? present.dailyQuota : wanted.dailyQuota,
    domainsMax: wanted.domainsMax ?? present.domainsMax,
    keysMax: wanted.keysMax ?? present.keysMax,
  }
  for (const kind of kinds) {
    if (wanted[kind] !== undefined) demandWithin(kind, limits[kind], above[kind])
  }
  return limits
}

function demandWithin(kind: keyof AccountLimits, wanted: number | null, most: number | null): void {
  if (most === null || (wanted !== null && wanted <= most)) return
  const name = names[kind]
  throw new Refusal(
    'invalid_input',
    `The \`${name}\` of a subaccount is at most that of this account, ${most}; give ${most} or less.`,
    { field: name },
  )
}
