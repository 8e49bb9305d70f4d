/**
 * Proofs that a line stands in the ledger's Merkle tree (RFC 9162 §2.1.3). A proof is made of hashes that are read 256 at
 * a time, of lines or of complete subtrees, so it costs a few reads however long the ledger is.
 */
import { leafHash, nodeHash } from './merkle.ts'

/**
 * Roots of complete subtrees over 2^level lines, from the place `first` on. Of lines (level 0) all that were asked for; of
 * higher levels those that are stored.
 */
export type HashSource = (
  level: number,
  first: number,
  count: number,
) => Promise<readonly { place: number; hash: Buffer }[]>

const levelsOfTile = 8
const tileWidth = 256
const tilesMax = 512

export class ProofTree {
  private readonly size: number
  private readonly source: HashSource
  private readonly tiles = new Map<string, Promise<Buffer[]>>()

  constructor(size: number, source: HashSource) {
    this.size = size
    this.source = source
  }

  /** The hashes beside the line's way to the root, the deepest first. */
  async pathOf(position: number): Promise<Buffer[]> {
    const path: Buffer[] = []
    let first = 0
    let end = this.size
    while (end - first > 1) {
      const middle = first + largestPowerBelow(end - first)
      if (position < middle) {
        path.unshift(await this.rootOf(middle, end))
        end = middle
      } else {
        path.unshift(await this.rootOf(first, middle))
        first = middle
      }
    }
    return path
  }

  /** `first` is where the definition of the tree splits, so what is complete in it stands at a place of its own level. */
  private async rootOf(first: number, end: number): Promise<Buffer> {
    const width = end - first
    const level = Math.log2(width)
    if (Number.isInteger(level)) return this.node(level, first / width)
    const middle = first + largestPowerBelow(width)
    return nodeHash(await this.rootOf(first, middle), await this.rootOf(middle, end))
  }

  private async node(level: number, place: number): Promise<Buffer> {
    const above = level % levelsOfTile
    const width = 2 ** above
    const start = place * width
    const tile = await this.tile(level - above, Math.floor(start / tileWidth))
    return perfectRoot(tile.slice(start % tileWidth, (start % tileWidth) + width))
  }

  private tile(level: number, index: number): Promise<Buffer[]> {
    const name = `${level}/${index}`
    const known = this.tiles.get(name)
    if (known) return known
    const read = this.readTile(level, index)
    this.tiles.set(name, read)
    for (const oldest of this.tiles.keys()) {
      if (this.tiles.size <= tilesMax) break
      this.tiles.delete(oldest)
    }
    return read
  }

  private async readTile(level: number, index: number): Promise<Buffer[]> {
    const first = index * tileWidth
    const complete = Math.floor(this.size / 2 ** level)
    const count = Math.min(tileWidth, complete - first)
    const rows = await this.source(level, first, count)
    const found = new Map(rows.map(({ place, hash }) => [place, hash]))
    const hashes: Buffer[] = []
    for (let place = first; place < first + count; place++) {
      hashes.push(found.get(place) ?? (await this.missing(level, place)))
    }
    return hashes
  }

  /** What is not stored yet follows from the level below. */
  private async missing(level: number, place: number): Promise<Buffer> {
    if (level === 0) throw new Error(`the ledger has no line at position ${place}`)
    return perfectRoot(await this.tile(level - levelsOfTile, place))
  }
}

function perfectRoot(hashes: readonly Buffer[]): Buffer {
  let row = hashes
  while (row.length > 1) {
    const pairs = row.length / 2
    row = Array.from({ length: pairs }, (_, pair) =>
      nodeHash(row[2 * pair] ?? noHash, row[2 * pair + 1] ?? noHash),
    )
  }
  return row[0] ?? noHash
}

/** Stands for none where a list is of another length than it says, which no signed root then agrees with. */
const noHash = Buffer.alloc(32)

function largestPowerBelow(count: number): number {
  let power = 1
  while (power * 2 < count) power *= 2
  return power
}

/** The root that the tree of `size` lines has when the line stands at that position; undefined when the path does not fit. */
export function rootByPath(
  line: string,
  { position, size, path }: { position: number; size: number; path: readonly Buffer[] },
): Buffer | undefined {
  if (position >= size) return undefined
  let node = leafHash(line)
  let place = position
  let last = size - 1
  for (const beside of path) {
    if (last === 0) return undefined
    if (place % 2 === 1 || place === last) {
      node = nodeHash(beside, node)
      while (place % 2 === 0 && place !== 0) {
        place /= 2
        last = Math.floor(last / 2)
      }
    } else {
      node = nodeHash(node, beside)
    }
    place = Math.floor(place / 2)
    last = Math.floor(last / 2)
  }
  return last === 0 ? node : undefined
}
