/** One word for where a message is, of all its recipients: what went wrong first, then what is open, then what went well. */
import type { MessageStanding } from './search-queries.ts'
import { lastEvent } from './story.ts'

export const standingWords = [
  'queued',
  'scheduled',
  'held',
  'deferred',
  'delivered',
  'bounced',
  'expired',
  'failed',
  'suppressed',
  'cancelled',
] as const
export type StandingWord = (typeof standingWords)[number]

/** As people name it; for programs there is `lastEvent`. */
export function standingWord(
  { states, deferred, held, lacksAttachment }: Omit<MessageStanding, 'revision'>,
  isScheduled: boolean,
): StandingWord {
  const word = lastEvent({ states, isDeferred: deferred, isScheduled, lacksAttachment })
  switch (word) {
    case 'bounced':
    case 'delivered':
    case 'suppressed':
      return word
    case 'delivery_delayed':
      return held ? 'held' : 'deferred'
    case 'queued':
    case 'scheduled':
      return held ? 'held' : word
    case 'failed':
      return states.includes('expired') ? 'expired' : 'failed'
    case 'canceled':
      return 'cancelled'
  }
}
