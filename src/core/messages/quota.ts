/** How an account learns that it has sent what it may. */
import { Refusal } from '../../lib/refusal.ts'

const sentences = {
  over_quota:
    'The daily quota of the account is used up. It begins again at 00:00 UTC; the operator can raise it.',
  key_over_quota:
    'The hourly ceiling of this API key is reached. It begins again at the full hour; another key of the account may go on.',
} as const

export function overQuota(outcome: keyof typeof sentences): Refusal {
  return new Refusal('quota_exceeded', sentences[outcome])
}
