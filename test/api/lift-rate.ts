/** For tests that ask more than an account may ask in a second, however fast the machine is. */
import type { RunningApi } from './running-api.ts'

export async function liftRate(api: RunningApi): Promise<void> {
  const { operatorToken } = api.database
  const change = { requestsPerSecond: 1_000_000 }
  const { signed } = await api.operator.authorise(
    { operatorToken },
    { kind: 'account_state', accountId: api.first.id, change },
  )
  await api.storeAuthority(signed, 'account.change')
}
