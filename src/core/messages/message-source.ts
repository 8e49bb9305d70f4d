/**
 * What goes over the wire for a message, as far as it can be said before a copy is made: the bytes of a raw one, or the
 * message that its parts make. Deliver adds a signature, and what is one recipient's own. Attachments that stand beside
 * the content are in it where they are given along.
 */
import type { Attachment } from '../../mail/attachment.ts'
import { renderHeaders } from '../../mail/headers.ts'
import { composeMessage } from '../../mail/mime.ts'
import type { Message } from './read-message.ts'

export interface MessageSource {
  /** All header fields, each line ended by CRLF. */
  headers: string
  /** Headers, an empty line and the body. */
  bytes: Buffer
}

const headerEnd = Buffer.from('\r\n\r\n')

/** Undefined once the content was discarded. */
export function messageSource(
  {
    id,
    createdAt,
    envelope,
    original,
  }: Pick<Message, 'id' | 'createdAt' | 'envelope' | 'original'>,
  attachments: readonly Attachment[] = [],
): MessageSource | undefined {
  if (!original) return undefined
  if ('raw' in original) {
    const end = original.raw.indexOf(headerEnd)
    const head = end === -1 ? original.raw : original.raw.subarray(0, end + 2)
    return { headers: head.toString('utf8'), bytes: original.raw }
  }
  const { from, fromDomain, to, cc, replyTo, subject, headers: own } = envelope
  const { headers, body } = composeMessage({
    messageId: `<${id}@${fromDomain}>`,
    date: createdAt,
    from: [from],
    ...{ to, cc, replyTo, subject, headers: own },
    ...{ html: original.html, text: original.text, attachments },
  })
  const rendered = renderHeaders(headers)
  return { headers: rendered, bytes: Buffer.concat([Buffer.from(`${rendered}\r\n`), body]) }
}
