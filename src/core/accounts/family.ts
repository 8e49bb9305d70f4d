/** What the database refuses so that no subaccount sends on under an account that does not, in words. */
import { DatabaseFailure } from '../../db/sql.ts'
import { Refusal } from '../../lib/refusal.ts'

/** For a change of state that was not stored; every other failure goes on. */
export function refuseFamily(error: unknown): never {
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
