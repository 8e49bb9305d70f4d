/** Composes a message from its parts. The same parts always give the same bytes, so it can be made again at each attempt. */
import { type Attachment, attachmentEntity } from './attachment.ts'
import { bodyOf, type Entity, multipart } from './entity.ts'
import { encodeHeader, foldHeader, type Header, HeaderInjection, isHeaderName } from './headers.ts'
import { encodeText } from './transfer-encoding.ts'

export interface MessageParts {
  /** The whole value, `<id@domain>`. */
  messageId: string
  date: Date
  /** Mailboxes as `formatMailbox` gives them. */
  from: readonly string[]
  to: readonly string[]
  cc: readonly string[]
  replyTo: readonly string[]
  subject: string
  /** The sender's own headers; see `isForbiddenHeader`. */
  headers: Readonly<Record<string, string>>
  html: string | null
  text: string | null
  attachments?: readonly Attachment[]
}

export interface ComposedMessage {
  /** Values are folded and safe; `renderHeaders` writes them. */
  headers: Header[]
  /** Ends in CRLF; not dot-stuffed. */
  body: Buffer
}

/** Lower case. What a sender's own headers may not set; `content-` is forbidden as a prefix too. */
export const forbiddenHeaders: ReadonlySet<string> = new Set([
  'from',
  'sender',
  'to',
  'cc',
  'bcc',
  'subject',
  'date',
  'message-id',
  'mime-version',
  'content-type',
  'content-transfer-encoding',
  'content-disposition',
  'content-id',
  'received',
  'received-spf',
  'return-path',
  'dkim-signature',
  'domainkey-signature',
  'authentication-results',
  'arc-seal',
  'arc-message-signature',
  'arc-authentication-results',
  'resent-from',
  'resent-sender',
  'resent-to',
  'resent-cc',
  'resent-bcc',
  'resent-date',
  'resent-message-id',
])

export function isForbiddenHeader(name: string): boolean {
  const lower = name.toLowerCase()
  return forbiddenHeaders.has(lower) || lower.startsWith('content-')
}

/**
 * Bcc is never written. Throws HeaderInjection when a header would break out of its line or is a
 * forbidden one: doors refuse those by name beforehand. A `replyTo` wins over a Reply-To of the sender's own.
 */
export function composeMessage(parts: MessageParts): ComposedMessage {
  const content = contentEntity(parts)
  return {
    headers: [...messageHeaders(parts), ...ownHeaders(parts), ...content.headers],
    body: bodyOf(content),
  }
}

function messageHeaders(parts: MessageParts): Header[] {
  const headers: Header[] = [['From', foldHeader('From', parts.from.join(', '))]]
  if (parts.to.length > 0) headers.push(['To', foldHeader('To', parts.to.join(', '))])
  if (parts.cc.length > 0) headers.push(['Cc', foldHeader('Cc', parts.cc.join(', '))])
  if (parts.replyTo.length > 0) {
    headers.push(['Reply-To', foldHeader('Reply-To', parts.replyTo.join(', '))])
  }
  headers.push(
    ['Subject', encodeHeader('Subject', parts.subject)],
    ['Message-ID', foldHeader('Message-ID', parts.messageId)],
    // RFC 5322 §3.3; `GMT` is the obsolete name of the zone (§4.3).
    ['Date', parts.date.toUTCString().replace('GMT', '+0000')],
    ['MIME-Version', '1.0'],
  )
  return headers
}

function ownHeaders({ headers, replyTo }: MessageParts): Header[] {
  const own: Header[] = []
  for (const [name, value] of Object.entries(headers)) {
    if (!isHeaderName(name) || isForbiddenHeader(name)) {
      throw new HeaderInjection('the header name is not valid or not allowed')
    }
    if (replyTo.length > 0 && name.toLowerCase() === 'reply-to') continue
    own.push([name, encodeHeader(name, value)])
  }
  return own
}

/** What HTML shows by `cid:` goes with it (RFC 2387); everything else follows after (RFC 2046 §5.1.3). */
function contentEntity(parts: MessageParts): Entity {
  const { html, attachments = [], messageId } = parts
  const shown = attachments.filter(
    ({ disposition, contentId }) => html !== null && disposition === 'inline' && contentId !== null,
  )
  const others = attachments.filter((each) => !shown.includes(each))
  let content = textualEntity(parts)
  if (shown.length > 0) {
    content = multipart('related', [content, ...shown.map(attachmentEntity)], messageId)
  }
  if (others.length === 0) return content
  return multipart('mixed', [content, ...others.map(attachmentEntity)], messageId)
}

/** RFC 2046 §5.1.4: the plainest alternative first, the richest last. */
function textualEntity({ html, text, messageId }: MessageParts): Entity {
  if (html === null) return textEntity('plain', text ?? '')
  const rich = textEntity('html', html)
  return text === null
    ? rich
    : multipart('alternative', [textEntity('plain', text), rich], messageId)
}

function textEntity(subtype: 'plain' | 'html', text: string): Entity {
  const { encoding, body } = encodeText(text)
  return {
    headers: [
      ['Content-Type', `text/${subtype}; charset=utf-8`],
      ['Content-Transfer-Encoding', encoding],
    ],
    pieces: [body],
  }
}

/** RFC 5321 §4.5.2, the client's side: doubles a dot that opens a line. The same Buffer when there is none. */
export function dotStuff(body: Buffer): Buffer {
  const parts: Buffer[] = []
  let copied = 0
  if (body[0] === 0x2e) parts.push(Buffer.from('.'))
  for (let at = body.indexOf('\r\n.'); at !== -1; at = body.indexOf('\r\n.', at + 3)) {
    parts.push(body.subarray(copied, at + 3), Buffer.from('.'))
    copied = at + 3
  }
  if (parts.length === 0) return body
  parts.push(body.subarray(copied))
  return Buffer.concat(parts)
}
