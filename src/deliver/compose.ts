/** From what was accepted to the bytes that are signed and sent. The same message always gives the same bytes. */
import type { Content, Envelope } from '../core/messages/envelope.ts'
import type { Attachment } from '../mail/attachment.ts'
import { headersToSign } from '../mail/dkim.ts'
import { type Header, renderHeaders } from '../mail/headers.ts'
import { composeMessage } from '../mail/mime.ts'
import { readRawMessage } from '../mail/raw-message.ts'
import { rawHeadersToSign } from '../mail/raw-signing.ts'

export interface Composed {
  /** Not dot-stuffed. */
  body: Buffer
  hasEightBitBody: boolean
  /** With headers of one recipient's own; their values are folded and safe. */
  head(own: readonly Header[]): Head
}

export interface Head {
  /** All headers and the empty line behind them. */
  bytes: Buffer
  /** The canonical lines of the headers to be signed. */
  canonical: string
  /** A header has characters beyond ASCII (RFC 6532). */
  hasUtf8Headers: boolean
}

export interface Accepted {
  messageId: string
  createdAt: Date
  envelope: Envelope
  content: Content
  attachments: readonly Attachment[]
}

export function compose(accepted: Accepted): Composed {
  const { messageId, createdAt, envelope, content, attachments } = accepted
  if ('raw' in content) return composeRaw(content.raw)
  const { from, fromDomain, to, cc, replyTo, subject, headers: own } = envelope
  const { headers, body } = composeMessage({
    // The id and the date are those of acceptance, so that each attempt sends the same but for its signature.
    messageId: `<${messageId}@${fromDomain}>`,
    date: createdAt,
    from: [from],
    to,
    cc,
    replyTo,
    subject,
    headers: own,
    html: content.html,
    text: content.text,
    attachments,
  })
  return { body, hasEightBitBody: false, head: (added) => composedHead([...added, ...headers]) }
}

function composedHead(headers: readonly Header[]): Head {
  const rendered = renderHeaders(headers)
  return {
    bytes: Buffer.from(`${rendered}\r\n`),
    canonical: headersToSign(headers),
    hasUtf8Headers: !isAscii(rendered),
  }
}

/** As its sender wrote it. */
function composeRaw(bytes: Buffer): Composed {
  const raw = readRawMessage(bytes)
  const head = bytes.subarray(0, raw.bodyOffset)
  return {
    body: bytes.subarray(raw.bodyOffset),
    hasEightBitBody: raw.hasEightBitBody,
    head: (added) => ({
      bytes: Buffer.concat([Buffer.from(renderHeaders(added)), head]),
      canonical: rawHeadersToSign(raw, { prepended: added }),
      hasUtf8Headers: raw.hasUtf8Header,
    }),
  }
}

export function isAscii(text: string): boolean {
  return /^[\x00-\x7f]*$/.test(text)
}
