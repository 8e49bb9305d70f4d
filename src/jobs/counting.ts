/** What is added up for accounts: what they sent, and what became of it. */
import { countStep } from '../core/statistics/count-step.ts'
import { countUsage } from '../core/usage/queries.ts'
import type { Sql } from '../db/sql.ts'
import type { Log } from '../process/log.ts'
import { startRecurring } from '../process/recurring.ts'

export interface CountingDeps {
  sql: Sql
  ticket: Buffer
  log: Log
}

const retryMs = 1_000
const stepSeconds = 3_600

const usageEveryMs = 60_000
/** Behind every transaction that could still bring a message of an earlier moment. */
const usageBehindSeconds = 60

/** With what they stay behind, statistics are at most a minute old. */
const statisticsEveryMs = 15_000
const statisticsLimits = { behindSeconds: 45, stepSeconds, rowLimit: 20_000, rowsMax: 500 }

export function startCounting({ sql, ticket, log }: CountingDeps): { stop(): Promise<void> } {
  const usage = startRecurring({
    operation: 'usage',
    everyMs: usageEveryMs,
    retryMs,
    round: () => countUsage(sql, ticket, { behindSeconds: usageBehindSeconds, stepSeconds }),
    log,
  })
  const statistics = startRecurring({
    operation: 'statistics',
    everyMs: statisticsEveryMs,
    retryMs,
    round: () => countStep(sql, ticket, statisticsLimits),
    log,
  })
  return {
    async stop() {
      await Promise.all([usage.stop(), statistics.stop()])
    },
  }
}
