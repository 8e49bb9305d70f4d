/** What a reader sees of a raw message: its first plain and its first HTML text (RFC 2046 §5.1), decoded. */
import { decodedBody, type MessagePart, messageParts } from './message-parts.ts'
import { parameterOf } from './parameters.ts'

export interface ReadableParts {
  html: string | null
  text: string | null
}

/** A text that is longer is not shown. */
const textBytesMax = 10_000_000

export function readableParts(message: Buffer): ReadableParts {
  let html: MessagePart | undefined
  let text: MessagePart | undefined
  for (const part of messageParts(message)) {
    if (isShownAs(part, 'html')) html ??= part
    if (isShownAs(part, 'plain')) text ??= part
    if (html && text) break
  }
  return { html: html ? decodeText(html) : null, text: text ? decodeText(text) : null }
}

/** Whether it is shown when it is the first of its kind. */
export function isShownAs(part: MessagePart, kind: 'plain' | 'html'): boolean {
  const { type, disposition, body } = part
  const isAttachment = /^attachment/i.test(disposition)
  return type === `text/${kind}` && !isAttachment && body.length <= textBytesMax
}

function decodeText(part: MessagePart): string {
  const charset = parameterOf(part.parameters, 'charset') ?? 'utf-8'
  return decodeCharset(decodedBody(part), charset).replaceAll('\r\n', '\n')
}

function decodeCharset(bytes: Buffer, charset: string): string {
  try {
    return new TextDecoder(charset).decode(bytes)
  } catch (error) {
    if (!(error instanceof RangeError)) throw error
    // A name that nobody knows: most such texts are ASCII.
    return new TextDecoder('windows-1252').decode(bytes)
  }
}
