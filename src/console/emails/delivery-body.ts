/** What became of a message for one recipient, with each attempt and what both sides said. */
import { type Static, Type } from 'typebox'
import type { Delivery } from '../../core/messages/read-message.ts'
import { closed } from '../lists.ts'
import { Instant, Nullable, Strings, Text } from '../schemas.ts'

const Try = Type.Object(
  {
    at: Instant('when it began'),
    outcome: Text('`delivered`, `deferred`, `bounced` or `unreachable`'),
    host: Text('the mail host it was offered to'),
    tls: Nullable(Text('the version of TLS; null without it')),
    selector: Nullable(Text('the DKIM selector it was signed with')),
    reply_code: Nullable(Type.Integer({ description: 'the deciding SMTP reply' })),
    enhanced_code: Nullable(Text('its enhanced code (RFC 3463)')),
    reply: Strings('the lines of the deciding reply'),
    conversation: Strings('what both sides said; kept when it was not accepted'),
    duration_ms: Type.Integer({ description: 'how long it took, in milliseconds' }),
  },
  closed,
)

export const DeliveryBody = Type.Object(
  {
    recipient: Text('the address'),
    state: Text(
      '`queued`, `attempting`, `delivered`, `bounced`, `expired`, `suppressed` or `cancelled`',
    ),
    attempts: Type.Integer({ description: 'how often it has been tried' }),
    holds: Strings('why it waits though it could go: `key`, `account`, `operator`, `attachments`'),
    next_try_at: Nullable(Instant('when it is tried next; null when it is not going to be')),
    tries: Type.Array(Try, { description: 'every attempt, oldest first' }),
  },
  closed,
)

export function deliveryBody(delivery: Delivery): Static<typeof DeliveryBody> {
  const { recipient, state, attempts, holds, dueAt, tries } = delivery
  return {
    recipient,
    state,
    attempts,
    holds,
    next_try_at: state === 'queued' && holds.length === 0 ? instant(dueAt) : null,
    tries: tries.map((one) => ({
      at: instant(one.at),
      outcome: one.outcome,
      host: one.host,
      tls: one.tls,
      selector: one.selector,
      reply_code: one.replyCode,
      enhanced_code: one.enhancedCode,
      reply: one.said?.reply ?? [],
      conversation: one.said?.conversation ?? [],
      duration_ms: one.durationMs,
    })),
  }
}

function instant(ms: number): string {
  return new Date(ms).toISOString()
}
