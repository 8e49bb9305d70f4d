/** Messages as the dashboard gets them. */
import { type Static, Type } from 'typebox'
import type { ListedAttachment } from '../../core/attachments/list-attachments.ts'
import { messageSource } from '../../core/messages/message-source.ts'
import type { Delivery, Message } from '../../core/messages/read-message.ts'
import type { OpenedMessage } from '../../core/messages/search-messages.ts'
import type { MessageStanding } from '../../core/messages/search-queries.ts'
import { standingWord, standingWords } from '../../core/messages/standing.ts'
import { tellStory } from '../../core/messages/story.ts'
import { streams } from '../../core/messages/stream.ts'
import { closed } from '../lists.ts'
import { Id, Instant, Nullable, Strings, Text } from '../schemas.ts'
import { DeliveryBody, deliveryBody } from './delivery-body.ts'
import { possibleActions } from './possible-actions.ts'

/** What a page shows of a text or a source; the rest is had by downloading it. */
const shownBytesMax = 200_000

const State = Type.Enum([...standingWords], { description: 'one word for all its recipients' })
const Revision = Type.Integer({
  description: 'another number means that something has happened to it',
})
const Common = {
  id: Id('of the message'),
  from: Text('the author, with the name where one was given'),
  subject: Text('empty when there is none'),
  created_at: Instant('when it was accepted'),
  scheduled_at: Nullable(Instant('the time asked for; null: at once')),
  stream: Type.Enum([...streams], { description: 'the queue it waits in' }),
  state: State,
  revision: Revision,
}

export const EmailListing = Type.Object(
  {
    ...Common,
    recipients: Strings('whom it goes to'),
    tags: Type.Array(Type.Object({ name: Text('of the tag'), value: Text('of the tag') }, closed), {
      description: 'the tags it was sent with',
    }),
  },
  closed,
)

export const FollowedBody = Type.Object({ id: Common.id, state: State, revision: Revision }, closed)

const AttachmentBody = Type.Object(
  {
    id: Id('of the attachment'),
    filename: Text('its name'),
    content_type: Text('its media type'),
    size_bytes: Type.Integer({ description: '0 while it is still to be fetched' }),
    state: Type.Enum(['stored', 'waiting', 'failed'], {
      description: '`waiting`: still to be fetched from its address',
    }),
    is_inline: Type.Boolean({ description: 'whether the HTML shows it' }),
  },
  closed,
)

export const EmailBody = Type.Object(
  {
    ...Common,
    message_id: Text('its Message-ID header, with the angle brackets'),
    to: Strings('the recipients in To'),
    cc: Strings('the recipients in Cc'),
    bcc: Strings('the recipients nobody else sees'),
    reply_to: Strings('where answers go; empty: to From'),
    tags: EmailListing.properties.tags,
    expires_at: Instant('until when it is tried'),
    size_bytes: Type.Integer({ description: 'as it was accepted' }),
    is_content_kept: Type.Boolean({ description: 'false once the content was discarded' }),
    has_html: Type.Boolean({ description: 'whether there is HTML to preview' }),
    text: Nullable(Text('the message as text; null when it has none')),
    headers: Nullable(Text('its header fields; null once the content was discarded')),
    source: Nullable(Text('headers and body as they are sent; null once discarded')),
    is_cut: Type.Boolean({ description: 'whether text or source are longer than what is shown' }),
    source_lacks_attachments: Type.Boolean({
      description: 'whether the source is shown without the attachments beside it',
    }),
    attachments: Type.Array(AttachmentBody, { description: 'in their order' }),
    deliveries: Type.Array(DeliveryBody, { description: 'one for each recipient' }),
    timeline: Type.Array(
      Type.Object(
        {
          at: Instant('when it happened, or is going to'),
          event: Text('one word for it'),
          text: Text('what happened, in a sentence'),
        },
        closed,
      ),
      { description: 'the story of the message, oldest first' },
    ),
    possible: Type.Array(Type.Enum(['cancel', 'release', 'reschedule', 'resend']), {
      description: 'what may be done with it now',
    }),
  },
  { ...closed, description: 'The message, with what became of it for each recipient.' },
)

export function emailListing(
  { id, createdAt, scheduledAt, stream, standing, envelope }: OpenedMessage,
  nowMs: number,
): Static<typeof EmailListing> {
  return {
    from: envelope.from,
    subject: envelope.subject,
    created_at: createdAt.toISOString(),
    scheduled_at: scheduledAt?.toISOString() ?? null,
    stream,
    recipients: envelope.recipients,
    tags: envelope.tags,
    ...followedBody({ id, scheduledAt, standing }, nowMs),
  }
}

export function followedBody(
  {
    id,
    scheduledAt,
    standing,
  }: { id: string; scheduledAt: Date | null; standing: MessageStanding },
  nowMs: number,
): Static<typeof FollowedBody> {
  const isScheduled = scheduledAt !== null && scheduledAt.getTime() > nowMs
  return { id, state: standingWord(standing, isScheduled), revision: standing.revision }
}

export function emailBody(
  message: Message,
  given: { standing: MessageStanding; attachments: readonly ListedAttachment[] },
  nowMs: number,
): Static<typeof EmailBody> {
  const { id, createdAt, expiresAt, scheduledAt, envelope, stream, sizeBytes } = message
  const { from, subject, to, cc, bcc, replyTo, tags } = envelope
  return {
    ...followedBody({ id, scheduledAt, standing: given.standing }, nowMs),
    ...{ from, subject, to, cc, bcc, reply_to: replyTo, tags, stream },
    message_id: envelope.messageId ?? `<${id}@${envelope.fromDomain}>`,
    created_at: createdAt.toISOString(),
    scheduled_at: scheduledAt?.toISOString() ?? null,
    expires_at: expiresAt.toISOString(),
    size_bytes: sizeBytes,
    ...contentBody(message, given.attachments),
    deliveries: message.deliveries.map((delivery: Delivery) => deliveryBody(delivery)),
    timeline: tellStory(message).map(({ at, event, text }) => ({
      at: new Date(at).toISOString(),
      event,
      text,
    })),
    possible: possibleActions(message, nowMs),
  }
}

function contentBody(message: Message, attachments: readonly ListedAttachment[]) {
  const { content, isContentGone } = message
  const source = messageSource(message)
  const text = shown(content.text)
  const shownSource = shown(source?.bytes.subarray(0, shownBytesMax + 1).toString('utf8') ?? null)
  return {
    is_content_kept: !isContentGone,
    has_html: content.html !== null,
    text: text.text,
    headers: source?.headers ?? null,
    source: shownSource.text,
    is_cut: text.isCut || shownSource.isCut,
    source_lacks_attachments: attachments.some(({ isInner }) => !isInner),
    attachments: attachments.map(({ id, state, sizeBytes, description }) => ({
      id,
      filename: description.filename,
      content_type: description.contentType,
      size_bytes: sizeBytes,
      state,
      is_inline: description.disposition === 'inline',
    })),
  }
}

function shown(text: string | null): { text: string | null; isCut: boolean } {
  if (text === null || text.length <= shownBytesMax) return { text, isCut: false }
  return { text: text.slice(0, shownBytesMax), isCut: true }
}
