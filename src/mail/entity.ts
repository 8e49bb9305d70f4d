/** The nodes of a MIME tree (RFC 2045 §2.4) and how several become one (RFC 2046 §5.1). */
import { hash } from 'node:crypto'
import type { Header } from './headers.ts'

export interface Entity {
  /** `Content-Type` first. Values are folded and safe. */
  headers: Header[]
  /** The content in order, in ASCII: text as strings, large things as bytes, so that each is copied once. */
  pieces: (string | Buffer)[]
}

/** Each entity ends in CRLF by itself; that one belongs to the boundary behind it (RFC 2046 §5.1.1). */
export function multipart(
  subtype: 'alternative' | 'related' | 'mixed',
  entities: readonly Entity[],
  messageId: string,
): Entity {
  const boundary = chooseBoundary(entities, messageId)
  const pieces: (string | Buffer)[] = []
  for (const { headers, pieces: content } of entities) {
    let head = `--${boundary}\r\n`
    for (const [name, value] of headers) head += `${name}: ${value}\r\n`
    pieces.push(`${head}\r\n`, ...content)
  }
  pieces.push(`--${boundary}--\r\n`)
  // RFC 2387 §3.1: a reader has to know what it is of which the others are parts.
  const root = subtype === 'related' ? `\r\n type="${typeOf(entities[0])}";` : ''
  const value = `multipart/${subtype};${root}\r\n boundary="${boundary}"`
  return { headers: [['Content-Type', value]], pieces }
}

/** The bytes of the content. */
export function bodyOf({ pieces }: Entity): Buffer {
  let length = 0
  for (const piece of pieces) length += piece.length
  const body = Buffer.allocUnsafe(length)
  let at = 0
  for (const piece of pieces) {
    at += typeof piece === 'string' ? body.write(piece, at, 'latin1') : piece.copy(body, at)
  }
  return body
}

function typeOf(entity: Entity | undefined): string {
  const [, value = ''] = entity?.headers[0] ?? []
  return value.split(';', 1)[0] ?? ''
}

/** Derived from the message id; whoever knows that beforehand and writes the boundary into a part only gets the next one. */
function chooseBoundary(entities: readonly Entity[], messageId: string): string {
  for (let round = 0; ; round += 1) {
    const digest = hash('sha256', `${round} ${messageId}`, 'base64url')
    const boundary = `=_${digest.slice(0, 24)}`
    // Bytes are base64, which never has an underscore.
    const isTaken = entities.some(({ pieces }) =>
      pieces.some((piece) => typeof piece === 'string' && piece.includes(boundary)),
    )
    if (!isTaken) return boundary
  }
}
