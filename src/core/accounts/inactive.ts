/** Why an account may not act or send, in one sentence that is true of its state. */
import { Refusal } from '../../lib/refusal.ts'
import type { AccountState } from '../authority/signed-row.ts'

const sentences: Record<Exclude<AccountState, 'active'>, string> = {
  blocked: 'The account is blocked from sending. Ask the operator for the reason.',
  suspended:
    'The account is suspended by the account above it. Ask an admin of that one to resume it.',
  closing: 'The account is being closed and sends nothing any more. Use another account.',
}

export function inactive(state: Exclude<AccountState, 'active'>): Refusal {
  return new Refusal('account_blocked', sentences[state])
}

/** Where it is known only that the account is not active. */
export function inactiveSomehow(): Refusal {
  return new Refusal(
    'account_blocked',
    'The account may not send: it is blocked by the operator, suspended by the account above it, or being closed. Ask them for the reason.',
  )
}
