/** Partitions ahead, and away with what has had its time, a bounded piece in each round. */
import { forgetBodies } from '../core/requests/queries.ts'
import {
  dropOldPartitions,
  forgetMessages,
  forgetOldRows,
  keepHouse,
} from '../core/retention/queries.ts'
import type { Sql } from '../db/sql.ts'
import type { Log } from '../process/log.ts'
import { type Recurring, startRecurring } from '../process/recurring.ts'

export interface RetentionDeps {
  sql: Sql
  ticket: Buffer
  keepDays: number
  log: Log
}

const housekeepingEveryMs = 60 * 60_000
const daysAhead = 7
const forgottenMax = 5_000
const retentionEveryMs = 10 * 60_000
const retryMs = 1_000
const messagesMax = 1_000
const rowsMax = 5_000
const partitionsMax = 4

export function startHousekeeping({
  sql,
  ticket,
  log,
}: Omit<RetentionDeps, 'keepDays'>): Recurring {
  return startRecurring({
    operation: 'housekeeping',
    everyMs: housekeepingEveryMs,
    retryMs,
    round: async () =>
      (await keepHouse(sql, ticket, { daysAhead, rowLimit: forgottenMax })) === forgottenMax,
    log,
  })
}

export function startRetention(deps: RetentionDeps): Recurring {
  return startRecurring({
    operation: 'retention',
    everyMs: retentionEveryMs,
    retryMs,
    round: () => retentionRound(deps),
    log: deps.log,
  })
}

/** True when one of the limits was reached, so that there may be more. */
export async function retentionRound({ sql, ticket, keepDays }: RetentionDeps): Promise<boolean> {
  const bodies = await forgetBodies(sql, ticket, rowsMax)
  const messages = await forgetMessages(sql, ticket, { keepDays, rowLimit: messagesMax })
  const rows = await forgetOldRows(sql, ticket, { keepDays, rowLimit: rowsMax })
  const partitions = await dropOldPartitions(sql, ticket, { keepDays, partitionsMax })
  return (
    bodies === rowsMax ||
    messages === messagesMax ||
    rows === rowsMax ||
    partitions === partitionsMax
  )
}
