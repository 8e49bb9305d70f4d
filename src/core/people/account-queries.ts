/** The account of the asking session, and what hangs on one of its members. */
import type { FindAccountProfileRow, MemberImpactRow } from '../../db/schema.ts'
import type { Sql } from '../../db/sql.ts'
import type { SignedRow } from '../authority/signed-row.ts'

export interface ImpactRow extends Pick<MemberImpactRow, 'sessions'> {
  /** At most 200. Sealed bytes as hex, times as PostgreSQL writes them in JSON. */
  keys: { id: string; nameSealed: string; createdAt: string; lastUsedAt: string | null }[]
}

export async function findMemberImpact(
  sql: Sql,
  h1: Buffer,
  memberId: string,
): Promise<ImpactRow | undefined> {
  const rows = await sql<ImpactRow[]>`
    select sessions, keys from postern.member_impact(${h1}, ${memberId})`
  return rows[0]
}

export interface AccountProfileRow
  extends Pick<FindAccountProfileRow, 'accountId' | 'profileSealed' | 'createdAt'> {
  state: SignedRow<'account_state'>
}

export async function findAccountProfile(
  sql: Sql,
  h1: Buffer,
): Promise<AccountProfileRow | undefined> {
  const rows = await sql<AccountProfileRow[]>`
    select account_id, profile_sealed, created_at, state
      from postern.find_account_profile(${h1})`
  return rows[0]
}

/** False for who may not. */
export async function renameAccount(sql: Sql, h1: Buffer, sealed: Buffer): Promise<boolean> {
  const rows = await sql`select id from postern.rename_account(${h1}, ${sealed})`
  return rows.length > 0
}
