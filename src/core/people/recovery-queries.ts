/** What ways back for people store and look up. */
import type { FindShutAccountsRow } from '../../db/schema.ts'
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
