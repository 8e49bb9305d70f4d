/** What single accounts keep for less long than the installation, worked off with the ticket of jobs. */
import type { ForgetOfAccountRow, ListOwnRetentionRow } from '../../db/schema.ts'
import type { Sql } from '../../db/sql.ts'
import type { RetentionDays, SignedRow } from '../authority/signed-row.ts'

export interface OwnRetentionRow extends Pick<ListOwnRetentionRow, 'accountId'> {
  state: SignedRow<'account_state'>
}

/** By id, behind `after`; the signature is not checked here. */
export async function listOwnRetention(
  sql: Sql,
  ticket: Buffer,
  { after, limit }: { after: string | null; limit: number },
): Promise<OwnRetentionRow[]> {
  return sql<OwnRetentionRow[]>`
    select account_id, state
      from postern.list_own_retention(${ticket}, ${after}, ${limit})`
}

export type Forgotten = Pick<ForgetOfAccountRow, 'contents' | 'messages' | 'requests'>

/** Answers how many of each kind, at most `rowLimit`. */
export async function forgetOfAccount(
  sql: Sql,
  ticket: Buffer,
  { accountId, days, rowLimit }: { accountId: string; days: RetentionDays; rowLimit: number },
): Promise<Forgotten> {
  const { content = null, messages = null, logs = null } = days
  const rows = await sql<Forgotten[]>`
    select contents, messages, requests
      from postern.forget_of_account(${ticket}, ${accountId}, ${content}, ${messages}, ${logs}, ${rowLimit})`
  return rows[0] ?? { contents: 0, messages: 0, requests: 0 }
}
