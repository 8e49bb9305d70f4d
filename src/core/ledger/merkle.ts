/** The Merkle tree over the ledger's lines (RFC 6962 §2.1) and the bytes a checkpoint's signature covers. Pure. */
import { createHash } from 'node:crypto'

export const hashBytes = 32
const leafPrefix = Buffer.of(0)
const nodePrefix = Buffer.of(1)

export function leafHash(line: string): Buffer {
  return createHash('sha256').update(leafPrefix).update(line, 'utf8').digest()
}

export function nodeHash(left: Buffer, right: Buffer): Buffer {
  return createHash('sha256').update(nodePrefix).update(left).update(right).digest()
}

/**
 * The right edge of a growing tree: the roots of its perfect subtrees, largest first. It is all that appending needs, so
 * a tree of any size takes at most 53 hashes of memory.
 */
export class Frontier {
  private sizeNow = 0
  private readonly roots: Buffer[] = []

  /** The tree of `size` lines whose perfect subtrees have these roots. Throws RangeError when size and bytes disagree. */
  static restore(size: number, bytes: Buffer): Frontier {
    if (!Number.isSafeInteger(size) || size < 0) {
      throw new RangeError('a tree has a whole number of lines')
    }
    if (bytes.length !== countOnes(size) * hashBytes) {
      throw new RangeError(`a tree of ${size} lines has ${countOnes(size)} perfect subtrees`)
    }
    const frontier = new Frontier()
    frontier.sizeNow = size
    for (let at = 0; at < bytes.length; at += hashBytes) {
      frontier.roots.push(Buffer.from(bytes.subarray(at, at + hashBytes)))
    }
    return frontier
  }

  get size(): number {
    return this.sizeNow
  }

  append(leaf: Buffer): void {
    if (leaf.length !== hashBytes) throw new RangeError('a leaf is a SHA-256 hash of 32 bytes')
    let node = leaf
    // Each trailing one of the size is a subtree as large as the node that has just been completed.
    for (let rest = this.sizeNow; rest % 2 === 1; rest = (rest - 1) / 2) {
      const left = this.roots.pop()
      if (left) node = nodeHash(left, node)
    }
    this.roots.push(node)
    this.sizeNow += 1
  }

  /** The tree's head; of the empty tree it is the hash of nothing. */
  root(): Buffer {
    const last = this.roots.at(-1)
    if (!last) return createHash('sha256').digest()
    return this.roots.slice(0, -1).reduceRight((right, left) => nodeHash(left, right), last)
  }

  /** The roots of the perfect subtrees, largest first, 32 bytes each; `restore` also needs the size. */
  serialise(): Buffer {
    return Buffer.concat(this.roots)
  }
}

function countOnes(size: number): number {
  let ones = 0
  for (let rest = size; rest > 0; rest = Math.floor(rest / 2)) ones += rest % 2
  return ones
}

export function checkpointBytes(treeSize: number, root: Buffer): Buffer {
  return Buffer.from(`postern ledger 1\n${treeSize}\n${root.toString('base64')}\n`, 'utf8')
}
