/** What has had its time goes, a bounded piece in each round, and the usage of accounts is added up before it does. */
import { forgetBodies } from '../core/requests/queries.ts'
import {
  dropOldPartitions,
  forgetMessages,
  forgetOldRows,
  keepHouse,
} from '../core/retention/queries.ts'
import { countUsage } from '../core/usage/queries.ts'
import type { Sql } from '../db/sql.ts'
import type { Log } from '../process/log.ts'
import { type Recurring, startRecurring } from './recurring.ts'

export interface RetentionDeps {
  sql: Sql
  ticket: Buffer
  keepDays: number
  log: Log
}

const houseEveryMs = 60 * 60_000
const daysAhead = 7
const usageEveryMs = 60_000
/** Behind every transaction that could still bring a message of an earlier moment. */
const behindSeconds = 60
const stepSeconds = 3_600
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
    everyMs: houseEveryMs,
    retryMs,
    round: async () => (await keepHouse(sql, ticket, { daysAhead, rowLimit: rowsMax })) === rowsMax,
    log,
  })
}

export function startUsageCount({ sql, ticket, log }: Omit<RetentionDeps, 'keepDays'>): Recurring {
  return startRecurring({
    operation: 'usage',
    everyMs: usageEveryMs,
    retryMs,
    round: () => countUsage(sql, ticket, { behindSeconds, stepSeconds }),
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
