/** Messages as the Resend dialect shows them, with our own `deliveries` and `timeline`. */
import { type Static, Type } from 'typebox'
import type { Envelope } from '../../core/messages/envelope.ts'
import type { Delivery, Message, MessageListing } from '../../core/messages/read-message.ts'
import { isWaiting, lastEvent, tellStory } from '../../core/messages/story.ts'
import { exampleIds, Nullable } from './schemas.ts'

const lastEvents =
  '`queued`, `scheduled`, `delivery_delayed`, `delivered`, `bounced`, `failed`, `suppressed` or `canceled`'
const states =
  '`queued`, `attempting`, `delivered`, `bounced`, `expired`, `suppressed` or `cancelled`'
const storyEvents =
  'one word for it, such as `accepted`, `signed`, `tried`, `held`, `released`, `expired` or `next_try`'

const Strings = (description: string) => Type.Array(Type.String(), { description })
const Text = (description: string) => Type.String({ description })
const Instant = (what: string) => Text(`${what}, ISO 8601 in UTC`)

const listingExample = {
  id: exampleIds.message,
  message_id: `<${exampleIds.message}@postern.localhost>`,
  to: ['ada@example.com'],
  from: 'Shop <shop@postern.localhost>',
  created_at: '2026-03-02T09:15:00.000Z',
  subject: 'Your order',
  cc: null,
  bcc: null,
  reply_to: null,
  last_event: 'delivered',
  scheduled_at: null,
}

export const EmailListing = Type.Object(
  {
    id: Text('the id of the message, a UUID'),
    message_id: Text('its Message-ID header, with the angle brackets'),
    to: Strings('the recipients in To'),
    from: Text('the author in From, with the name where one was given'),
    created_at: Instant('when it was accepted'),
    subject: Text('the subject; empty when there is none'),
    cc: Nullable(Strings('the recipients in Cc; null when there are none')),
    bcc: Nullable(Strings('the recipients nobody else sees; null when there are none')),
    reply_to: Nullable(Strings('where answers go; null when that is From')),
    last_event: Text(`one word for all its recipients, the worst first: ${lastEvents}`),
    scheduled_at: Nullable(Instant('the time asked for; null when it went at once')),
  },
  { examples: [listingExample] },
)

const Try = Type.Object(
  {
    at: Instant('when it began'),
    outcome: Text('`delivered`, `deferred`, `bounced` or `unreachable`'),
    host: Text('the mail host it was offered to'),
    tls: Nullable(Text('the version of TLS, such as `TLSv1.3`; null without TLS')),
    selector: Nullable(Text('the DKIM selector it was signed with; null when it was not signed')),
    reply_code: Nullable(
      Type.Integer({ description: 'the deciding SMTP reply, such as 250; null without one' }),
    ),
    enhanced_code: Nullable(
      Text('its enhanced code (RFC 3463), such as `2.0.0`; null without one'),
    ),
    reply: Strings('the lines of the deciding reply; empty without one'),
    conversation: Strings('what both sides said, line by line; kept when it was not accepted'),
    duration_ms: Type.Integer({ description: 'how long it took, in milliseconds' }),
  },
  { description: 'one attempt with one host' },
)

const DeliveryBody = Type.Object(
  {
    recipient: Text('the address of the recipient'),
    state: Text(states),
    attempts: Type.Integer({ description: 'how often it has been tried' }),
    holds: Type.Array(Type.String(), {
      description:
        'why it waits though it could go: `key`, `account`, `operator` or `attachments`; empty when nothing holds it',
    }),
    next_try_at: Nullable(Instant('when it is tried next; null when it is not going to be')),
    tries: Type.Array(Try, { description: 'every attempt, oldest first' }),
  },
  { description: 'what became of it for one recipient' },
)

const bodyExample = {
  object: 'email',
  ...listingExample,
  html: '<p>It is on its way.</p>',
  text: 'It is on its way.',
  tags: [{ name: 'kind', value: 'order' }],
  deliveries: [
    {
      recipient: 'ada@example.com',
      state: 'delivered',
      attempts: 1,
      holds: [],
      next_try_at: null,
      tries: [
        {
          at: '2026-03-02T09:15:00.240Z',
          outcome: 'delivered',
          host: 'mx.example.com',
          tls: 'TLSv1.3',
          selector: 'postern1',
          reply_code: 250,
          enhanced_code: '2.0.0',
          reply: ['250 2.0.0 OK'],
          conversation: [],
          duration_ms: 180,
        },
      ],
    },
  ],
  timeline: [
    {
      at: '2026-03-02T09:15:00.000Z',
      event: 'accepted',
      text: 'Accepted for 1 recipient: 1204 bytes, in the transactional queue.',
    },
  ],
}

export const EmailBody = Type.Object(
  {
    object: Type.Literal('email', { description: 'always `email`' }),
    ...EmailListing.properties,
    html: Nullable(Text('the message as HTML; null when it has none, or it is no longer kept')),
    text: Nullable(Text('the message as text; null when it has none, or it is no longer kept')),
    tags: Type.Array(
      Type.Object({
        name: Text('the name of the tag'),
        value: Text('its value'),
      }),
      { description: 'the tags it was sent with' },
    ),
    deliveries: Type.Array(DeliveryBody, { description: 'one for each recipient' }),
    timeline: Type.Array(
      Type.Object({
        at: Instant('when it happened, or is going to'),
        event: Text(storyEvents),
        text: Text('what happened, in a sentence'),
      }),
      { description: 'the story of the message, oldest first' },
    ),
  },
  {
    description: 'The message, with what became of it for each recipient.',
    examples: [bodyExample],
  },
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
