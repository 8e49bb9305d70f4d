/** Accounts on their way out, worked off with the ticket of jobs. */
import type { ListClosingRow } from '../../db/schema.ts'
import type { Sql } from '../../db/sql.ts'
import type { SignedRow } from '../authority/signed-row.ts'

export interface ClosingRow extends Pick<ListClosingRow, 'accountId'> {
  state: SignedRow<'account_state'>
}

/** By id, behind `after`; the signature is not checked here. */
export async function listClosing(
  sql: Sql,
  ticket: Buffer,
  { after, limit }: { after: string | null; limit: number },
): Promise<ClosingRow[]> {
  return sql<ClosingRow[]>`
    select account_id, state from postern.list_closing(${ticket}, ${after}, ${limit})`
}

/** Of each table at most `rowLimit` rows; true while there is more. */
export async function forgetClosedAccount(
  sql: Sql,
  ticket: Buffer,
  { accountId, rowLimit }: { accountId: string; rowLimit: number },
): Promise<boolean> {
  const rows = await sql<{ more: boolean }[]>`
    select more from postern.forget_closed_account(${ticket}, ${accountId}, ${rowLimit})`
  return rows[0]?.more ?? false
}
