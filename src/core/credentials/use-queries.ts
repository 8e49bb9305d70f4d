/** When keys were last used, where no line of a request log says so. */
import type { Sql } from '../../db/sql.ts'

export interface CredentialUse {
  accountId: string
  credentialId: string
  at: Date
}

/** Of several accounts; the ticket says that smtp asks. */
export async function recordUses(
  sql: Sql,
  ticket: Buffer,
  uses: readonly CredentialUse[],
): Promise<void> {
  await sql`
    select postern.record_uses(${ticket}, ${uses.map((use) => use.accountId)},
      ${uses.map((use) => use.credentialId)}, ${uses.map((use) => use.at)})`
}
