/** Keys that are where they should not be: canaries that were shown at a door, and keys that were found in public. */
import type { NoteCanaryRow, StoreLeakedRow } from '../../db/schema.ts'
import type { Sql } from '../../db/sql.ts'
import type { Door, SignedRow } from '../authority/signed-row.ts'

/** False when the proof is no canary's, or a use within the same second stands already. */
export async function noteCanary(sql: Sql, h1: Buffer, door: Door): Promise<boolean> {
  const rows = await sql<Pick<NoteCanaryRow, 'noted'>[]>`
    select noted from postern.note_canary(${h1}, ${door})`
  return rows[0]?.noted === true
}

/** Stores the end of the key that `h1` belongs to; the ticket says that api asks. False when it has ended already. */
export async function storeLeaked(
  sql: Sql,
  ticket: Buffer,
  { h1, signed }: { h1: Buffer; signed: SignedRow },
): Promise<boolean> {
  const rows = await sql<Pick<StoreLeakedRow, 'outcome'>[]>`
    select outcome from postern.store_leaked(${ticket}, ${h1}, ${JSON.stringify(signed)})`
  return rows[0]?.outcome === 'stored'
}
