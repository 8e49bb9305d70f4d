/**
 * What a reader sees of a raw message: its first plain and its first HTML text (RFC 2046 §5.1), decoded. Whatever a message
 * is made of costs a few passes over its bytes; nothing in it is worked on line by line.
 */
import { isBlank, trimBlanks } from './blanks.ts'

export interface ReadableParts {
  html: string | null
  text: string | null
}

/** Nesting and numbers that no mail program writes; what lies beyond is not looked at. */
const depthMax = 10
const partsMax = 500
/** Lines that begin like a delimiter of a multipart and are none. */
const missesMax = 10_000
/** Of the message itself, too. */
const partHeaderBytesMax = 256 * 1024
/** A text that is longer is not shown. */
const textBytesMax = 10_000_000

const lineEnd = Buffer.from('\r\n')
const headerEnd = Buffer.from('\r\n\r\n')
const equals = 0x3d
const hyphen = 0x2d
const feed = 0x0a
const carriageReturn = 0x0d

interface Part {
  /** `type/subtype` in lower case. */
  type: string
  parameters: string
  encoding: string
  isAttachment: boolean
  /** With the line end before it, which belongs to the first delimiter of a multipart. */
  body: Buffer
}

export function readableParts(message: Buffer): ReadableParts {
  const found: ReadableParts = { html: null, text: null }
  walk(message, found, { depth: 0, budget: { left: partsMax } })
  return found
}

function walk(
  bytes: Buffer,
  found: ReadableParts,
  { depth, budget }: { depth: number; budget: { left: number } },
): void {
  budget.left -= 1
  const part = readPart(bytes)
  if (part.type.startsWith('multipart/')) {
    const boundary = parameterOf(part.parameters, 'boundary')
    if (boundary === undefined || depth === depthMax) return
    for (const inner of partsBetween(part.body, boundary)) {
      if (budget.left <= 0 || (found.html !== null && found.text !== null)) return
      walk(inner, found, { depth: depth + 1, budget })
    }
    return
  }
  if (part.isAttachment || part.body.length > textBytesMax) return
  if (part.type === 'text/plain') found.text ??= decodePart(part)
  if (part.type === 'text/html') found.html ??= decodePart(part)
}

function readPart(bytes: Buffer): Part {
  // A part may begin with the empty line (RFC 2046 §5.1).
  const hasHeader = bytes.indexOf(lineEnd) !== 0
  const end = hasHeader ? bytes.indexOf(headerEnd) : -lineEnd.length
  const isWhole = end !== -1 && end <= partHeaderBytesMax
  const header = isWhole && hasHeader ? bytes.toString('latin1', 0, end) : ''
  const fields = header.replace(/\r\n(?=[ \t])/g, '').split('\r\n')
  const [type = '', ...parameters] = fieldOf(fields, 'content-type').split(';')
  return {
    type: trimBlanks(type).toLowerCase() || 'text/plain',
    parameters: parameters.join(';'),
    encoding: trimBlanks(fieldOf(fields, 'content-transfer-encoding')).toLowerCase(),
    isAttachment: /^[ \t]*attachment/i.test(fieldOf(fields, 'content-disposition')),
    body: isWhole ? bytes.subarray(end + lineEnd.length) : Buffer.alloc(0),
  }
}

function fieldOf(fields: readonly string[], name: string): string {
  const prefix = `${name}:`
  const field = fields.find((each) => each.slice(0, prefix.length).toLowerCase() === prefix)
  return field?.slice(prefix.length) ?? ''
}

/** RFC 2045 §5.1: a token or a quoted string. */
function parameterOf(parameters: string, name: string): string | undefined {
  const form = new RegExp(
    `(?:^|;)[ \\t]*${name}[ \\t]*=[ \\t]*(?:"([^"]{0,200})"|([^\\s;"]{1,200}))`,
    'i',
  )
  const match = form.exec(parameters.slice(0, 2_000))
  return match?.[1] ?? match?.[2]
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

function decodePart({ body, encoding, parameters }: Part): string {
  const content = body.subarray(lineEnd.length)
  const bytes =
    encoding === 'base64'
      ? Buffer.from(content.toString('latin1'), 'base64')
      : encoding === 'quoted-printable'
        ? decodeQuotedPrintable(content)
        : content
  return decodeCharset(bytes, parameterOf(parameters, 'charset') ?? 'utf-8').replaceAll(
    '\r\n',
    '\n',
  )
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

function decodeCharset(bytes: Buffer, charset: string): string {
  try {
    return new TextDecoder(charset).decode(bytes)
  } catch (error) {
    if (!(error instanceof RangeError)) throw error
    // A name that nobody knows: most such texts are ASCII.
    return new TextDecoder('windows-1252').decode(bytes)
  }
}
