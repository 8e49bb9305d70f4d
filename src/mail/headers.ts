/** Header fields: writing them safely, and their canonical form. */
import { trimBlanks } from './blanks.ts'
import { encodeWords } from './encoded-word.ts'

/** A field name and its value; a value may be folded, and has no end of line. */
export type Header = [name: string, value: string]

/** RFC 5322 §2.1.1. */
const lineLengthWanted = 78
const lineLengthMax = 998

const nameLengthMax = 76

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

function refuseInjection(name: string, value: string): void {
  if (!isHeaderName(name)) throw new HeaderInjection('the header name is not valid')
  if (breaksHeader.test(value)) {
    throw new HeaderInjection('the header value contains CR, LF or NUL')
  }
}

/** Encodes from the first word that needs it to the last, so that plain words around stay readable. */
function encodeMiddle(value: string): string {
  const words = value.split(' ')
  // Some readers take a bare `?=` for the end of a word and drop the blanks behind it.
  const needs = (word: string) => !/^[\x21-\x7e]*$/.test(word) || /=\?|\?=/.test(word)
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
