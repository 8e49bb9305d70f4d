/** Holds what a key has submitted, batch by batch. */
import { setTimeout as wait } from 'node:timers/promises'
import type { Sql } from '../../db/sql.ts'
import { beginning } from './change-deliveries.ts'
import { holdSubmittedBatch } from './queries.ts'
import { untilUndisturbed } from './undisturbed.ts'

const rowLimit = 5_000
/** Longer than what was being accepted at the moment of a key's end takes to be stored. */
const settleMs = 500

/** Holds now, and once more what was on its way in at that moment; answers as the second time did. */
export async function untilSettled(hold: () => Promise<number>): Promise<number> {
  await hold()
  await wait(settleMs)
  return hold()
}

/** Answers how many wait for a release now. Doing it again holds only what came since. */
export async function holdSubmitted(sql: Sql, h1: Buffer, credentialId: string): Promise<number> {
  let held = 0
  let after = { messageId: beginning.messageId, n: beginning.n }
  for (;;) {
    const asked = { credentialId, after, rowLimit }
    const batch = await untilUndisturbed(() => holdSubmittedBatch(sql, h1, asked))
    held += batch?.matched ?? 0
    if (!batch || batch.matched < rowLimit || batch.lastMessage === null) return held
    after = { messageId: batch.lastMessage, n: batch.lastN ?? 0 }
  }
}
