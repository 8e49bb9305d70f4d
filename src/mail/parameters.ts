/** Parameters of the headers of MIME: plain ones (RFC 2045 §5.1), and long or foreign ones in pieces (RFC 2231). */
import { isUtf8 } from 'node:buffer'
import { trimBlanks } from './blanks.ts'
import { decodeWords } from './encoded-word.ts'

/** More than that no program writes; what lies beyond is not looked at. */
const readLengthMax = 4_000
const piecesMax = 100
const parameterForm =
  /;?[ \t]*([^\s=;"]{1,80})[ \t]*=[ \t]*(?:"((?:[^"\\]|\\[\s\S])*)"|([^;"]*))[^;]*/y
const pieceForm = /^([^*]+)(?:\*(\d{1,3}))?(\*?)$/
const extendedForm = /^([^']*)'[^']*'([\s\S]*)$/

/** The value as it stands there, of a token or a quoted string. */
export function parameterOf(parameters: string, name: string): string | undefined {
  const form = new RegExp(
    `(?:^|;)[ \\t]*${name}[ \\t]*=[ \\t]*(?:"([^"]{0,200})"|([^\\s;"]{1,200}))`,
    'i',
  )
  const match = form.exec(parameters.slice(0, 2_000))
  return match?.[1] ?? match?.[2]
}

interface Piece {
  /** Undefined where there is one value only. */
  place: number | undefined
  isExtended: boolean
  value: string
}

/**
 * The text that a parameter means, such as the name of a file. Programs write it in many ways, some of them forbidden:
 * encoded-words (RFC 2047 §5), and bytes beyond ASCII as they are.
 */
export function parameterText(parameters: string, name: string): string | undefined {
  const pieces = piecesOf(parameters, name)
  const extended = pieces.find(({ place, isExtended }) => place === undefined && isExtended)
  if (extended) return decodeExtended([extended])
  const inOrder: Piece[] = []
  for (let next = pieceAt(pieces, 0); next; next = pieceAt(pieces, inOrder.length)) {
    inOrder.push(next)
  }
  if (inOrder.length > 0) return decodeExtended(inOrder)
  const [plain] = pieces
  if (plain === undefined) return undefined
  const text = beyondAscii(plain.value)
  return decodeWords(text) ?? text
}

function pieceAt(pieces: readonly Piece[], place: number): Piece | undefined {
  return pieces.find((piece) => piece.place === place)
}

function piecesOf(parameters: string, name: string): Piece[] {
  const pieces: Piece[] = []
  const read = parameters.slice(0, readLengthMax)
  for (let at = 0; at < read.length && pieces.length < piecesMax; ) {
    parameterForm.lastIndex = at
    const match = parameterForm.exec(read)
    if (!match) {
      // Something that is no parameter: go on behind the next semicolon.
      const end = read.indexOf(';', at + 1)
      if (end === -1) break
      at = end
      continue
    }
    at = parameterForm.lastIndex
    const [, written = '', quoted, token = ''] = match
    const [, base = '', place, star] = pieceForm.exec(written) ?? []
    if (base.toLowerCase() !== name) continue
    pieces.push({
      place: place === undefined ? undefined : Number(place),
      isExtended: star === '*',
      value: quoted === undefined ? trimBlanks(token) : quoted.replace(/\\([\s\S])/g, '$1'),
    })
  }
  return pieces
}

/** RFC 2231 §4.1: only the first piece names the character set. */
function decodeExtended(pieces: readonly Piece[]): string {
  const [first] = pieces
  const [, charset = '', rest] = (first?.isExtended && extendedForm.exec(first.value)) || []
  const bytes = pieces.map(({ isExtended, value }, index) => {
    const text = index === 0 && rest !== undefined ? rest : value
    return isExtended ? percentDecode(text) : Buffer.from(text, 'latin1')
  })
  return decode(Buffer.concat(bytes), charset)
}

function percentDecode(text: string): Buffer {
  const latin = text.replace(/%([0-9a-f]{2})/gi, (_match, hex) =>
    String.fromCharCode(Number.parseInt(String(hex), 16)),
  )
  return Buffer.from(latin, 'latin1')
}

function decode(bytes: Buffer, charset: string): string {
  try {
    return new TextDecoder(charset || 'utf-8').decode(bytes)
  } catch (error) {
    if (!(error instanceof RangeError)) throw error
    return beyondAscii(bytes.toString('latin1'))
  }
}

/** Of text that was read byte by byte: UTF-8 where it is that (RFC 6532 §3.2). */
function beyondAscii(latin: string): string {
  const bytes = Buffer.from(latin, 'latin1')
  return isUtf8(bytes) ? bytes.toString('utf8') : latin
}
