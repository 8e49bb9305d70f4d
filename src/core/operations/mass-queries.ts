/** What the operator does to all ways in at once: each function shows the hash of the operator's token. */
import type { OpsAccessInventoryRow, OpsListOutlivingRow } from '../../db/schema.ts'
import type { Sql } from '../../db/sql.ts'
import type { SignedRow } from '../authority/signed-row.ts'

export const accessClasses = [
  'passwords',
  'sessions',
  'api_keys',
  'one_time_links',
  'message_links',
  'passkeys',
  'authenticators',
  'recovery_codes',
] as const
export type AccessInventory = Record<(typeof accessClasses)[number], number>

/** How many ways in of each class count now; of everybody for null. */
export async function countAccess(
  sql: Sql,
  h1: Buffer,
  accountId: string | null,
): Promise<AccessInventory> {
  const rows = await sql<OpsAccessInventoryRow[]>`
    select class, live
      from postern.ops_access_inventory(${h1}, ${accountId})`
  const found = new Map(rows.map(({ class: name, live }) => [name, Number(live)]))
  const entries = accessClasses.map((name) => [name, found.get(name) ?? 0])
  return Object.fromEntries(entries) as AccessInventory // an entry for each class
}

/** How many people were told now that they need another password; 0 when all of them are told. */
export async function tellReset(
  sql: Sql,
  h1: Buffer,
  { accountId, limit }: { accountId: string | null; limit: number },
): Promise<number> {
  const rows = await sql<{ told: number }[]>`
    select told from postern.ops_tell_reset(${h1}, ${accountId}, ${limit})`
  return rows[0]?.told ?? 0
}

export type OutlivingKey = Pick<OpsListOutlivingRow, 'accountId' | 'id'>

/** API keys that would count after that moment, in a stable order. */
export async function listOutliving(
  sql: Sql,
  h1: Buffer,
  asked: { accountId: string | null; moment: Date; after: OutlivingKey | null; limit: number },
): Promise<OutlivingKey[]> {
  const { accountId, moment, after, limit } = asked
  return sql<OutlivingKey[]>`
    select account_id, id
      from postern.ops_list_outliving(${h1}, ${accountId}, ${moment}, ${after?.accountId ?? null},
                                      ${after?.id ?? null}, ${limit})`
}

export async function expireKeys(
  sql: Sql,
  h1: Buffer,
  signed: readonly SignedRow[],
): Promise<void> {
  await sql`
    select postern.ops_expire_keys(${h1}, ${signed.map((row) => JSON.stringify(row))}::jsonb[])`
}
