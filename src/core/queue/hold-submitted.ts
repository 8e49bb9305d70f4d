/** Holds what a key has submitted, batch by batch. */
import type { Sql } from '../../db/sql.ts'
import { beginning } from './change-deliveries.ts'
import { holdSubmittedBatch } from './queries.ts'
import { untilUndisturbed } from './undisturbed.ts'

const rowLimit = 5_000

/** Answers how many were held. Doing it again holds only what came since. */
export async function holdSubmitted(sql: Sql, h1: Buffer, credentialId: string): Promise<number> {
  let held = 0
  let after = { messageId: beginning.messageId, n: beginning.n }
  for (;;) {
    const asked = { credentialId, after, rowLimit }
    const batch = await untilUndisturbed(() => holdSubmittedBatch(sql, h1, asked))
    held += batch?.changed ?? 0
    if (!batch || batch.matched < rowLimit || batch.lastMessage === null) return held
    after = { messageId: batch.lastMessage, n: batch.lastN ?? 0 }
  }
}
