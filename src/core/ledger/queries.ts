/** The ledger as vault completes it. */
import type { LastCheckpointRow, LedgerUnplacedRow } from '../../db/schema.ts'
import type { Sql } from '../../db/sql.ts'

export interface UnplacedLine {
  /** bigint as text. */
  id: LedgerUnplacedRow['id']
  line: LedgerUnplacedRow['line']
}

export async function listUnplacedLines(
  sql: Sql,
  ticket: Buffer,
  limit: number,
): Promise<UnplacedLine[]> {
  return sql<UnplacedLine[]>`select id, line from postern.ledger_unplaced(${ticket}, ${limit})`
}

export interface StoredCheckpoint
  extends Pick<LastCheckpointRow, 'root' | 'frontier' | 'signature'> {
  /** bigint as text. */
  treeSize: LastCheckpointRow['treeSize']
}

/** The root of the checkpoint over so many lines, or undefined. */
export async function findCheckpoint(
  sql: Sql,
  ticket: Buffer,
  treeSize: string,
): Promise<Buffer | undefined> {
  const rows = await sql<{ root: Buffer }[]>`
    select root
      from postern.checkpoint_at(${ticket}, ${treeSize}::bigint)`
  return rows[0]?.root
}

export async function findLastCheckpoint(
  sql: Sql,
  ticket: Buffer,
): Promise<StoredCheckpoint | undefined> {
  const rows = await sql<StoredCheckpoint[]>`
    select tree_size, root, frontier, signature from postern.last_checkpoint(${ticket})`
  return rows[0]
}

export async function placeLines(
  sql: Sql,
  ticket: Buffer,
  placed: {
    ids: string[]
    firstPosition: string
    root: Buffer
    frontier: Buffer
    signature: Buffer
  },
): Promise<void> {
  await sql`select postern.place_lines(${ticket}, ${placed.ids}::bigint[], ${placed.firstPosition}::bigint,
                                       ${placed.root}, ${placed.frontier}, ${placed.signature})`
}

/** Answers how many nodes were stored; when it is `rowLimit` or more, there may be others. */
export async function fillLedgerNodes(sql: Sql, ticket: Buffer, rowLimit: number): Promise<number> {
  const rows = await sql<{ filled: number }[]>`
    select filled from postern.fill_ledger_nodes(${ticket}, ${rowLimit})`
  return rows[0]?.filled ?? 0
}
