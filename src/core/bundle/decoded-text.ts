/** Undoes what a program or a page would undo before using a text: escapes, and base64. */

const escapes =
  /\\x([0-9a-f]{2})|\\u([0-9a-f]{4})|\\u\{([0-9a-f]{1,6})\}|%([0-9a-f]{2})|&#x([0-9a-f]{1,6});|&#(\d{1,7});|\\([/'"`])/gi
/** Sixteen bytes of a secret and more; shorter ones open nothing. */
const blobs = /[A-Za-z0-9+/_-]{22,}={0,2}/g
const codePointMax = 0x10_ff_ff

export interface Unescaped {
  text: string
  /** Where a place of the text stands in what it was made of. */
  sourceOffset: (offset: number) => number
}

export function unescaped(source: string): Unescaped {
  /** The place in the text behind each escape, and how much shorter the text has become by then. */
  const shifts: { at: number; by: number }[] = []
  let by = 0
  const text = source.replace(
    escapes,
    (whole: string, ...parts: (string | number | undefined)[]) => {
      const character = characterOf(parts)
      if (character === undefined) return whole
      // The last two arguments are the place and the source.
      const offset = Number(parts[7])
      const start = offset - by
      by += whole.length - character.length
      shifts.push({ at: start + character.length, by })
      return character
    },
  )
  return {
    text,
    sourceOffset: (offset) => offset + (shifts.findLast(({ at }) => at <= offset)?.by ?? 0),
  }
}

function characterOf(parts: readonly (string | number | undefined)[]): string | undefined {
  const [x, u, point, percent, hexEntity, decimalEntity, quoted] = parts
  if (quoted !== undefined) return String(quoted)
  const hex = x ?? u ?? point ?? percent ?? hexEntity
  const code = hex === undefined ? Number(decimalEntity) : Number.parseInt(String(hex), 16)
  return code <= codePointMax ? String.fromCodePoint(code) : undefined
}

/** Every run that could be base64 (RFC 4648 §4 or §5), decoded. */
export function decodedBlobs(source: string): { offset: number; text: string }[] {
  return [...source.matchAll(blobs)].map(({ index, 0: blob }) => ({
    offset: index,
    text: Buffer.from(blob, 'base64').toString('latin1'),
  }))
}
