/** What an account sees of what was done in it, and of who was refused for where they came from. */
import type { ListAuditRow, ListOutsidersRow } from '../../db/schema.ts'
import type { Sql } from '../../db/sql.ts'
import type { Door } from '../authority/signed-row.ts'

export interface AuditLine
  extends Pick<
    ListAuditRow,
    | 'id'
    | 'at'
    | 'process'
    | 'actorKind'
    | 'actorId'
    | 'action'
    | 'objectKind'
    | 'objectCount'
    | 'line'
  > {
  /** The person behind a session. */
  actorUser: string | null
  objectId: string | null
  objectVersion: number | null
  /** In the Merkle tree; null until vault has placed it, within a second or so. */
  position: string | null
}

/** Newest first. `action` is a whole one (`member.end`) or the noun of several (`member`). */
export async function listAudit(
  sql: Sql,
  h1: Buffer,
  wanted: {
    before: string | null
    action: string | null
    /** A person, a key or a session. */
    actor: string | null
    /** Without those that only opened something to read. */
    changesOnly: boolean
    from: Date | null
    to: Date | null
    rowLimit: number
  },
): Promise<AuditLine[]> {
  return sql<AuditLine[]>`
    select id, at, process, actor_kind, actor_id, actor_user, action, object_kind, object_id, object_version,
           object_count, line, position
      from postern.list_audit(${h1}, ${wanted.before}, ${wanted.action}, ${wanted.actor},
                              ${wanted.changesOnly}, ${wanted.from}, ${wanted.to}, ${wanted.rowLimit})`
}

export interface Outsider {
  accountId: string
  door: Door
  credentialId: string | null
  userId: string | null
  clientSealed: Buffer
}

/** At most a thousand an hour are kept for one account. */
export async function recordOutsiders(
  sql: Sql,
  ticket: Buffer,
  outsiders: readonly Outsider[],
): Promise<void> {
  await sql`
    select postern.record_outsiders(${ticket}, ${outsiders.map((one) => one.accountId)},
      ${outsiders.map((one) => one.door)}, ${outsiders.map((one) => one.credentialId)}::uuid[],
      ${outsiders.map((one) => one.userId)}::uuid[], ${outsiders.map((one) => one.clientSealed)})`
}

export interface OutsiderRow extends Pick<ListOutsidersRow, 'id' | 'at' | 'clientSealed'> {
  door: Door
  credentialId: string | null
  userId: string | null
}

export async function listOutsiders(
  sql: Sql,
  h1: Buffer,
  { before, rowLimit }: { before: string | null; rowLimit: number },
): Promise<OutsiderRow[]> {
  return sql<OutsiderRow[]>`
    select id, door, credential_id, user_id, at, client_sealed
      from postern.list_outsiders(${h1}, ${before}, ${rowLimit})`
}
