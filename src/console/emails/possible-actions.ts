/** What a page offers for a message. The database decides anew when it is asked for, so this only spares a useless press. */
import type { Message } from '../../core/messages/read-message.ts'
import { isWaiting } from '../../core/messages/story.ts'

export type EmailAction = 'cancel' | 'release' | 'reschedule' | 'resend'

export function possibleActions(
  { deliveries, scheduledAt, isContentGone }: Message,
  nowMs: number,
): EmailAction[] {
  const waiting = deliveries.filter(isWaiting)
  const isScheduled =
    scheduledAt !== null && scheduledAt.getTime() > nowMs && waiting.some(isUntried)
  const isHeld = waiting.some(({ holds }) => holds.length > 0)
  const isOwnHold = waiting.some(({ holds }) => holds.includes('key') || holds.includes('account'))
  const hasFailed = deliveries.some(({ state }) => state === 'bounced' || state === 'expired')
  const possible: [EmailAction, boolean][] = [
    ['cancel', isScheduled || isHeld],
    ['release', isOwnHold],
    ['reschedule', isScheduled],
    ['resend', hasFailed && !isContentGone],
  ]
  return possible.flatMap(([action, is]) => (is ? [action] : []))
}

function isUntried({ attempts }: { attempts: number }): boolean {
  return attempts === 0
}
