/** What became of the account's messages: /api/overview. */
import { type Static, Type } from 'typebox'
import { findTimeZone, instantsOf, type TimeZone } from '../core/messages/time-zone.ts'
import type { DeliveryTimes } from '../core/statistics/delivery-times.ts'
import { type Granularity, hourMs, startOfHour } from '../core/statistics/periods.ts'
import { type Counts, findStatistics } from '../core/statistics/queries.ts'
import { type Overview, readOverview } from '../core/statistics/read-overview.ts'
import { Refusal } from '../lib/refusal.ts'
import type { ConsoleDeps } from './deps.ts'
import { closed, orNull, timeText } from './lists.ts'
import type { ConsoleRoutes } from './routes.ts'
import { sessionOf } from './session.ts'

const dayMs = 24 * hourMs
type Range = '24h' | '7d' | '30d' | '90d'

/** As many whole periods, of which the last one goes on. */
const ranges: Record<Range, { granularity: Granularity; periods: number }> = {
  '24h': { granularity: 'hourly', periods: 24 },
  '7d': { granularity: 'daily', periods: 7 },
  '30d': { granularity: 'daily', periods: 30 },
  '90d': { granularity: 'daily', periods: 90 },
}
const rangeDefault: Range = '7d'

const OverviewQuery = Type.Object(
  {
    range: Type.Optional(
      Type.Enum(['24h', '7d', '30d', '90d'], {
        description: 'one of 24h, 7d, 30d and 90d: so many whole hours or days, with this one',
      }),
    ),
    domain_id: Type.Optional(
      Type.String({ format: 'uuid', description: 'the id of a domain: its messages only' }),
    ),
    zone: Type.Optional(
      Type.String({
        maxLength: 64,
        description: 'a time zone such as Europe/Vienna or +02:00, in which days begin; else UTC',
      }),
    ),
  },
  closed,
)

const words: Record<keyof Counts, string> = {
  messages: 'messages accepted',
  recipients: 'their recipients',
  tried: 'recipients whose first attempt has ended, however',
  delivered: 'recipients whose host has taken the message',
  bounced: 'recipients that were refused for good',
  deferred: 'attempts after which another follows',
  expired: 'recipients that were given up in the end',
  failed: 'recipients not sent to, since an attachment could not be fetched',
  suppressed: 'recipients not sent to, since they are suppressed',
  cancelled: 'recipients whose message was cancelled',
  complained: 'recipients who complained',
  unsubscribed: 'recipients who left bulk mail by the link of a message',
}
const count = (name: keyof Counts) => Type.Integer({ description: words[name] })
const CountsBody = Type.Object(
  {
    messages: count('messages'),
    recipients: count('recipients'),
    tried: count('tried'),
    delivered: count('delivered'),
    bounced: count('bounced'),
    deferred: count('deferred'),
    expired: count('expired'),
    failed: count('failed'),
    suppressed: count('suppressed'),
    cancelled: count('cancelled'),
    complained: count('complained'),
    unsubscribed: count('unsubscribed'),
  },
  { ...closed, description: 'how many' },
)
const TimesBody = Type.Object(
  {
    deliveries: Type.Integer({ description: 'deliveries it is told of' }),
    p50_ms: orNull(Type.Integer(), 'half of them took at most so long; null without any'),
    p90_ms: orNull(Type.Integer(), 'nine of ten took at most so long; null without any'),
    p99_ms: orNull(Type.Integer(), '99 of 100 took at most so long; null without any'),
  },
  { ...closed, description: 'from acceptance to delivery' },
)

const OverviewBody = Type.Object(
  {
    range: Type.String({ description: 'as asked for' }),
    from: Type.String({ format: 'date-time', description: 'the begin of the range' }),
    till: Type.String({ format: 'date-time', description: 'its end, now' }),
    granularity: Type.String({ description: '`hourly` or `daily`: what a period is' }),
    has_sent: Type.Boolean({
      description: 'whether the account has sent anything in the last 90 days, from any domain',
    }),
    totals: CountsBody,
    times: TimesBody,
    periods: Type.Array(
      Type.Object(
        {
          start: Type.String({ format: 'date-time', description: 'when it begins' }),
          label: Type.String({ description: 'its day, or its hour with the offset of the zone' }),
          counts: CountsBody,
          times: TimesBody,
        },
        closed,
      ),
      { description: 'every period of the range, in order' },
    ),
    providers: Type.Array(
      Type.Object(
        {
          provider: Type.String({
            description: 'the registered domain of the mail host; `other` for the rest',
          }),
          counts: CountsBody,
          times: TimesBody,
        },
        closed,
      ),
      { description: 'who took the mail, most first' },
    ),
  },
  { ...closed, description: 'Outcomes over time, how long deliveries took, and who took them.' },
)

export const overviewRoutes: ConsoleRoutes = async (app, deps) => {
  app.route({
    method: 'GET',
    url: '/overview',
    config: { scope: 'usage:read' },
    schema: {
      operationId: 'getOverview',
      summary: 'What became of the messages of the account.',
      description: 'It is counted behind the events, a few seconds at most.',
      querystring: OverviewQuery,
      response: { 200: OverviewBody },
    },
    handler: async (request) => {
      const { h1 } = sessionOf(request)
      const { range = rangeDefault, domain_id: domainId } = request.query
      const zone = readZone(request.query.zone)
      const { granularity } = ranges[range]
      const tillMs = deps.clock.now()
      const fromMs = beginOf(range, tillMs, zone)
      const overview = await readOverview(deps.sql, h1, {
        ...{ fromMs, tillMs, granularity, zone },
        domainIds: domainId === undefined ? null : [domainId],
      })
      const hasSent = overview.totals.messages > 0 || (await sentLately(deps, h1))
      return overviewBody(overview, { range, fromMs, tillMs, granularity, hasSent })
    },
  })
}

function beginOf(range: Range, tillMs: number, zone: TimeZone): number {
  const { granularity, periods } = ranges[range]
  if (granularity === 'hourly') return startOfHour(tillMs) - (periods - 1) * hourMs
  const today = Math.floor((tillMs + zone.offsetAt(tillMs)) / dayMs) * dayMs
  const first = today - (periods - 1) * dayMs
  const begin = instantsOf(first, zone)[0] ?? first
  // Counts are kept by the hour: one that a day of half an hour's offset cuts in two belongs to the day before.
  return Math.ceil(begin / hourMs) * hourMs
}

async function sentLately({ sql, clock }: ConsoleDeps, h1: Buffer): Promise<boolean> {
  const now = clock.now()
  const bounds = [new Date(now - 90 * dayMs), new Date(now)]
  const rows = await findStatistics(sql, h1, { bounds, domainIds: null, split: [], rowLimit: 1 })
  return rows.some(({ counts }) => counts.messages > 0)
}

function readZone(text = 'utc'): TimeZone {
  const zone = findTimeZone(text)
  if (zone) return zone
  throw new Refusal(
    'invalid_input',
    'The `zone` field must be a time zone such as Europe/Vienna or +02:00; leave it out for UTC.',
    { field: 'zone' },
  )
}

function overviewBody(
  { totals, times, periods, providers }: Overview,
  of: { range: string; fromMs: number; tillMs: number; granularity: string; hasSent: boolean },
): Static<typeof OverviewBody> {
  return {
    range: of.range,
    from: timeText(of.fromMs),
    till: timeText(of.tillMs),
    granularity: of.granularity,
    has_sent: of.hasSent,
    totals,
    times: timesBody(times),
    periods: periods.map((period) => ({
      start: timeText(period.startMs),
      label: period.label,
      counts: period.counts,
      times: timesBody(period.times),
    })),
    providers: providers.map(({ provider, counts, times: taken }) => ({
      provider,
      counts,
      times: timesBody(taken),
    })),
  }
}

function timesBody({ deliveries, p50Ms, p90Ms, p99Ms }: DeliveryTimes): Static<typeof TimesBody> {
  return { deliveries, p50_ms: p50Ms, p90_ms: p90Ms, p99_ms: p99Ms }
}
