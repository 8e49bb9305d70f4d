/** RFC 2047 encoded-words: how text beyond ASCII travels in a header. */

/** RFC 2047 §2 allows 75; 63 leaves room for `Subject: ` and for a comma on a 78-column line. */
const wordLengthMax = 63
const prefix = '=?utf-8?'
const payloadLengthMax = wordLengthMax - `${prefix}Q?`.length - '?='.length
const base64BytesMax = Math.floor(payloadLengthMax / 4) * 3

/** RFC 2047 §5 (3): the characters that need no quoting even within a display name. */
const plainInWord = /^[A-Za-z0-9!*+\-/]$/
const encodedWord = /=\?([^?*\s]+)(?:\*[^?\s]*)?\?([bq])\?([^?\s]*)\?=/gi

/** The words, to be joined by a blank or a fold; neither Q nor B ever splits a code point. */
export function encodeWords(text: string): string[] {
  const points = Array.from(text.toWellFormed(), (point) => ({
    q: quotePoint(point),
    bytes: Buffer.byteLength(point),
  }))
  let quotedLength = 0
  let byteCount = 0
  for (const { q, bytes } of points) {
    quotedLength += q.length
    byteCount += bytes
  }
  const useBase64 = Math.ceil(byteCount / 3) * 4 < quotedLength
  return useBase64 ? base64Words(text.toWellFormed()) : quotedWords(points.map(({ q }) => q))
}

function quotePoint(point: string): string {
  if (point === ' ') return '_'
  if (plainInWord.test(point)) return point
  let quoted = ''
  for (const byte of Buffer.from(point))
    quoted += `=${byte.toString(16).toUpperCase().padStart(2, '0')}`
  return quoted
}

function quotedWords(points: string[]): string[] {
  const words: string[] = []
  let payload = ''
  for (const point of points) {
    if (payload.length + point.length > payloadLengthMax) {
      words.push(`${prefix}Q?${payload}?=`)
      payload = ''
    }
    payload += point
  }
  if (payload !== '') words.push(`${prefix}Q?${payload}?=`)
  return words
}

function base64Words(text: string): string[] {
  const bytes = Buffer.from(text)
  const words: string[] = []
  for (let start = 0; start < bytes.length; ) {
    let end = Math.min(start + base64BytesMax, bytes.length)
    while (end < bytes.length && isContinuation(bytes[end])) end -= 1
    words.push(`${prefix}B?${bytes.toString('base64', start, end)}?=`)
    start = end
  }
  return words
}

/** Whether a byte is inside a UTF-8 sequence (RFC 3629 §3). */
function isContinuation(byte: number | undefined): boolean {
  return byte !== undefined && (byte & 0xc0) === 0x80
}

/** The text a reader sees; undefined when a word names a character set unknown to us. */
export function decodeWords(text: string): string | undefined {
  let decoded = ''
  let read = 0
  for (const match of text.matchAll(encodedWord)) {
    const [word, charset = '', encoding = '', payload = ''] = match
    const between = text.slice(read, match.index)
    // RFC 2047 §6.2: blanks between two neighbouring words are not shown.
    if (read === 0 || !/^[ \t\r\n]*$/.test(between)) decoded += between
    const shown = decodeBytes(charset, decodePayload(encoding, payload))
    if (shown === undefined) return undefined
    decoded += shown
    read = match.index + word.length
  }
  return decoded + text.slice(read)
}

function decodePayload(encoding: string, payload: string): Buffer {
  if (encoding.toLowerCase() === 'b') return Buffer.from(payload, 'base64')
  const spaced = payload.replaceAll('_', ' ')
  const latin = spaced.replace(/=([0-9a-f]{2})/gi, (_match, hex) =>
    String.fromCharCode(Number.parseInt(String(hex), 16)),
  )
  return Buffer.from(latin, 'latin1')
}

function decodeBytes(charset: string, bytes: Buffer): string | undefined {
  try {
    return new TextDecoder(charset, { ignoreBOM: true }).decode(bytes)
  } catch (error) {
    if (error instanceof RangeError) return undefined
    throw error
  }
}
