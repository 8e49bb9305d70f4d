/** What the operator does to many deliveries at once, batch by batch, so that no statement holds up the queue for long. */
import type { Sql } from '../../db/sql.ts'
import { changeQueue, type QueueAction, type QueueCursor, type QueueFilter } from './queries.ts'
import { untilUndisturbed } from './undisturbed.ts'

const rowLimit = 5_000

/** Before every delivery there is. */
export const beginning: QueueCursor = {
  accountId: '00000000-0000-0000-0000-000000000000',
  messageId: '00000000-0000-0000-0000-000000000000',
  n: -1,
}

export interface QueueChange {
  action: QueueAction
  hold?: 'operator' | 'key'
  filter: QueueFilter
}

/** Answers how many there were and how many changed; what is in the wanted state already is left alone. */
export async function changeDeliveries(
  sql: Sql,
  h1: Buffer,
  { action, hold = 'operator', filter }: QueueChange,
): Promise<{ matched: number; changed: number }> {
  const total = { matched: 0, changed: 0 }
  let after = beginning
  for (;;) {
    const asked = { action, hold, filter, after, rowLimit }
    const batch = await untilUndisturbed(() => changeQueue(sql, h1, asked))
    total.matched += batch?.matched ?? 0
    total.changed += batch?.changed ?? 0
    if (!batch || batch.matched < rowLimit) return total
    const { lastAccount, lastMessage, lastN } = batch
    if (lastAccount === null || lastMessage === null || lastN === null) return total
    after = { accountId: lastAccount, messageId: lastMessage, n: lastN }
  }
}

/** For commands that name no narrower choice. */
export const everything: QueueFilter = {
  accountId: null,
  destination: null,
  tag: null,
  credentialId: null,
  messageId: null,
  state: null,
}
