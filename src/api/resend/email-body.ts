/** Messages as the Resend dialect shows them, with our own `deliveries` and `timeline`. */
import { type Static, Type } from 'typebox'
import type { Envelope } from '../../core/messages/envelope.ts'
import type { Delivery, Message, MessageListing } from '../../core/messages/read-message.ts'
import { isWaiting, lastEvent, tellStory } from '../../core/messages/story.ts'
import { Nullable, Timestamp } from './schemas.ts'

const Addresses = Type.Array(Type.String())
const NullableText = Nullable(Type.String())

export const EmailListing = Type.Object({
  id: Type.String(),
  message_id: Type.String(),
  to: Addresses,
  from: Type.String(),
  created_at: Timestamp,
  subject: Type.String(),
  cc: Nullable(Addresses),
  bcc: Nullable(Addresses),
  reply_to: Nullable(Addresses),
  last_event: Type.String(),
  scheduled_at: NullableText,
})

const Try = Type.Object({
  at: Timestamp,
  outcome: Type.String(),
  host: Type.String(),
  tls: NullableText,
  selector: NullableText,
  reply_code: Nullable(Type.Integer()),
  enhanced_code: NullableText,
  reply: Type.Array(Type.String()),
  conversation: Type.Array(Type.String()),
  duration_ms: Type.Integer(),
})

const DeliveryBody = Type.Object({
  recipient: Type.String(),
  state: Type.String(),
  attempts: Type.Integer(),
  holds: Type.Array(Type.String(), {
    description:
      'why it waits though it could go: `key`, `account`, `operator` or `attachments`; empty when nothing holds it',
  }),
  next_try_at: NullableText,
  tries: Type.Array(Try),
})

export const EmailBody = Type.Object(
  {
    object: Type.Literal('email'),
    ...EmailListing.properties,
    html: NullableText,
    text: NullableText,
    tags: Type.Array(Type.Object({ name: Type.String(), value: Type.String() })),
    deliveries: Type.Array(DeliveryBody),
    timeline: Type.Array(Type.Object({ at: Timestamp, event: Type.String(), text: Type.String() })),
  },
  { description: 'The message, with what became of it for each recipient.' },
)

export function emailListing(listing: MessageListing, nowMs: number): Static<typeof EmailListing> {
  const { id, createdAt, scheduledAt, envelope, states, isDeferred, lacksAttachment } = listing
  const isScheduled = scheduledAt !== null && scheduledAt.getTime() > nowMs
  return {
    id,
    message_id: envelope.messageId ?? `<${id}@${envelope.fromDomain}>`,
    ...addressing(envelope),
    created_at: createdAt.toISOString(),
    subject: envelope.subject,
    last_event: lastEvent({ states, isDeferred, isScheduled, lacksAttachment }),
    scheduled_at: scheduledAt?.toISOString() ?? null,
  }
}

export function emailBody(message: Message, nowMs: number): Static<typeof EmailBody> {
  const { id, createdAt, scheduledAt, envelope, content, deliveries } = message
  const lacksAttachment = message.attachmentFailure !== null
  const states = deliveries.map((delivery) => delivery.state)
  const isDeferred = deliveries.some((one) => one.attempts > 0 && isWaiting(one))
  return {
    object: 'email',
    ...emailListing(
      { id, createdAt, scheduledAt, envelope, states, isDeferred, lacksAttachment },
      nowMs,
    ),
    html: content.html,
    text: content.text,
    tags: envelope.tags,
    deliveries: deliveries.map(deliveryBody),
    timeline: tellStory(message).map(({ at, event, text }) => ({ at: instant(at), event, text })),
  }
}

function addressing({ from, to, cc, bcc, replyTo }: Envelope) {
  const orNull = (list: string[]) => (list.length === 0 ? null : list)
  return { from, to, cc: orNull(cc), bcc: orNull(bcc), reply_to: orNull(replyTo) }
}

function deliveryBody(delivery: Delivery): Static<typeof DeliveryBody> {
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
