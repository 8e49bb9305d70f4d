/** Content transfer encodings (RFC 2045 §6): the shortest form of a text that any mail host passes on unchanged. */

export type TransferEncoding = '7bit' | 'quoted-printable' | 'base64'

export interface EncodedText {
  encoding: TransferEncoding
  /** Lines end in CRLF, the last one too. ASCII only. */
  body: string
}

/** RFC 5321 §4.5.3.1.6 allows 998 without CRLF; the rest is for the dot that SMTP may add and for careless hosts. */
const lineLengthMax = 990
/** RFC 2045 §6.7 and §6.8. */
const encodedLineLength = 76
/** Whole lines of 57 bytes each. */
const base64PieceBytes = 57 * 1024

const feed = 0x0a
const carriageReturn = 0x0d
const blank = 0x20
const tab = 0x09
const equals = 0x3d

export function encodeText(text: string): EncodedText {
  const lines = withCrlf(text)
  if (isSevenBit(lines)) return { encoding: '7bit', body: lines }
  const bytes = Buffer.from(lines)
  const quotedLength = bytes.length + 2 * countQuoted(bytes)
  const base64Length = Math.ceil(bytes.length / 3) * 4
  return quotedLength <= base64Length
    ? { encoding: 'quoted-printable', body: quotedPrintable(bytes) }
    : { encoding: 'base64', body: base64Lines(bytes).toString('latin1') }
}

/** Each CRLF, bare CR and bare LF becomes CRLF, and the text ends in one. */
export function withCrlf(text: string): string {
  if (!text.includes('\r')) {
    const lines = text.replaceAll('\n', '\r\n')
    return lines.endsWith('\n') ? lines : `${lines}\r\n`
  }
  const lines = text.replace(/\r\n?|\n/g, '\r\n')
  return lines.endsWith('\n') ? lines : `${lines}\r\n`
}

/** ASCII has as many bytes as characters, which is far quicker to ask than to look at each. */
function isSevenBit(lines: string): boolean {
  if (Buffer.byteLength(lines) !== lines.length || lines.includes('\0')) return false
  for (let start = 0; start < lines.length; ) {
    const end = lines.indexOf('\n', start)
    if (end - start - 1 > lineLengthMax) return false
    start = end + 1
  }
  return true
}

function countQuoted(bytes: Buffer): number {
  let count = 0
  for (let at = 0; at < bytes.length; at += 1) {
    // The loop keeps `at` within the buffer.
    if (isQuoted(bytes[at] as number)) count += 1
  }
  return count
}

/** A carriage return only ever opens a CRLF here, which stays as it is; so does a blank within a line. */
function isQuoted(byte: number): boolean {
  if (byte > 0x7e || byte === equals) return true
  return byte < blank && byte !== tab && byte !== feed && byte !== carriageReturn
}

/** `bytes` has only CRLF for ends of lines. */
function quotedPrintable(bytes: Buffer): string {
  // Each byte takes at most three, and a soft break of three comes after at least 73.
  const encoded = Buffer.allocUnsafe(Math.ceil(bytes.length * 3.2) + 8)
  let length = 0
  let column = 0
  for (let at = 0; at < bytes.length; at += 1) {
    // The loop keeps `at` within the buffer.
    const byte = bytes[at] as number
    const mustQuote = isQuoted(byte) || (byte <= blank && endsLineBlank(bytes, at))
    const width = mustQuote ? 3 : 1
    if (column + width >= encodedLineLength && byte !== carriageReturn && byte !== feed) {
      length = writeSoftBreak(encoded, length)
      column = 0
    }
    if (mustQuote) writeQuoted(encoded, byte, length)
    else encoded[length] = byte
    length += width
    column = byte === feed ? 0 : column + width
  }
  return encoded.toString('latin1', 0, length)
}

/** A blank or tab at the end of a line, where hosts on the way may drop it. */
function endsLineBlank(bytes: Buffer, at: number): boolean {
  return (bytes[at] === blank || bytes[at] === tab) && bytes[at + 1] === carriageReturn
}

function writeSoftBreak(encoded: Buffer, offset: number): number {
  encoded[offset] = equals
  encoded[offset + 1] = carriageReturn
  encoded[offset + 2] = feed
  return offset + 3
}

function writeQuoted(encoded: Buffer, byte: number, offset: number): void {
  encoded[offset] = equals
  encoded[offset + 1] = hexDigit(byte >> 4)
  encoded[offset + 2] = hexDigit(byte & 15)
}

/** RFC 2045 §6.7 (1): upper case. */
function hexDigit(value: number): number {
  return value < 10 ? 0x30 + value : 0x37 + value
}

/**
 * Base64 in lines, each ended by CRLF; of no bytes, one empty line. Encoded piece by piece, so that 40 MB take 0.2 s and
 * hardly more memory than their result.
 */
export function base64Lines(bytes: Buffer): Buffer {
  if (bytes.length === 0) return Buffer.from('\r\n')
  const encodedLength = Math.ceil(bytes.length / 3) * 4
  const lines = Buffer.allocUnsafe(encodedLength + 2 * Math.ceil(encodedLength / encodedLineLength))
  let length = 0
  for (let start = 0; start < bytes.length; start += base64PieceBytes) {
    const piece = bytes.subarray(start, start + base64PieceBytes).toString('base64')
    length = copyInLines(Buffer.from(piece, 'latin1'), lines, length)
  }
  return lines
}

/** Returns where the next line begins. By index: a copying call for each line costs more than its bytes. */
function copyInLines(encoded: Buffer, lines: Buffer, offset: number): number {
  let length = offset
  for (let start = 0; start < encoded.length; start += encodedLineLength) {
    const end = Math.min(start + encodedLineLength, encoded.length)
    // The loop keeps `at` within the buffer.
    for (let at = start; at < end; at += 1) lines[length++] = encoded[at] as number
    lines[length++] = carriageReturn
    lines[length++] = feed
  }
  return length
}
