/** Contents that are not to be kept, forgotten with the ticket of jobs. */
import type { DiscardContentsRow } from '../../db/schema.ts'
import type { Sql } from '../../db/sql.ts'

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
