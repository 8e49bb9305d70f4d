/** What is said to who would use an account that is not active; each state has its own true sentence. */
import { Refusal } from '../../lib/refusal.ts'
import type { AccountState } from '../authority/signed-row.ts'

const words: Record<Exclude<AccountState, 'active'>, string> = {
  blocked: 'The account is blocked from sending. Ask the operator for the reason.',
  suspended:
    'The account is suspended by the account above it, and sends nothing. Ask there for the reason.',
  closing:
    'The account is being closed by its owner, and sends nothing any more. Until it is closed an owner can keep it, at the dashboard under Your data.',
  closed: 'The account is closed: its keys are destroyed, and nothing of it can be opened.',
}

/** A state that is not vault's own counts as blocked. */
export function stopped(state: AccountState | 'forged'): Refusal {
  const known = state === 'active' || state === 'forged' ? 'blocked' : state
  return new Refusal('account_blocked', words[known])
}
