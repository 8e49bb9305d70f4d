/** Subaccounts on the wire. */
import { type Static, Type } from 'typebox'
import type { AccountLimits, AccountStateColumns } from '../../core/authority/signed-row.ts'
import { subaccountsMaxDefault } from '../../core/subaccounts/limits.ts'
import type { Subaccount } from '../../core/subaccounts/subaccounts.ts'
import { closed, Id, Instant, Nullable, Text } from '../schemas.ts'

const numberMax = 1_000_000_000
const count = (description: string) => Type.Integer({ minimum: 0, maximum: numberMax, description })

const limits = {
  requests_per_second: Type.Integer({
    minimum: 1,
    maximum: 1_000_000,
    description: 'requests a second',
  }),
  daily_quota: Nullable(count('recipients a day; null: no quota')),
  domains: count('domains at most'),
  keys: count('API keys at most'),
}

export const Limits = Type.Object(limits, {
  ...closed,
  description: 'What it may use: each at most what this account may.',
})

/** What is left out is as this account's own in a new one, and stays as it is in another. */
export const WantedLimits = Type.Partial(Limits, {
  ...closed,
  description: 'The limits to set, each at most what this account may.',
})

export const SubaccountBody = Type.Object(
  {
    id: Id('of the subaccount'),
    name: Text('what this account calls it'),
    created_at: Instant('when it was made'),
    state: Type.Enum(['active', 'blocked', 'suspended', 'closing', 'closed'], {
      description:
        'nothing is sent unless it is active: blocked by the operator, suspended by this account, closing by its own owner',
    }),
    blocked_for: Nullable(Text('the operator’s reason for blocking')),
    limits: Limits,
    messages_today: Type.Integer({ description: 'messages of today, in UTC' }),
  },
  closed,
)

export const SubaccountList = Type.Object(
  {
    data: Type.Array(SubaccountBody, { description: 'oldest first' }),
    most: Type.Integer({ description: 'how many this account may have; the operator sets it' }),
    limits: Limits,
  },
  { ...closed, description: 'Every subaccount, and the limits of this account.' },
)

export function subaccountBody(one: Subaccount): Static<typeof SubaccountBody> {
  const { id, name, createdAt, state, reason, messagesToday } = one
  return {
    id,
    name,
    created_at: createdAt.toISOString(),
    state,
    blocked_for: reason,
    limits: limitsBody(one),
    messages_today: messagesToday,
  }
}

export function listBody(
  subaccounts: readonly Subaccount[],
  own: AccountStateColumns,
): Static<typeof SubaccountList> {
  return {
    data: subaccounts.map(subaccountBody),
    most: own.options?.subaccountsMax ?? subaccountsMaxDefault,
    limits: limitsBody(own),
  }
}

function limitsBody(of: AccountLimits): Static<typeof Limits> {
  const { requestsPerSecond, dailyQuota, domainsMax, keysMax } = of
  return {
    requests_per_second: requestsPerSecond,
    daily_quota: dailyQuota,
    domains: domainsMax,
    keys: keysMax,
  }
}

export function readLimits(body: Static<typeof WantedLimits>): Partial<AccountLimits> {
  const { requests_per_second: requestsPerSecond, daily_quota: dailyQuota, domains, keys } = body
  return {
    ...(requestsPerSecond === undefined ? {} : { requestsPerSecond }),
    ...(dailyQuota === undefined ? {} : { dailyQuota }),
    ...(domains === undefined ? {} : { domainsMax: domains }),
    ...(keys === undefined ? {} : { keysMax: keys }),
  }
}
