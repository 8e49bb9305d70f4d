/** What is done by the clock, for the whole installation, with the ticket of jobs. */
import type {
  DropOldPartitionsRow,
  ForgetMessagesRow,
  ForgetOldRowsRow,
  KeepHouseRow,
} from '../../db/schema.ts'
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

/** Drops partitions of days before those that are kept; answers how many, at most `partitionsMax`. */
export async function dropOldPartitions(
  sql: Sql,
  ticket: Buffer,
  { keepDays, partitionsMax }: { keepDays: number; partitionsMax: number },
): Promise<number> {
  const rows = await sql<Pick<DropOldPartitionsRow, 'dropped'>[]>`
    select dropped
      from postern.drop_old_partitions(${ticket}, ${keepDays}, ${partitionsMax})`
  return rows[0]?.dropped ?? 0
}

/** Forgets old messages whose deliveries have all ended; answers how many, at most `rowLimit`. */
export async function forgetMessages(
  sql: Sql,
  ticket: Buffer,
  { keepDays, rowLimit }: { keepDays: number; rowLimit: number },
): Promise<number> {
  const rows = await sql<Pick<ForgetMessagesRow, 'forgotten'>[]>`
    select forgotten
      from postern.forget_messages(${ticket}, ${keepDays}, ${rowLimit})`
  return rows[0]?.forgotten ?? 0
}

/** Forgets links, hours of keys, days of usage and leftover rows that have had their time. */
export async function forgetOldRows(
  sql: Sql,
  ticket: Buffer,
  { keepDays, rowLimit }: { keepDays: number; rowLimit: number },
): Promise<number> {
  const rows = await sql<Pick<ForgetOldRowsRow, 'forgotten'>[]>`
    select forgotten
      from postern.forget_old_rows(${ticket}, ${keepDays}, ${rowLimit})`
  return rows[0]?.forgotten ?? 0
}
