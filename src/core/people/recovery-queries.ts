/** What ways back for people store and look up. */
import type {
  FindAddressChangeRow,
  FindResetNoticeRow,
  FindShutAccountsRow,
} from '../../db/schema.ts'
import type { Sql } from '../../db/sql.ts'
import type { SignedRow } from '../authority/signed-row.ts'

export interface BreakGlassStep {
  accountId: string
  userId: string
  did: 'ask' | 'open'
  rows: SignedRow[]
  steps: { factorId: string; step: number }[]
}

/** With its line in the ledger and a notice to every owner, all or nothing. `h1` is the session that asked. */
export async function storeBreakGlass(
  sql: Sql,
  ticket: Buffer,
  { h1, accountId, userId, did, rows, steps }: BreakGlassStep & { h1: Buffer | null },
): Promise<'stored' | 'replayed' | undefined> {
  const answers = await sql<{ outcome: 'stored' | 'replayed' }[]>`
    select outcome
      from postern.store_break_glass(
             ${ticket}, ${h1}, ${accountId}, ${userId}, ${did},
             ${rows.map((row) => JSON.stringify(row))}::jsonb[],
             ${steps.map(({ factorId }) => factorId)}, ${steps.map(({ step }) => step)})`
  return answers[0]?.outcome
}

export type ShutAccount = Pick<
  FindShutAccountsRow,
  'accountId' | 'userId' | 'keyVersion' | 'publicKey'
>

/** Whose list the person of that address could open together with another one. */
export async function listShutAccounts(
  sql: Sql,
  ticket: Buffer,
  emailIndex: Buffer,
): Promise<ShutAccount[]> {
  return sql<ShutAccount[]>`
    select account_id, user_id, key_version, public_key
      from postern.find_shut_accounts(${ticket}, ${emailIndex})`
}

export interface AddressChangeRow extends Pick<FindAddressChangeRow, 'id' | 'addressSealed'> {
  link: SignedRow<'one_time_link'>
}

/** Of the asking person: the change of address that can still be confirmed. */
export async function findAddressChange(
  sql: Sql,
  h1: Buffer,
): Promise<AddressChangeRow | undefined> {
  const rows = await sql<AddressChangeRow[]>`
    select id, link, address_sealed from postern.find_address_change(${h1})`
  return rows[0]
}

export interface AddressStep {
  h1: Buffer
  did: 'ask_address' | 'keep_address' | 'change_address'
  rows: SignedRow[]
  sealed: Map<string, Buffer>
}

/** With a line in each account of the person and a notice to the old address, all or nothing. */
export async function storeAddressChange(
  sql: Sql,
  ticket: Buffer,
  { h1, did, rows, sealed }: AddressStep,
): Promise<boolean> {
  const answers = await sql`
    select outcome
      from postern.store_address_change(
             ${ticket}, ${h1}, ${did}, ${rows.map((row) => JSON.stringify(row))}::jsonb[],
             ${[...sealed.keys()]}, ${[...sealed.values()]})`
  return answers.length > 0
}

/** False for whose session has ended. */
export async function renamePerson(sql: Sql, h1: Buffer, sealed: Buffer): Promise<boolean> {
  const rows = await sql`select id from postern.rename_person(${h1}, ${sealed})`
  return rows.length > 0
}

/** By the operator: `row` is what vault signed for the person. They and the owners beside them are told. */
export async function storeFactorsReset(sql: Sql, h1: Buffer, row: SignedRow): Promise<void> {
  await sql`select postern.ops_reset_factors(${h1}, ${JSON.stringify(row)}::jsonb)`
}

/** People whose factors end at that moment at the latest. */
export async function listDueResets(sql: Sql, ticket: Buffer, asOf: Date): Promise<string[]> {
  const rows = await sql<{ userId: string }[]>`
    select user_id from postern.list_due_resets(${ticket}, ${asOf})`
  return rows.map(({ userId }) => userId)
}

export async function findResetNotice(
  sql: Sql,
  ticket: Buffer,
  userId: string,
): Promise<Pick<FindResetNoticeRow, 'id' | 'profileSealed'> | undefined> {
  const rows = await sql<Pick<FindResetNoticeRow, 'id' | 'profileSealed'>[]>`
    select id, profile_sealed from postern.find_reset_notice(${ticket}, ${userId})`
  return rows[0]
}

/** Of the account of that session. */
export async function listOwners(sql: Sql, h1: Buffer): Promise<string[]> {
  const rows = await sql<{ userId: string }[]>`
    select user_id from postern.list_owners(${h1})`
  return rows.map(({ userId }) => userId)
}
