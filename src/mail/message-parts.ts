/**
 * The parts of a raw message that hold something (RFC 2046 §5.1), in their order. Whatever a message is made of costs a few
 * passes over its bytes; nothing in it is worked on line by line.
 */
import { isBlank, trimBlanks } from './blanks.ts'
import { parameterOf } from './parameters.ts'

/** One that is no multipart; a message within the message is one such part. */
export interface MessagePart {
  /** Where it stands, as IMAP counts (RFC 9051 §6.4.5): `1`, or `2.1` for the first part of the second one. */
  section: string
  /** `type/subtype` in lower case. */
  type: string
  /** Of its type, as written behind the first semicolon. */
  parameters: string
  /** Empty for none. */
  disposition: string
  /** Empty for none. */
  contentId: string
  encoding: string
  /** Encoded as it travels. */
  body: Buffer
}

/** Nesting and numbers that no mail program writes; what lies beyond is not looked at. */
const depthMax = 10
const partsMax = 500
/** Lines that begin like a delimiter of a multipart and are none. */
const missesMax = 10_000
/** Of the message itself, too. */
const partHeaderBytesMax = 256 * 1024
/** Of all of them together. */
const headerBytesMax = 2 * 1024 * 1024

const lineEnd = Buffer.from('\r\n')
const headerEnd = Buffer.from('\r\n\r\n')
const equals = 0x3d
const hyphen = 0x2d
const feed = 0x0a
const carriageReturn = 0x0d

/** Whoever has what they were looking for may stop early. */
export function messageParts(message: Buffer): Generator<MessagePart> {
  return walk(message, '', { parts: partsMax, headerBytes: headerBytesMax })
}

/** What may still be looked at. */
interface Budget {
  parts: number
  headerBytes: number
}

function* walk(bytes: Buffer, section: string, budget: Budget): Generator<MessagePart, void> {
  budget.parts -= 1
  const part = readPart(bytes)
  // One whose header was not read has no body.
  if (part.body.length > 0) budget.headerBytes -= bytes.length - part.body.length
  if (!part.type.startsWith('multipart/')) {
    yield { ...part, section: section === '' ? '1' : section, body: behindLineEnd(part.body) }
    return
  }
  const boundary = parameterOf(part.parameters, 'boundary')
  const depth = section === '' ? 0 : section.split('.').length
  if (boundary === undefined || depth === depthMax) return
  let number = 0
  for (const inner of partsBetween(part.body, boundary)) {
    if (budget.parts <= 0 || budget.headerBytes <= 0) return
    number += 1
    yield* walk(inner, section === '' ? `${number}` : `${section}.${number}`, budget)
  }
}

/** Its body still has the line end before it, which belongs to the first delimiter of a multipart. */
function readPart(bytes: Buffer): Omit<MessagePart, 'section'> {
  // A part may begin with the empty line (RFC 2046 §5.1).
  const hasHeader = bytes.indexOf(lineEnd) !== 0
  const end = hasHeader ? bytes.indexOf(headerEnd) : -lineEnd.length
  const isWhole = end !== -1 && end <= partHeaderBytesMax
  const header = isWhole && hasHeader ? bytes.toString('latin1', 0, end) : ''
  const fields = header.replace(/\r\n(?=[ \t])/g, '').split('\r\n')
  const contentType = fieldOf(fields, 'content-type')
  const typeEnd = contentType.indexOf(';')
  const type = typeEnd === -1 ? contentType : contentType.slice(0, typeEnd)
  return {
    type: trimBlanks(type).toLowerCase() || 'text/plain',
    parameters: typeEnd === -1 ? '' : contentType.slice(typeEnd + 1),
    disposition: trimBlanks(fieldOf(fields, 'content-disposition')),
    contentId: trimBlanks(fieldOf(fields, 'content-id')),
    encoding: trimBlanks(fieldOf(fields, 'content-transfer-encoding')).toLowerCase(),
    body: isWhole ? bytes.subarray(end + lineEnd.length) : Buffer.alloc(0),
  }
}

function behindLineEnd(body: Buffer): Buffer {
  return body.subarray(lineEnd.length)
}

function fieldOf(fields: readonly string[], name: string): string {
  const prefix = `${name}:`
  const field = fields.find((each) => each.slice(0, prefix.length).toLowerCase() === prefix)
  return field?.slice(prefix.length) ?? ''
}

/** What stands between the delimiters; a line that only begins like one is not one. */
function* partsBetween(body: Buffer, boundary: string): Generator<Buffer> {
  const delimiter = Buffer.from(`\r\n--${boundary}`, 'latin1')
  let start: number | undefined
  let misses = 0
  for (let at = body.indexOf(delimiter); at !== -1; at = body.indexOf(delimiter, at + 1)) {
    const end = delimiterEnd(body, at + delimiter.length)
    if (end === undefined) {
      misses += 1
      if (misses > missesMax) return
      continue
    }
    if (start !== undefined) yield body.subarray(start, at)
    if (end === 'last') return
    start = end
  }
  // Its end is missing, as in a message that was cut.
  if (start !== undefined) yield body.subarray(start)
}

/** Where the line of a delimiter ends; blanks may stand behind it. Undefined when it is another line. */
function delimiterEnd(body: Buffer, rest: number): number | 'last' | undefined {
  if (body[rest] === hyphen && body[rest + 1] === hyphen) return 'last'
  let at = rest
  while (isBlank(body[at] ?? 0)) at += 1
  return body[at] === carriageReturn && body[at + 1] === feed ? at + lineEnd.length : undefined
}

/** The bytes that were meant. */
export function decodedBody({ body, encoding }: MessagePart): Buffer {
  if (encoding === 'base64') return Buffer.from(body.toString('latin1'), 'base64')
  return encoding === 'quoted-printable' ? decodeQuotedPrintable(body) : body
}

/** RFC 2045 §6.7; what is not of the form stays as it is. */
function decodeQuotedPrintable(bytes: Buffer): Buffer {
  const decoded = Buffer.allocUnsafe(bytes.length)
  let length = 0
  for (let at = 0; at < bytes.length; at += 1) {
    // The loop keeps `at` within the buffer.
    const byte = bytes[at] as number
    if (byte !== equals) {
      decoded[length++] = byte
      continue
    }
    const high = bytes[at + 1] ?? 0
    const low = bytes[at + 2] ?? 0
    const isSoftEnd = high === carriageReturn && low === feed
    const value = hexValue(high) * 16 + hexValue(low)
    if (isSoftEnd || value >= 0) at += 2
    if (!isSoftEnd) decoded[length++] = value >= 0 ? value : equals
  }
  return decoded.subarray(0, length)
}

/** Of a digit; for anything else so little that no sum with it is a byte. */
function hexValue(byte: number): number {
  if (byte >= 0x30 && byte <= 0x39) return byte - 0x30
  const lower = byte | 0x20
  return lower >= 0x61 && lower <= 0x66 ? lower - 0x61 + 10 : -1_000
}
