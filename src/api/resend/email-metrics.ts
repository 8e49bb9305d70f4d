/** /emails/metrics in the Resend dialect: what became of messages, by time, domain and message. */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import type { Static } from 'typebox'
import { boundsOf, type Period, periodsOf, startOfHour } from '../../core/statistics/periods.ts'
import {
  addCounts,
  type Counts,
  findMessageStatistics,
  findStatistics,
  noCounts,
  type Split,
} from '../../core/statistics/queries.ts'
import type { Sql } from '../../db/sql.ts'
import { Refusal } from '../../lib/refusal.ts'
import type { ApiDeps } from '../deps.ts'
import { senderOf } from './authenticate.ts'
import { MetricsBody, type MetricsRow, metricsOf } from './metrics-body.ts'
import { type MetricsAsked, MetricsQuery, readMetricsQuery } from './metrics-query.ts'
import { type DialectApp, ErrorAnswer } from './schemas.ts'

const rowsMax = 10_000
const messagesMax = 1_000

/** One line of the answer before its metrics are chosen. */
interface Line {
  period?: number | null
  domainId?: string | null
  domainName?: string | null
  messageId?: string
  counts: Counts
}

export const emailMetricsRoutes: FastifyPluginAsyncTypebox<ApiDeps> = async (app, deps) => {
  getMetrics(app, deps)
}

function getMetrics(app: DialectApp, deps: ApiDeps): void {
  app.route({
    method: 'GET',
    url: '/emails/metrics',
    config: { scope: 'usage:read', documented: { query: MetricsQuery } },
    schema: {
      operationId: 'getEmailMetrics',
      summary: 'Read the metrics',
      description:
        'What became of messages, counted by the hour in which it happened, and at most a minute behind.',
      response: { 200: MetricsBody, '4xx': ErrorAnswer },
    },
    handler: async (request) => {
      const asked = readMetricsQuery(request.query, deps.clock.now())
      return readMetrics(deps.sql, senderOf(request).h1, asked)
    },
  })
}

async function readMetrics(
  sql: Sql,
  h1: Buffer,
  asked: MetricsAsked,
): Promise<Static<typeof MetricsBody>> {
  const { fromMs, tillMs, granularity, zone, dimensions, metrics } = asked
  // Messages are counted from their own events, all else by whole hours.
  const isByMessage = asked.emailIds !== null || dimensions.includes('email')
  const span = { fromMs: isByMessage ? fromMs : startOfHour(fromMs), tillMs }
  const periods = periodsOf(span, { granularity, zone })
  const bounds = boundsOf(periods, span)
  const lines = asked.broadcastIds ? [] : await readLines({ sql, h1, asked, bounds })
  const totals =
    isByMessage && !asked.emailIds
      ? await readTotals({ sql, h1, asked, bounds })
      : lines.map(({ counts }) => counts).reduce(addCounts, noCounts())
  return {
    object: 'metrics',
    start_date: new Date(fromMs).toISOString(),
    end_date: new Date(tillMs).toISOString(),
    metrics,
    dimensions,
    granularity,
    totals: metricsOf(totals, metrics),
    ...(dimensions.length > 0 && { data: dataOf(lines, periods, asked) }),
  }
}

interface Reading {
  sql: Sql
  h1: Buffer
  asked: MetricsAsked
  bounds: Date[]
}

async function readLines({ sql, h1, asked, bounds }: Reading): Promise<Line[]> {
  const { domainIds, emailIds, dimensions } = asked
  const split = dimensions.filter((one) => one === 'period' || one === 'domain')
  if (emailIds === null && !dimensions.includes('email')) {
    const selection = { bounds, domainIds, split, rowLimit: rowsMax + 1 }
    return refuseMore(await findStatistics(sql, h1, selection))
  }
  const rowLimit = messagesMax + 1
  const selection = { bounds, domainIds, split, rowLimit, messageIds: emailIds }
  const rows = await findMessageStatistics(sql, h1, selection)
  if (new Set(rows.map(({ messageId }) => messageId)).size > messagesMax) {
    throw new Refusal(
      'invalid_input',
      `There are more than ${messagesMax} messages between \`start_date\` and \`end_date\`; ask for a shorter time, or name them in \`email_id\`.`,
    )
  }
  return refuseMore(rows)
}

function refuseMore<Row>(rows: Row[]): Row[] {
  if (rows.length <= rowsMax) return rows
  throw new Refusal(
    'invalid_input',
    `The answer would have more than ${rowsMax} rows; ask for a shorter time, a coarser \`granularity\` or fewer \`domain_id\`.`,
  )
}

async function readTotals({ sql, h1, asked, bounds }: Reading): Promise<Counts> {
  const { domainIds } = asked
  const [first, last] = [bounds[0], bounds.at(-1)]
  if (!first || !last) return noCounts()
  const whole = [new Date(startOfHour(first.getTime())), last]
  const rows = await findStatistics(sql, h1, { bounds: whole, domainIds, split: [], rowLimit: 1 })
  return rows[0]?.counts ?? noCounts()
}

/** Told apart by period alone, each period has its row; broadcasts have none. */
function dataOf(
  lines: readonly Line[],
  periods: readonly Period[],
  { dimensions, metrics }: MetricsAsked,
): Static<typeof MetricsRow>[] {
  if (dimensions.includes('broadcast')) return []
  const has = (dimension: Split | 'email') => dimensions.some((one) => one === dimension)
  const rowOf = ({ period, domainId, domainName, messageId, counts }: Line) => ({
    ...(has('period') && { period: periods[(period ?? 0) - 1]?.label ?? '' }),
    ...(has('domain') && domainId && { domain_id: domainId }),
    ...(has('domain') && domainName && { domain_name: domainName }),
    ...(has('email') && { email_id: messageId }),
    ...metricsOf(counts, metrics),
  })
  if (dimensions.length > 1 || !has('period')) return mergeLines(lines, dimensions).map(rowOf)
  const known = Map.groupBy(lines, ({ period }) => period)
  return periods.map((_, index) => {
    const counts = (known.get(index + 1) ?? []).map((line) => line.counts)
    return rowOf({ period: index + 1, counts: counts.reduce(addCounts, noCounts()) })
  })
}

/** Lines of messages as one, where messages are chosen but not told apart. */
function mergeLines(lines: readonly Line[], dimensions: MetricsAsked['dimensions']): Line[] {
  const nameOf = ({ period, domainId, messageId }: Line) =>
    [
      period,
      dimensions.includes('domain') && domainId,
      dimensions.includes('email') && messageId,
    ].join(' ')
  return [...Map.groupBy(lines, nameOf).values()].flatMap(([first, ...rest]) =>
    first
      ? { ...first, counts: rest.map(({ counts }) => counts).reduce(addCounts, first.counts) }
      : [],
  )
}
