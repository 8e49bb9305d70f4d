/** What the account has used and may use: /api/usage. */
import { type Static, Type } from 'typebox'
import type { AccountStateColumns } from '../core/authority/signed-row.ts'
import { findTimeZone } from '../core/messages/time-zone.ts'
import { boundsOf, type Period, periodsOf } from '../core/statistics/periods.ts'
import { findStatistics, type StatisticsRow } from '../core/statistics/queries.ts'
import { findUsage, type Usage } from '../core/usage/queries.ts'
import { Refusal } from '../lib/refusal.ts'
import type { ConsoleDeps } from './deps.ts'
import { closed, orNull, timeText } from './lists.ts'
import type { ConsoleRoutes } from './routes.ts'
import { sessionOf } from './session.ts'

const dayMs = 24 * 3_600_000
const daysShown = 30

const Sent = (description: string) =>
  Type.Object(
    {
      messages: Type.Integer({ description: 'messages accepted' }),
      recipients: Type.Integer({ description: 'their recipients, which quotas count' }),
      limit: orNull(Type.Integer(), 'recipients there may be; null without a limit'),
      resets_at: Type.String({ format: 'date-time', description: 'when counting begins again' }),
    },
    { ...closed, description },
  )

const UsageBody = Type.Object(
  {
    today: Sent('since 00:00 UTC'),
    month: Sent('since the first of the month, in UTC'),
    domains: Type.Object(
      {
        used: Type.Integer({ description: 'domains of the account' }),
        limit: Type.Integer({ description: 'domains there may be' }),
      },
      closed,
    ),
    keys_max: Type.Integer({ description: 'API keys there may be' }),
    requests_per_second: Type.Integer({
      description: 'requests of programs a second, over all keys',
    }),
    days: Type.Array(
      Type.Object(
        {
          date: Type.String({ description: 'the day, in UTC' }),
          messages: Type.Integer({ description: 'messages accepted' }),
          recipients: Type.Integer({ description: 'their recipients' }),
        },
        closed,
      ),
      { description: `each of the last ${daysShown} days, in order; counted behind the events` },
    ),
  },
  { ...closed, description: 'What is used, and how much there may be.' },
)

export const usageRoutes: ConsoleRoutes = async (app, deps) => {
  app.route({
    method: 'GET',
    url: '/usage',
    config: { scope: 'usage:read' },
    schema: {
      operationId: 'getUsage',
      summary: 'What the account has used, and its limits.',
      response: { 200: UsageBody },
    },
    handler: async (request) => {
      const { h1, state } = sessionOf(request)
      const [usage, days] = await Promise.all([findUsage(deps.sql, h1), daysOf(deps, h1)])
      if (!usage) throw new Refusal('not_permitted', 'Your role may not read the usage.')
      return usageBody(usage, { limits: state, nowMs: deps.clock.now(), days })
    },
  })
}

interface Day {
  period: Period
  row: StatisticsRow | undefined
}

async function daysOf({ sql, clock }: ConsoleDeps, h1: Buffer): Promise<Day[]> {
  const tillMs = clock.now()
  const span = { fromMs: startOfDay(tillMs) - (daysShown - 1) * dayMs, tillMs }
  const utc = findTimeZone('utc')
  if (!utc) throw new Error('UTC is no time zone here')
  const periods = periodsOf(span, { granularity: 'daily', zone: utc })
  const rows = await findStatistics(sql, h1, {
    bounds: boundsOf(periods, span),
    domainIds: null,
    split: ['period'],
    rowLimit: periods.length,
  })
  return periods.map((period, index) => ({
    period,
    row: rows.find((row) => row.period === index + 1),
  }))
}

function usageBody(
  usage: Usage,
  { limits, nowMs, days }: { limits: AccountStateColumns; nowMs: number; days: readonly Day[] },
): Static<typeof UsageBody> {
  const now = new Date(nowMs)
  const nextMonth = Date.UTC(now.getUTCFullYear(), now.getUTCMonth() + 1, 1)
  return {
    today: {
      messages: usage.messagesToday,
      recipients: usage.recipientsToday,
      limit: limits.dailyQuota,
      resets_at: timeText(startOfDay(nowMs) + dayMs),
    },
    month: {
      messages: usage.messagesMonth,
      recipients: usage.recipientsMonth,
      limit: null,
      resets_at: timeText(nextMonth),
    },
    domains: { used: usage.domains, limit: limits.domainsMax },
    keys_max: limits.keysMax,
    requests_per_second: limits.requestsPerSecond,
    days: days.map(({ period, row }) => ({
      date: period.label,
      messages: row?.counts.messages ?? 0,
      recipients: row?.counts.recipients ?? 0,
    })),
  }
}

function startOfDay(atMs: number): number {
  return Math.floor(atMs / dayMs) * dayMs
}
