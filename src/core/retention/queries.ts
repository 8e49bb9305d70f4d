/** What is done by the clock, for the whole installation, with the ticket of jobs. */
import type { DiscardContentsRow, KeepHouseRow } from '../../db/schema.ts'
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

/** Forgets contents that are not to be kept, of messages whose deliveries have ended; at most `rowLimit` are looked at. */
export async function discardContents(
  sql: Sql,
  ticket: Buffer,
  rowLimit: number,
): Promise<Pick<DiscardContentsRow, 'looked' | 'discarded'>> {
  const rows = await sql<Pick<DiscardContentsRow, 'looked' | 'discarded'>[]>`
    select looked, discarded from postern.discard_contents(${ticket}, ${rowLimit})`
  return rows[0] ?? { looked: 0, discarded: 0 }
}
