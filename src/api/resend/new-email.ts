/** A message as the Resend dialect writes it, and what becomes of it: a draft for the one door. */
import { type Static, Type } from 'typebox'
import type { Draft } from '../../core/messages/accept-message.ts'
import type { Content, Envelope } from '../../core/messages/envelope.ts'
import { distinctAddresses } from '../../core/messages/recipients.ts'
import { parseScheduledAt } from '../../core/messages/scheduled-at.ts'
import { streamOf, streams } from '../../core/messages/stream.ts'
import { Refusal } from '../../lib/refusal.ts'
import { explainMailbox, formatMailbox, type Mailbox, parseMailbox } from '../../mail/address.ts'
import { isHeaderName } from '../../mail/headers.ts'
import { textFromHtml } from '../../mail/html-text.ts'
import { isForbiddenHeader } from '../../mail/mime.ts'
import { NewAttachments, readAttachments } from './email-attachments.ts'

const addressesMax = 50
const subjectLengthMax = 2_000
const contentLengthMax = 10_000_000
const headersMax = 100
const headerValueLengthMax = 8_000
const tagsMax = 50
const tagPart = /^[A-Za-z0-9_-]{1,256}$/
const tagRule = '1 to 256 letters, digits, underscores or hyphens'

const addresses = 'an address or a list of at most 50 addresses'

const Addresses = Type.Union(
  [Type.String(), Type.Array(Type.String(), { maxItems: addressesMax })],
  { description: addresses },
)
const OptionalAddresses = (what: string) =>
  Type.Optional(
    Type.Union(
      [Type.String(), Type.Array(Type.String(), { maxItems: addressesMax }), Type.Null()],
      { description: `${addresses}, ${what}` },
    ),
  )
const OptionalText = (description: string) =>
  Type.Optional(Type.Union([Type.String(), Type.Null()], { description }))
const TagPart = Type.String({ description: `a string of ${tagRule}` })
const unsupported = { description: 'left out: this version does not have it and refuses it' }

export const ScheduledAt = {
  description:
    'a time within the next 30 days: ISO 8601, `in 10 minutes`, `tomorrow at 9am` or `Friday at 3pm ET`',
}
const Stream = {
  description:
    '`urgent` (one-time codes; one recipient), `transactional` or `bulk`; the queue it waits in',
}

/** From the sandbox, so that it runs as it is. */
export const emailExample = {
  from: 'Shop <shop@postern.localhost>',
  to: 'ada@example.com',
  subject: 'Your order',
  html: '<p>It is on its way.</p>',
}

export const NewEmail = Type.Object(
  {
    from: Type.String({
      description: 'an address, as `name@example.com` or `Name <name@example.com>`',
    }),
    to: Addresses,
    subject: Type.String({
      maxLength: subjectLengthMax,
      description: `a string of at most ${subjectLengthMax} characters`,
    }),
    html: OptionalText('a string: the message as HTML'),
    text: OptionalText(
      'a string: the message as text; when left out it is made from `html`, and empty means none',
    ),
    cc: OptionalAddresses('which every recipient sees'),
    bcc: OptionalAddresses('which no recipient sees'),
    reply_to: OptionalAddresses('where answers shall go'),
    headers: Type.Optional(
      Type.Union([Type.Record(Type.String(), Type.String()), Type.Null()], {
        description: 'an object of header names with strings as values',
      }),
    ),
    tags: Type.Optional(
      Type.Union(
        [
          Type.Array(Type.Object({ name: TagPart, value: TagPart }), { maxItems: tagsMax }),
          Type.Null(),
        ],
        { description: `a list of at most ${tagsMax} objects with \`name\` and \`value\`` },
      ),
    ),
    scheduled_at: Type.Optional(Type.Union([Type.String(), Type.Null()], ScheduledAt)),
    stream: Type.Optional(
      Type.Union([...streams.map((each) => Type.Literal(each)), Type.Null()], Stream),
    ),
    attachments: NewAttachments,
    template: Type.Optional(Type.Unknown(unsupported)),
    topic_id: Type.Optional(Type.Unknown(unsupported)),
  },
  { description: 'a JSON object', examples: [emailExample] },
)
export type NewEmail = Static<typeof NewEmail>

/** Refused rather than ignored: the message would arrive without them, at another time or at another person's. */
const laterFields = ['template', 'topic_id'] as const

export interface ReadingContext {
  nowMs: number
  /** Items of a batch may not have all that a single message may. */
  isBatch: boolean
}

/** Checks what the schema cannot say. Pure, and it names field, rule and fix. */
export function readNewEmail(email: NewEmail, { nowMs, isBatch }: ReadingContext): Draft {
  refuseLaterFields(email)
  if (isBatch) refuseAttachments(email)
  const from = readMailbox('from', email.from)
  const to = readMailboxes('to', email.to)
  const cc = readMailboxes('cc', email.cc)
  const bcc = readMailboxes('bcc', email.bcc)
  const replyTo = readMailboxes('reply_to', email.reply_to)
  if (to.length === 0) throw new Refusal('missing_field', 'Missing `to` field.')
  const headers = readHeaders(email.headers, replyTo.length > 0)
  const envelope: Envelope = {
    from: formatMailbox(from),
    fromDomain: from.domain,
    to: to.map(formatMailbox),
    cc: cc.map(formatMailbox),
    bcc: bcc.map(formatMailbox),
    replyTo: replyTo.map(formatMailbox),
    subject: readSubject(email.subject),
    headers: Object.fromEntries(headers),
    tags: readTags(email.tags),
    recipients: distinctAddresses([...to, ...cc, ...bcc]),
  }
  const { scheduled_at: wanted } = email
  const attachments = readAttachments(email.attachments)
  return {
    envelope,
    content: readContent(email),
    stream: readStream(email, envelope.recipients.length, headers),
    ...(attachments.length > 0 && { attachments }),
    ...(wanted && { scheduledAt: new Date(parseScheduledAt(wanted, nowMs)) }),
  }
}

function refuseAttachments({ attachments }: NewEmail): void {
  if (!attachments || attachments.length === 0) return
  throw new Refusal(
    'invalid_input',
    'The `attachments` field is not taken in a batch; send the message by itself with POST /emails.',
  )
}

function refuseLaterFields(email: NewEmail): void {
  for (const field of laterFields) {
    const value = email[field]
    const isEmpty =
      value === undefined || value === null || (Array.isArray(value) && value.length === 0)
    if (isEmpty) continue
    throw new Refusal(
      'invalid_parameter',
      `The \`${field}\` field is not supported by this version yet; leave it out. Nothing was sent.`,
    )
  }
}

function readMailbox(field: string, value: string): Mailbox {
  const mailbox = parseMailbox(value)
  if (mailbox) return mailbox
  throw new Refusal('invalid_input', `Invalid \`${field}\` field. ${explainMailbox(value)}`)
}

function readMailboxes(field: string, value: string | string[] | null | undefined): Mailbox[] {
  if (value === undefined || value === null) return []
  if (typeof value === 'string') return [readMailbox(field, value)]
  return value.map((one, index) => readMailbox(`${field}[${index}]`, one))
}

function readSubject(subject: string): string {
  if (!hasLineBreak(subject)) return subject
  throw new Refusal(
    'invalid_input',
    'The `subject` field must not contain line breaks or NUL; remove them.',
  )
}

function readHeaders(
  headers: Record<string, string> | null | undefined,
  hasReplyTo: boolean,
): [string, string][] {
  const entries = Object.entries(headers ?? {})
  if (entries.length > headersMax) {
    throw new Refusal(
      'invalid_input',
      `The \`headers\` field may hold at most ${headersMax} headers; leave some out.`,
    )
  }
  for (const [name, value] of entries) checkHeader(name, value, hasReplyTo)
  return entries
}

function checkHeader(name: string, value: string, hasReplyTo: boolean): void {
  const refuse = (rule: string) => {
    const shown = name.slice(0, 80)
    throw new Refusal('invalid_input', `The \`headers.${shown}\` field ${rule}`)
  }
  if (!isHeaderName(name) || name === '__proto__') {
    refuse('is not a header name; use letters, digits and hyphens.')
  }
  if (isForbiddenHeader(name)) refuse('is written by Postern itself; use the field made for it.')
  if (hasReplyTo && name.toLowerCase() === 'reply-to') {
    refuse('and `reply_to` exclude each other; give one of them.')
  }
  if (hasLineBreak(value)) refuse('must not contain line breaks or NUL; remove them.')
  if (value.length > headerValueLengthMax) {
    refuse(`must have at most ${headerValueLengthMax} characters; shorten it.`)
  }
}

function readTags(tags: NewEmail['tags']): Envelope['tags'] {
  return (tags ?? []).map(({ name, value }, index) => {
    if (tagPart.test(name) && tagPart.test(value)) return { name, value }
    const part = tagPart.test(name) ? 'value' : 'name'
    throw new Refusal('invalid_input', `The \`tags[${index}].${part}\` field must have ${tagRule}.`)
  })
}

/** `text` left out is made from html; `text: ""` means that there shall be none. */
function readContent({ html, text: given }: NewEmail): Content {
  if ((html?.length ?? 0) + (given?.length ?? 0) > contentLengthMax) {
    throw new Refusal(
      'too_large',
      `The \`html\` and \`text\` fields may have ${contentLengthMax / 1_000_000} million characters together; send less.`,
    )
  }
  const page = html ? html : null
  if (page === null && !given) {
    throw new Refusal('missing_field', 'Missing `html` or `text` field.')
  }
  if (given === undefined || given === null) {
    return { html: page, text: page === null ? null : textFromHtml(page) }
  }
  return { html: page, text: given === '' ? null : given }
}

function readStream(
  { stream }: NewEmail,
  recipients: number,
  headers: [string, string][],
): Draft['stream'] {
  if (stream === undefined || stream === null) return streamOf(headers)
  if (stream !== 'urgent' || recipients === 1) return stream
  throw new Refusal(
    'invalid_input',
    'The `stream` field may be `urgent` for one recipient only; use `transactional` for several.',
  )
}

function hasLineBreak(value: string): boolean {
  return /[\r\n\0]/.test(value)
}
