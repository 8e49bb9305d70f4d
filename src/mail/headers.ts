/** Header fields: writing them safely, reading them within limits, and their canonical form. */
import { isBlank, trimBlanks } from './blanks.ts'
import { encodeWords } from './encoded-word.ts'

/** A field name and its value; a value may be folded, and has no end of line. */
export type Header = [name: string, value: string]

export interface HeaderField {
  /** As written. */
  name: string
  /** Unfolded, without outer blanks, not decoded. */
  value: string
  /** The bytes of the whole field, folds included, without the last CRLF. */
  raw: Buffer
}

/** RFC 5322 §2.1.1. */
const lineLengthWanted = 78
const lineLengthMax = 998

const headerBytesMax = 256 * 1024
const headerCountMax = 1_000
const nameLengthMax = 76

const lineFeed = 0x0a
const carriageReturn = 0x0d

const headerName = /^[\x21-\x39\x3b-\x7e]+$/
const breaksHeader = /[\r\n\0]/

/** A header that would end its line early and so write further headers. Doors check before it comes to this. */
export class HeaderInjection extends Error {
  override readonly name = 'HeaderInjection'
}

/** RFC 5322 §3.6.8; the length leaves the value a place on the same line. */
export function isHeaderName(name: string): boolean {
  return name.length <= nameLengthMax && headerName.test(name)
}

/**
 * An unstructured value (Subject, custom headers) as it stands behind `Name: `: words beyond ASCII
 * become encoded-words, long lines are folded. Throws HeaderInjection for CR, LF, NUL or a bad name.
 */
export function encodeHeader(name: string, value: string): string {
  refuseInjection(name, value)
  if (/^[\x20-\x7e\t]*$/.test(value) && !value.includes('=?')) {
    const trimmed = trimBlanks(value)
    if (name.length + 2 + trimmed.length <= lineLengthWanted) return trimmed
    if (longestWord(trimmed) <= lineLengthMax - nameLengthMax - 2) return fold(name, trimmed)
    return fold(name, encodeWords(trimmed).join(' '))
  }
  return fold(name, encodeMiddle(trimBlanks(value)))
}

/** A structured value that is ready (mailboxes, ids, MIME parameters): folded at blanks, nothing encoded. */
export function foldHeader(name: string, value: string): string {
  refuseInjection(name, value)
  return name.length + 2 + value.length <= lineLengthWanted ? value : fold(name, value)
}

/** The header section, each line ended by CRLF, without the empty line behind it. */
export function renderHeaders(headers: readonly Header[]): string {
  let text = ''
  for (const [name, value] of headers) text += `${name}: ${value}\r\n`
  return text
}

/** RFC 6376 §3.4.2, without the CRLF. Only blank and tab are white space there, whatever Unicode says. */
export function relaxHeader(name: string, value: string): string {
  const isPlain = !/[\t\r\n]| {2}/.test(value)
  const collapsed = isPlain ? value : value.replace(/[ \t\r\n]+/g, ' ')
  return `${trimBlanks(name).toLowerCase()}:${trimBlanks(collapsed)}`
}

/**
 * The fields up to the empty line, or the end. Undefined for what is not a header section: a line
 * without a name, a bare CR or LF, a NUL, a line over 998 bytes, or more fields than the limit.
 */
export function parseHeaders(raw: Buffer): HeaderField[] | undefined {
  const fields: HeaderField[] = []
  let start = 0
  while (start < raw.length) {
    const end = fieldEnd(raw, start)
    if (end === undefined || end > headerBytesMax) return undefined
    if (end === start) return fields
    const field = readField(raw.subarray(start, end))
    if (!field || fields.length === headerCountMax) return undefined
    fields.push(field)
    start = end + 2
  }
  return fields
}

/** Where the field that begins at `start` ends: the first CRLF that no blank follows. */
function fieldEnd(raw: Buffer, start: number): number | undefined {
  for (let lineStart = start; ; ) {
    const feed = raw.indexOf(lineFeed, lineStart)
    const end = feed === -1 ? raw.length : feed - 1
    const firstReturn = raw.indexOf(carriageReturn, lineStart)
    if (feed !== -1 && firstReturn !== end) return undefined
    if (feed === -1 && firstReturn !== -1) return undefined
    if (end - lineStart > lineLengthMax) return undefined
    const next = feed === -1 ? undefined : raw[feed + 1]
    if (end === start || next === undefined || !isBlank(next)) return end
    lineStart = feed + 1
  }
}

function readField(raw: Buffer): HeaderField | undefined {
  if (raw.includes(0)) return undefined
  const text = raw.toString('utf8')
  const colon = text.indexOf(':')
  if (colon === -1) return undefined
  // RFC 5322 §4.5 lets blanks stand before the colon; whoever reads them differently sees another field.
  const name = text.slice(0, colon)
  if (!headerName.test(name)) return undefined
  return { name, value: trimBlanks(text.slice(colon + 1).replaceAll('\r\n', '')), raw }
}

function refuseInjection(name: string, value: string): void {
  if (!isHeaderName(name)) throw new HeaderInjection('the header name is not valid')
  if (breaksHeader.test(value)) {
    throw new HeaderInjection('the header value contains CR, LF or NUL')
  }
}

/** Encodes from the first word that needs it to the last, so that plain words around stay readable. */
function encodeMiddle(value: string): string {
  const words = value.split(' ')
  const needs = (word: string) => !/^[\x21-\x7e]*$/.test(word) || word.includes('=?')
  const first = words.findIndex(needs)
  const last = words.findLastIndex(needs)
  const before = words.slice(0, first)
  const after = words.slice(last + 1)
  if (longestWord([...before, ...after].join(' ')) > lineLengthMax - nameLengthMax - 2) {
    return encodeWords(value).join(' ')
  }
  return [...before, ...encodeWords(words.slice(first, last + 1).join(' ')), ...after].join(' ')
}

/** Breaks before a run of blanks, so the run opens the next line and no line is blank alone. */
function fold(name: string, value: string): string {
  let folded = ''
  let column = name.length + 2
  for (const word of trimBlanks(value).match(/[ \t]*[^ \t]+/g) ?? []) {
    if (folded !== '' && column + word.length > lineLengthWanted) {
      folded += '\r\n'
      column = 0
    }
    folded += word
    column += word.length
  }
  return folded
}

function longestWord(value: string): number {
  let longest = 0
  for (const word of value.split(/[ \t]/)) longest = Math.max(longest, word.length)
  return longest
}
