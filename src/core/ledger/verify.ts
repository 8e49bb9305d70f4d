/**
 * Checks the whole ledger from the outside: every line's text is hashed anew, the tree is rebuilt (RFC 6962 §2.1), and at
 * each checkpoint its root must be the signed one.
 */
import { type KeyObject, verify } from 'node:crypto'
import { checkpointBytes, Frontier, leafHash } from './merkle.ts'

export interface Checkpoint {
  treeSize: number
  root: Buffer
  signature: Buffer
}

/** Both in ascending order, at most `limit` at a time. */
export interface LedgerSource {
  lines(from: number, limit: number): Promise<{ position: number; line: string }[]>
  checkpoints(after: number, limit: number): Promise<Checkpoint[]>
}

/** The first thing that is wrong: it lies among the positions from `first` to `last`. */
export interface Fault {
  first: number
  last: number
  reason: string
}

export interface LedgerReport {
  lines: number
  checkpoints: number
  /** The last root that holds, as base64; null before the first checkpoint. */
  root: string | null
  fault: Fault | null
}

const pageSize = 1_000

export async function verifyLedger(
  source: LedgerSource,
  publicKey: KeyObject,
): Promise<LedgerReport> {
  const tree = new Frontier()
  let checkpoints = 0
  let root: string | null = null
  const report = (fault: Fault | null): LedgerReport => ({
    lines: tree.size,
    checkpoints,
    root,
    fault,
  })
  for (;;) {
    const page = await source.checkpoints(tree.size, pageSize)
    for (const checkpoint of page) {
      const before = tree.size
      const fault =
        (await growTo(tree, checkpoint.treeSize, source)) ??
        compare(tree, { checkpoint, before, publicKey })
      if (fault) return report(fault)
      checkpoints += 1
      root = checkpoint.root.toString('base64')
    }
    if (page.length > 0) continue
    const fault = await leftOver(tree.size, source)
    if (fault !== 'grown meanwhile') return report(fault)
  }
}

/** Reads the lines up to `size`; they must stand at the positions that follow one another. */
async function growTo(
  tree: Frontier,
  size: number,
  source: LedgerSource,
): Promise<Fault | undefined> {
  while (tree.size < size) {
    const page = await source.lines(tree.size, Math.min(pageSize, size - tree.size))
    if (page.length === 0) return missing(tree.size, size)
    for (const { position, line } of page) {
      if (position > tree.size) return missing(tree.size, Math.min(position, size))
      if (position < tree.size) {
        return { first: position, last: position, reason: 'two lines stand at one position' }
      }
      tree.append(leafHash(line))
    }
  }
  return undefined
}

function missing(first: number, end: number): Fault {
  return { first, last: end - 1, reason: 'the lines of these positions are missing' }
}

function compare(
  tree: Frontier,
  {
    checkpoint,
    before,
    publicKey,
  }: { checkpoint: Checkpoint; before: number; publicKey: KeyObject },
): Fault | undefined {
  const { treeSize, root, signature } = checkpoint
  const span = { first: before, last: treeSize - 1 }
  if (!verify(null, checkpointBytes(treeSize, root), publicKey, signature)) {
    return { ...span, reason: 'the checkpoint over these lines was not signed by vault' }
  }
  if (tree.root().equals(root)) return undefined
  return { ...span, reason: 'these lines are not the ones that vault signed' }
}

/** Vault places lines and signs them in one step, so a placed line that no checkpoint covers was put there by others. */
async function leftOver(
  size: number,
  source: LedgerSource,
): Promise<Fault | 'grown meanwhile' | null> {
  const [line] = await source.lines(size, 1)
  if (!line) return null
  const [newer] = await source.checkpoints(size, 1)
  if (newer) return 'grown meanwhile'
  return {
    first: line.position,
    last: line.position,
    reason: 'no checkpoint covers this line and what follows it',
  }
}
