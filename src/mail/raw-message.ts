/**
 * A message as a program hands it over (RFC 5322), in bytes: its header is told apart, and nothing is changed but what is
 * asked for. What two hosts could read differently is refused here, so that everyone after this reads the same message.
 */
import { isAscii, isUtf8 } from 'node:buffer'
import { isBlank, trimBlanks } from './blanks.ts'
import { type Header, HeaderInjection, isHeaderName } from './headers.ts'
import { type RawFaultReason, RawMessageFault } from './raw-fault.ts'

export interface RawField {
  /** As written. */
  name: string
  /** The whole field with its folds and its last CRLF. */
  bytes: Buffer
  /** Where it begins, counted from 1. */
  line: number
}

export interface RawMessage {
  bytes: Buffer
  /** In the order of the message. */
  fields: readonly RawField[]
  /** Behind the empty line. */
  bodyOffset: number
  /** The header has characters beyond ASCII (RFC 6532), so that its way needs SMTPUTF8. */
  hasUtf8Header: boolean
  /** The body has octets above 127, so that its way needs 8BITMIME. */
  hasEightBitBody: boolean
}

/** RFC 5322 §2.1.1, without CRLF. */
const lineLengthMax = 998
const headerBytesMax = 256 * 1024
const fieldCountMax = 1_000
/** Of one name. Three of the signed ones have no limit of their own, and vault signs up to 200 lines. */
const repeatsMax = 50

/**
 * At most once each: RFC 5322 §3.6, and two of RFC 2045, of which some readers would take the first and others the
 * last, and so see different messages.
 */
const onceOnly: ReadonlySet<string> = new Set([
  'from',
  'sender',
  'reply-to',
  'to',
  'cc',
  'subject',
  'date',
  'message-id',
  'in-reply-to',
  'references',
  'content-type',
  'content-transfer-encoding',
])

const feed = 0x0a
const carriageReturn = 0x0d
const colon = 0x3a
const fieldName = /^[\x21-\x39\x3b-\x7e]+$/

/** Throws RawMessageFault with the first thing that is wrong. `bytes` is kept, not copied. */
export function readRawMessage(bytes: Buffer): RawMessage {
  refuseBrokenLines(bytes)
  const { fields, headerEnd } = readFields(bytes)
  refuseRepeats(fields)
  if (!fields.some(({ name }) => name.toLowerCase() === 'from')) {
    throw new RawMessageFault('no_from', lineAt(bytes, headerEnd))
  }
  const bodyOffset = headerEnd + 2
  return {
    bytes,
    fields,
    bodyOffset,
    hasUtf8Header: !isAscii(bytes.subarray(0, headerEnd)),
    hasEightBitBody: !isAscii(bytes.subarray(bodyOffset)),
  }
}

/** What stands behind the colon: unfolded (RFC 5322 §2.2.3), without outer blanks, not decoded. */
export function fieldValue({ name, bytes }: RawField): string {
  return trimBlanks(bytes.toString('utf8', name.length + 1).replaceAll('\r\n', ''))
}

/** The values of all fields of that name in the order of the message; case does not count. */
export function fieldValues({ fields }: RawMessage, name: string): string[] {
  const wanted = name.toLowerCase()
  return fields.filter((field) => field.name.toLowerCase() === wanted).map(fieldValue)
}

/**
 * The message without the fields of these names and with others before the first one left; every other byte is as it
 * was. Values of `prepend` are folded already. Throws HeaderInjection when one would end its field early.
 */
export function rewriteRawMessage(
  { bytes, fields, bodyOffset }: RawMessage,
  { remove = [], prepend = [] }: { remove?: readonly string[]; prepend?: readonly Header[] },
): Buffer {
  const unwanted = new Set(remove.map((name) => name.toLowerCase()))
  const kept = fields.filter(({ name }) => !unwanted.has(name.toLowerCase()))
  const added = prepend.map(([name, value]) => Buffer.from(fieldText(name, value)))
  // The empty line goes with the body.
  return Buffer.concat([
    ...added,
    ...kept.map((field) => field.bytes),
    bytes.subarray(bodyOffset - 2),
  ])
}

function fieldText(name: string, value: string): string {
  const unfolded = value.replace(/\r\n(?=[ \t]+[^ \t\r\n])/g, '')
  if (!isHeaderName(name) || /[\r\n\0]/.test(unfolded)) {
    throw new HeaderInjection('the header to be added is not one whole field')
  }
  return `${name}: ${value}\r\n`
}

/** A line end that one host sees and the next does not lets a message smuggle another, so every one is CRLF. */
function refuseBrokenLines(bytes: Buffer): void {
  const start = wholeLines(bytes)
  if (start < bytes.length) throw new RawMessageFault(lineFault(bytes, start), lineAt(bytes, start))
  const nul = bytes.indexOf(0)
  if (nul !== -1) throw new RawMessageFault('nul', lineAt(bytes, nul))
}

/**
 * Where the lines end that are short enough and ended by CRLF. One pass by index and nothing else in it: 40 MB take 60 ms
 * whatever stands there, where a search for each line takes over a second of empty ones.
 */
function wholeLines(bytes: Buffer): number {
  const { length } = bytes
  let start = 0
  for (let at = 0; at < length; at += 1) {
    // The loop keeps `at` within the buffer.
    const byte = bytes[at] as number
    if (byte > carriageReturn) continue
    if (byte === feed) return start
    if (byte !== carriageReturn) continue
    if (bytes[at + 1] !== feed || at - start > lineLengthMax) return start
    at += 1
    start = at + 1
  }
  return start
}

function lineFault(bytes: Buffer, start: number): RawFaultReason {
  const firstFeed = bytes.indexOf(feed, start)
  const firstReturn = bytes.indexOf(carriageReturn, start)
  if (firstFeed === -1 && firstReturn === -1) return 'unended_line'
  if (firstReturn === -1 || (firstFeed !== -1 && firstFeed < firstReturn)) return 'bare_lf'
  return firstFeed === firstReturn + 1 ? 'line_too_long' : 'bare_cr'
}

/** Up to the empty line; every line has its CRLF by now. */
function readFields(bytes: Buffer): { fields: RawField[]; headerEnd: number } {
  const fields: RawField[] = []
  let line = 1
  for (let start = 0; ; ) {
    if (start >= bytes.length) throw new RawMessageFault('no_separator', Math.max(1, line - 1))
    if (bytes[start] === carriageReturn) return { fields, headerEnd: start }
    const { end, lines } = fieldEnd(bytes, start, line)
    if (end > headerBytesMax) throw new RawMessageFault('header_too_large', line)
    if (fields.length === fieldCountMax) throw new RawMessageFault('too_many_fields', line)
    fields.push(readField(bytes.subarray(start, end), line))
    start = end
    line += lines
  }
}

/** Where the field ends, after the first CRLF that no blank follows, and how many lines it has. */
function fieldEnd(bytes: Buffer, start: number, line: number): { end: number; lines: number } {
  let end = start
  for (let lines = 0; ; lines += 1) {
    const next = bytes[end]
    if (lines > 0 && (next === undefined || !isBlank(next))) return { end, lines }
    const lineEnd = bytes.indexOf(feed, end) + 1
    if (lines > 0 && isBlankLine(bytes, end)) throw new RawMessageFault('blank_fold', line + lines)
    end = lineEnd
    if (end > headerBytesMax) return { end, lines: lines + 1 }
  }
}

/** Some readers end the header at such a line, others go on. */
function isBlankLine(bytes: Buffer, start: number): boolean {
  let at = start
  while (isBlank(bytes[at] ?? 0)) at += 1
  return bytes[at] === carriageReturn
}

function readField(bytes: Buffer, line: number): RawField {
  const end = bytes.indexOf(colon)
  const firstLineEnd = bytes.indexOf(carriageReturn)
  if (end === -1 || end > firstLineEnd) throw new RawMessageFault('no_colon', line)
  const name = bytes.toString('latin1', 0, end)
  // RFC 5322 §4.5 lets blanks stand before the colon; whoever reads them differently sees another field.
  if (!fieldName.test(name)) throw new RawMessageFault('bad_name', line)
  if (!isUtf8(bytes)) throw new RawMessageFault('not_utf8', line)
  return { name, bytes, line }
}

function refuseRepeats(fields: readonly RawField[]): void {
  const counts = new Map<string, number>()
  for (const { name, line } of fields) {
    const key = name.toLowerCase()
    const count = (counts.get(key) ?? 0) + 1
    if (count > (onceOnly.has(key) ? 1 : repeatsMax)) {
      throw new RawMessageFault('repeated_field', line)
    }
    counts.set(key, count)
  }
}

/** Asked once, of a message that is refused. */
function lineAt(bytes: Buffer, offset: number): number {
  let line = 1
  for (let at = bytes.indexOf(feed); at !== -1 && at < offset; at = bytes.indexOf(feed, at + 1)) {
    line += 1
  }
  return line
}
