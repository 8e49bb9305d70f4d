/** The pieces of an opened export, from a stream that cuts them anywhere. Names are checked: a file may be of anybody's making. */
import { manifestName, pieceBytesMax, rowFiles } from './archive.ts'

export interface Piece {
  file: string
  bytes: Buffer
}

/** The export is not what its own manifest says, or no archive; the message names what is wrong. */
export class ArchiveFault extends Error {
  override readonly name = 'ArchiveFault'
}

const nameBytesMax = 100
const contentName = /^messages\/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\.eml$/

/** Nothing that could lead out of a folder. */
export function isArchiveName(name: string): boolean {
  return (
    name === manifestName ||
    contentName.test(name) ||
    rowFiles.some((one) => name === `${one}.ndjson`)
  )
}

export async function* readPieces(source: AsyncIterable<Buffer>): AsyncGenerator<Piece> {
  let held = Buffer.alloc(0)
  for await (const part of source) {
    held = Buffer.concat([held, part])
    for (;;) {
      const found = firstPiece(held)
      if (!found) break
      yield found.piece
      held = held.subarray(found.length)
    }
  }
  if (held.length > 0) throw new ArchiveFault('its last piece is not whole')
}

/** Undefined while it is not all there. */
function firstPiece(held: Buffer): { piece: Piece; length: number } | undefined {
  if (held.length < 4) return undefined
  const nameBytes = held.readUInt32BE(0)
  if (nameBytes > nameBytesMax) throw new ArchiveFault('it names a file as Postern never does')
  const at = 4 + nameBytes
  if (held.length < at + 4) return undefined
  const file = held.toString('utf8', 4, at)
  if (!isArchiveName(file)) throw new ArchiveFault(`it names a file as Postern never does`)
  const bytes = held.readUInt32BE(at)
  if (bytes > pieceBytesMax) throw new ArchiveFault(`a piece of ${file} is too long`)
  const length = at + 4 + bytes
  if (held.length < length) return undefined
  return { piece: { file, bytes: held.subarray(at + 4, length) }, length }
}
