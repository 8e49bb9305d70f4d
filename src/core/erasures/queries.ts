/** Erasures as an account sees them, with the proof of a session, and as jobs works them off, with its ticket. */
import type {
  ClaimErasuresRow,
  CountPersonRow,
  ErasuresTable,
  ListErasuresRow,
} from '../../db/schema.ts'
import type { Sql } from '../../db/sql.ts'
import type { SignedRow } from '../authority/signed-row.ts'

/** No row for who may not. */
export async function countPerson(
  sql: Sql,
  h1: Buffer,
  { index, walkLimit }: { index: Buffer; walkLimit: number },
): Promise<CountPersonRow | undefined> {
  const rows = await sql<CountPersonRow[]>`
    select messages, waiting, is_whole, is_suppressed, running
      from postern.count_person(${h1}, ${index}, ${walkLimit})`
  return rows[0]
}

/** `finishedAt` is null while it is under way. */
export interface ErasureRow
  extends Pick<
    ListErasuresRow,
    'id' | 'messages' | 'cancelled' | 'liftsSuppression' | 'createdAt'
  > {
  state: ErasuresTable['state']
  finishedAt: Date | null
}

/** Newest first. */
export async function listErasures(sql: Sql, h1: Buffer, rowLimit: number): Promise<ErasureRow[]> {
  return sql<ErasureRow[]>`
    select id, state, messages, cancelled, lifts_suppression, created_at, finished_at
      from postern.list_erasures(${h1}, ${rowLimit})`
}

export interface DueErasure extends Pick<ClaimErasuresRow, 'accountId' | 'id'> {
  erasure: SignedRow<'erasure'>
}

/** Nobody else is handed them for a minute; the signature is not checked here. */
export async function claimErasures(
  sql: Sql,
  ticket: Buffer,
  rowLimit: number,
): Promise<DueErasure[]> {
  return sql<DueErasure[]>`
    select account_id, id, erasure from postern.claim_erasures(${ticket}, ${rowLimit})`
}

/** True while there is more to do at once. */
export async function eraseStep(
  sql: Sql,
  ticket: Buffer,
  { accountId, id, walkLimit }: { accountId: string; id: string; walkLimit: number },
): Promise<boolean> {
  const rows = await sql<{ more: boolean }[]>`
    select more from postern.erase_step(${ticket}, ${accountId}, ${id}, ${walkLimit})`
  return rows[0]?.more ?? false
}
