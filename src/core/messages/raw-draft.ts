/** From the bytes of a whole message to a draft for the one door: what SMTP and HTTP take in raw form enters here. */
import { Refusal } from '../../lib/refusal.ts'
import { uuidv7 } from '../../lib/uuid.ts'
import { formatMailbox, type Mailbox, normaliseAddress, parseMailbox } from '../../mail/address.ts'
import { shownName } from '../../mail/dkim.ts'
import { decodeWords } from '../../mail/encoded-word.ts'
import type { Header } from '../../mail/headers.ts'
import { explainMailboxes, parseMailboxes } from '../../mail/mailbox-list.ts'
import { RawMessageFault } from '../../mail/raw-fault.ts'
import {
  fieldValue,
  fieldValues,
  type RawMessage,
  readRawMessage,
  rewriteRawMessage,
} from '../../mail/raw-message.ts'
import { rawFrom } from '../../mail/raw-signing.ts'
import type { Draft } from './accept-message.ts'
import type { Envelope } from './envelope.ts'
import { readControls } from './raw-controls.ts'
import { distinctAddresses } from './recipients.ts'
import { streamOf, streams } from './stream.ts'

export interface RawSubmission {
  /** As they came, without the dots of SMTP. */
  bytes: Buffer
  /** Who gets it, where the door knows (`RCPT TO`); absent: whom To, Cc and Bcc name. */
  recipients?: readonly string[]
  /** A trace header (RFC 5321 §4.4) that tells the message's id; absent where nothing of the way is told. */
  trace?: (id: string) => Header
}

export interface RawDraft {
  draft: Draft
  /** What the header `Resend-Idempotency-Key` or `X-Postern-Idempotency-Key` holds. */
  idempotencyKey: string | null
}

/** RFC 5321 §4.5.3.1.8: a host has to take so many in one transaction. */
export const rawRecipientsMax = 100

/** What the api shows of it; the message itself keeps its own. */
const shownSubjectLengthMax = 2_000
/** For us, or for nobody to see: never passed on. */
const removedNames: ReadonlySet<string> = new Set([
  'bcc',
  'resent-bcc',
  'return-path',
  'resend-idempotency-key',
])
const removedPrefix = 'x-postern-'
const streamHeader = 'X-Postern-Stream'
/** RFC 5322 §3.6.4, as far as others rely on it; its length leaves it a place on one line. */
const messageIdForm = /^<[\x21-\x3b\x3d\x3f-\x7e]{1,990}>$/
const unshown = /[\p{Cc}\p{Zl}\p{Zp}]/gu

/**
 * Throws Refusal, which names the line and quotes nothing of it. Bcc, Return-Path and the control headers go; Message-ID
 * and Date are added where they are missing (RFC 6409 §8); every other byte stays.
 */
export function readRawDraft(submission: RawSubmission, nowMs: number): RawDraft {
  try {
    return toDraft(readWhole(submission.bytes), submission, nowMs)
  } catch (error) {
    if (!(error instanceof RawMessageFault)) throw error
    throw new Refusal('invalid_input', `The message cannot be taken. ${error.message}`)
  }
}

/** A message may end with its header (RFC 5322 §3.5); whoever comes after us wants the empty line. */
function readWhole(bytes: Buffer): RawMessage {
  try {
    return readRawMessage(bytes)
  } catch (error) {
    if (!(error instanceof RawMessageFault) || error.reason !== 'no_separator') throw error
    return readRawMessage(Buffer.concat([bytes, Buffer.from('\r\n')]))
  }
}

function toDraft(raw: RawMessage, { recipients, trace }: RawSubmission, nowMs: number): RawDraft {
  const from = onlyFrom(raw)
  const { idempotencyKey, tags, scheduledAt } = readControls(raw, nowMs)
  const id = uuidv7(nowMs)
  const messageId = fieldValues(raw, 'message-id').find((value) => messageIdForm.test(value))
  const added: Header[] = trace ? [trace(id)] : []
  const ownId = `<${id}@${from.domain}>`
  if (messageId === undefined) added.push(['Message-ID', ownId])
  if (fieldValues(raw, 'date').length === 0) added.push(['Date', mailDate(nowMs)])
  const envelope = readEnvelope(raw, from, recipients)
  const remove = raw.fields.map(({ name }) => name).filter(isRemoved)
  if (messageId === undefined) remove.push('Message-ID')
  return {
    draft: {
      id,
      envelope: { ...envelope, tags, messageId: messageId ?? ownId },
      content: { raw: rewriteRawMessage(raw, { remove, prepend: added }) },
      stream: readStream(raw, envelope.recipients.length),
      ...(scheduledAt && { scheduledAt }),
    },
    idempotencyKey,
  }
}

/** RFC 5322 §3.3; `GMT` is the obsolete name of the zone (§4.3). */
function mailDate(nowMs: number): string {
  return new Date(nowMs).toUTCString().replace('GMT', '+0000')
}

function isRemoved(name: string): boolean {
  const lower = name.toLowerCase()
  return removedNames.has(lower) || lower.startsWith(removedPrefix)
}

/** With two authors nobody could say whose domain signs. */
function onlyFrom(raw: RawMessage): Mailbox {
  const [from, another] = rawFrom(raw)
  if (from && !another) return from
  throw new Refusal('invalid_input', 'The From header must name exactly one address.')
}

function readEnvelope(
  raw: RawMessage,
  from: Mailbox,
  given: readonly string[] | undefined,
): Envelope {
  const to = shownMailboxes(raw, 'To', given === undefined)
  const cc = shownMailboxes(raw, 'Cc', given === undefined)
  const named = [...to, ...cc]
  const recipients = distinctAddresses(
    given ? readRecipients(given) : [...named, ...shownMailboxes(raw, 'Bcc', true)],
  )
  if (recipients.length === 0) {
    throw new Refusal('missing_field', 'The message has no recipient; name one in To, Cc or Bcc.')
  }
  if (recipients.length > rawRecipientsMax) {
    throw new Refusal(
      'invalid_input',
      `The message may have at most ${rawRecipientsMax} recipients; send it in several calls.`,
    )
  }
  const shown = new Set(named.map(({ address }) => normaliseAddress(address)))
  return {
    from: formatMailbox(from),
    fromDomain: from.domain,
    to: to.map(formatMailbox),
    cc: cc.map(formatMailbox),
    bcc: recipients.filter((address) => !shown.has(normaliseAddress(address))),
    replyTo: shownMailboxes(raw, 'Reply-To', false).map(formatMailbox),
    subject: shownSubject(raw),
    headers: {},
    tags: [],
    recipients,
  }
}

function readRecipients(given: readonly string[]): Pick<Mailbox, 'address'>[] {
  return given.map((text) => {
    const mailbox = parseMailbox(text)
    if (mailbox) return mailbox
    throw new Refusal('invalid_input', 'A recipient is not an address such as name@example.com.')
  })
}

/** Where nobody is addressed by it, a list that we do not read (a group, a comment) is only not shown. */
function shownMailboxes(raw: RawMessage, name: string, decides: boolean): Mailbox[] {
  // Bcc may stand there more than once; of the others there is one at most.
  const values = fieldValues(raw, name).map((value) => value.replaceAll('\t', ' '))
  return values
    .filter((value) => value !== '')
    .flatMap((value) => {
      const mailboxes = parseMailboxes(value)
      if (mailboxes) return mailboxes.map(withShownName)
      if (!decides) return []
      throw new Refusal(
        'invalid_input',
        `The ${name} header is not a list of plain mailboxes. ${explainMailboxes(value)}`,
      )
    })
}

function withShownName(mailbox: Mailbox): Mailbox {
  return { ...mailbox, name: shownName(mailbox.name) ?? '' }
}

function shownSubject({ fields }: RawMessage): string {
  const field = fields.find(({ name }) => name.toLowerCase() === 'subject')
  if (!field) return ''
  const value = fieldValue(field)
  const shown = (decodeWords(value) ?? value).replace(unshown, ' ')
  return shown.slice(0, shownSubjectLengthMax).toWellFormed()
}

function readStream(raw: RawMessage, recipients: number): Draft['stream'] {
  const [wanted] = fieldValues(raw, streamHeader)
  if (wanted === undefined) {
    return streamOf(raw.fields.map((field) => [field.name, fieldValue(field)] as const))
  }
  const stream = streams.find((each) => each === wanted.toLowerCase())
  if (!stream) {
    throw new Refusal('invalid_input', `The ${streamHeader} header must be ${streams.join(', ')}.`)
  }
  if (stream === 'urgent' && recipients > 1) {
    throw new Refusal(
      'invalid_input',
      `A message with ${streamHeader} urgent has one recipient; use transactional for several.`,
    )
  }
  return stream
}
