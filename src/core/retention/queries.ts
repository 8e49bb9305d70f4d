/** What is done by the clock, for the whole installation, with the ticket of jobs. */
import type { KeepHouseRow } from '../../db/schema.ts'
import type { Sql } from '../../db/sql.ts'

/** Makes the partitions of the coming days, forgets old idempotency keys and links; answers how many of those that were most, at most `rowLimit`. */
export async function keepHouse(
  sql: Sql,
  ticket: Buffer,
  { daysAhead, rowLimit }: { daysAhead: number; rowLimit: number },
): Promise<number> {
  const rows = await sql<Pick<KeepHouseRow, 'forgotten'>[]>`
    select forgotten
      from postern.keep_house(${ticket}, ${daysAhead}, ${rowLimit})`
  return rows[0]?.forgotten ?? 0
}
