/** An account's own lines of the ledger, each with its proof, as a file that anybody can verify (docs/ledger-export.md). */
import { createHash } from 'node:crypto'
import type { Sql } from '../../db/sql.ts'
import type { Clock } from '../../lib/clock.ts'
import { Refusal } from '../../lib/refusal.ts'
import {
  type AuditCheckpoint,
  beginAuditExport,
  findAuditCheckpoint,
  findAuditLine,
  listAuditExport,
  listLedgerHashes,
  type ProvableLine,
} from './export-queries.ts'
import { ProofTree, rootByPath } from './inclusion.ts'

export const exportFormat = 'postern ledger export 1'
/** More than that takes several files, by their dates. */
export const exportLinesMax = 20_000
const pageSize = 500

export interface ExportDeps {
  sql: Sql
  clock: Clock
  /** Of the authority that signs checkpoints, 32 bytes. */
  authorityKey: Buffer
}

export interface ExportRange {
  from: Date | null
  to: Date | null
}

/** By which people tell one public key from another. */
export function keyId(publicKey: Buffer): string {
  return createHash('sha256').update(publicKey).digest('hex').slice(0, 16)
}

/**
 * Ready once the export stands in the ledger itself. The parts are whole lines; one that cannot be proved ends them with
 * an error and without the last line, so that no file says something false.
 */
export async function exportLedger(
  deps: ExportDeps,
  h1: Buffer,
  range: ExportRange,
): Promise<AsyncGenerator<string>> {
  const checkpoint = await findAuditCheckpoint(deps.sql, h1)
  if (!checkpoint) {
    throw new Refusal(
      'unavailable',
      'The ledger has no signed checkpoint yet; try again in a second.',
      { retryAfterSeconds: 1 },
    )
  }
  if (!(await beginAuditExport(deps.sql, h1))) {
    throw new Refusal('step_up_needed', 'An export takes a fresh factor. Show yours and try again.')
  }
  return partsOf(deps, h1, { range, checkpoint })
}

async function* partsOf(
  deps: ExportDeps,
  h1: Buffer,
  { range, checkpoint }: { range: ExportRange; checkpoint: AuditCheckpoint },
): AsyncGenerator<string> {
  const digest = createHash('sha256')
  const told = (value: unknown): string => {
    const text = `${JSON.stringify(value)}\n`
    digest.update(text)
    return text
  }
  yield told(headerOf(deps, checkpoint, range))
  const { treeSize: size } = checkpoint
  const tree = treeFor(deps, h1, Number(size))
  let lines = 0
  let after = '0'
  for (;;) {
    const rowLimit = Math.min(pageSize, exportLinesMax - lines)
    const wanted = { after, size, ...range, rowLimit }
    const rows = rowLimit > 0 ? await listAuditExport(deps.sql, h1, wanted) : []
    for (const { line, position } of rows) {
      const at = Number(position)
      const path = await provenPath(tree, { line, position: at, ...signed(checkpoint) })
      yield told({ position: at, line, proof: path.map((hash) => hash.toString('base64')) })
    }
    lines += rows.length
    after = rows.at(-1)?.id ?? after
    if (rows.length < pageSize) break
  }
  const isWhole = lines < exportLinesMax
  yield `${JSON.stringify({ lines, is_whole: isWhole, sha256: digest.digest('hex') })}\n`
}

function headerOf(
  { clock, authorityKey }: ExportDeps,
  { accountId, treeSize, root, signature }: AuditCheckpoint,
  { from, to }: ExportRange,
) {
  return {
    format: exportFormat,
    account_id: accountId,
    from: from?.toISOString() ?? null,
    to: to?.toISOString() ?? null,
    exported_at: new Date(clock.now()).toISOString(),
    public_key: authorityKey.toString('base64url'),
    key_id: keyId(authorityKey),
    checkpoint: {
      tree_size: Number(treeSize),
      root: root.toString('base64'),
      signature: signature.toString('base64'),
    },
  }
}

function signed({ treeSize, root }: { treeSize: string; root: Buffer }) {
  return { size: Number(treeSize), root }
}

function treeFor({ sql }: Pick<ExportDeps, 'sql'>, h1: Buffer, size: number): ProofTree {
  return new ProofTree(size, (level, first, count) =>
    listLedgerHashes(sql, h1, { level, first, count }),
  )
}

/** A proof that does not lead to the signed root means that the ledger in the database was changed. */
async function provenPath(
  tree: ProofTree,
  of: { line: string; position: number; size: number; root: Buffer },
): Promise<Buffer[]> {
  const path = await tree.pathOf(of.position)
  const { line, position, size, root } = of
  if (rootByPath(line, { position, size, path })?.equals(root)) return path
  throw new Error(`line ${position} of the ledger is not what was signed`)
}

export interface LineProof {
  line: string
  position: number
  checkpoint: { treeSize: number; at: Date; root: Buffer; signature: Buffer }
  path: Buffer[]
}

/** Null for a line that has no place yet. */
export async function proveLine(
  deps: Pick<ExportDeps, 'sql'>,
  h1: Buffer,
  id: string,
): Promise<LineProof | null> {
  const found = await findAuditLine(deps.sql, h1, id)
  if (!found) throw new Refusal('not_found', 'There is no such line in the ledger of this account.')
  const { line } = found
  const checkpoint = checkpointOf(found)
  if (!checkpoint || found.position === null) return null
  const position = Number(found.position)
  const { treeSize: size, root } = checkpoint
  const path = await provenPath(treeFor(deps, h1, size), { line, position, size, root })
  return { line, position, checkpoint, path }
}

function checkpointOf({ treeSize, at, root, signature }: ProvableLine) {
  if (treeSize === null || at === null || root === null || signature === null) return undefined
  return { treeSize: Number(treeSize), at, root, signature }
}
