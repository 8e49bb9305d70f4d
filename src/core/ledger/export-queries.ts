/** Lines of the asking session's account with what proves them, as the database answers its proof. */
import type { AuditCheckpointRow } from '../../db/schema.ts'
import type { Sql } from '../../db/sql.ts'

export interface AuditCheckpoint
  extends Pick<AuditCheckpointRow, 'accountId' | 'at' | 'root' | 'signature'> {
  /** bigint as text. */
  treeSize: string
}

/** The newest one; undefined where there is none yet, or for who may not see the audit log. */
export async function findAuditCheckpoint(
  sql: Sql,
  h1: Buffer,
): Promise<AuditCheckpoint | undefined> {
  const rows = await sql<AuditCheckpoint[]>`
    select account_id, tree_size, at, root, signature
      from postern.audit_checkpoint(${h1})`
  return rows[0]
}

export interface ProvableLine {
  line: string
  /** Null until vault has placed it, as all of the checkpoint. */
  position: string | null
  treeSize: string | null
  at: Date | null
  root: Buffer | null
  signature: Buffer | null
}

/** One line with the first checkpoint over it. */
export async function findAuditLine(
  sql: Sql,
  h1: Buffer,
  id: string,
): Promise<ProvableLine | undefined> {
  const rows = await sql<ProvableLine[]>`
    select line, position, tree_size, at, root, signature
      from postern.audit_line(${h1}, ${id})`
  return rows[0]
}

export async function listLedgerHashes(
  sql: Sql,
  h1: Buffer,
  { level, first, count }: { level: number; first: number; count: number },
): Promise<{ place: number; hash: Buffer }[]> {
  const rows = await sql<{ place: string; hash: Buffer }[]>`
    select place, hash
      from postern.ledger_hashes(${h1}, ${level}, ${first}, ${count})`
  return rows.map(({ place, hash }) => ({ place: Number(place), hash }))
}

/** Writes that it was exported; false for a session that may not, or whose factor is older than ten minutes. */
export async function beginAuditExport(sql: Sql, h1: Buffer): Promise<boolean> {
  const rows = await sql<{ begun: boolean }[]>`
    select begun from postern.begin_audit_export(${h1})`
  return rows[0]?.begun ?? false
}

export interface ExportedRow {
  /** bigint as text, as `position`. */
  id: string
  position: string
  line: string
}

/** Oldest first, those that a checkpoint over `size` lines covers. */
export async function listAuditExport(
  sql: Sql,
  h1: Buffer,
  wanted: { after: string; size: string; from: Date | null; to: Date | null; rowLimit: number },
): Promise<ExportedRow[]> {
  return sql<ExportedRow[]>`
    select id, position, line
      from postern.list_audit_export(${h1}, ${wanted.after}, ${wanted.size}, ${wanted.from}, ${wanted.to},
                                     ${wanted.rowLimit})`
}
