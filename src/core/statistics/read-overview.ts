/** What an account's first page shows: outcomes over time, how long deliveries took, and which providers took them. */
import type { Sql } from '../../db/sql.ts'
import type { TimeZone } from '../messages/time-zone.ts'
import { type DeliveryTimes, deliveryTimesOf } from './delivery-times.ts'
import {
  boundsOf,
  type Granularity,
  type Period,
  periodsOf,
  type Span,
  startOfHour,
} from './periods.ts'
import {
  addCounts,
  type Counts,
  type DeliveryTimesRow,
  findDeliveryTimes,
  findStatistics,
  noCounts,
  type StatisticsRow,
} from './queries.ts'

export interface OverviewQuery extends Span {
  granularity: Granularity
  zone: TimeZone
  /** null: all. */
  domainIds: readonly string[] | null
}

export interface Overview {
  totals: Counts
  times: DeliveryTimes
  /** Every period of the span, in order. */
  periods: (Period & { counts: Counts; times: DeliveryTimes })[]
  /** Whom mail went to, most first; `other` holds those that are not told apart. */
  providers: { provider: string; counts: Counts; times: DeliveryTimes }[]
}

/** The hours of 90 days. */
const periodsMax = 2_200
/** More than anybody meets in 90 days; most first, so that what were left out would be the least. */
const providersRead = 20_000
const providersShown = 20
const bucketsMax = 15
const other = 'other'

export async function readOverview(
  sql: Sql,
  h1: Buffer,
  { domainIds, granularity, zone, ...span }: OverviewQuery,
): Promise<Overview> {
  const whole = { ...span, fromMs: startOfHour(span.fromMs) }
  const periods = periodsOf(whole, { granularity, zone })
  const bounds = boundsOf(periods, whole)
  const select = (split: 'period' | 'provider', rowLimit: number) => ({
    bounds,
    domainIds,
    split: [split],
    rowLimit,
  })
  const [counted, timed, countedByProvider, timedByProvider] = await Promise.all([
    findStatistics(sql, h1, select('period', periodsMax)),
    findDeliveryTimes(sql, h1, select('period', periodsMax * bucketsMax)),
    findStatistics(sql, h1, select('provider', providersRead)),
    findDeliveryTimes(sql, h1, select('provider', providersRead * bucketsMax)),
  ])
  const countsByPeriod = new Map(counted.map(({ period, counts }) => [period, counts]))
  const timesByPeriod = Map.groupBy(timed, ({ period }) => period)
  return {
    totals: counted.map(({ counts }) => counts).reduce(addCounts, noCounts()),
    times: deliveryTimesOf(mergeBuckets(timed)),
    periods: periods.map((period, index) => ({
      ...period,
      counts: countsByPeriod.get(index + 1) ?? noCounts(),
      times: deliveryTimesOf(timesByPeriod.get(index + 1) ?? []),
    })),
    providers: providersOf(countedByProvider, timedByProvider),
  }
}

function providersOf(
  counted: readonly StatisticsRow[],
  timed: readonly DeliveryTimesRow[],
): Overview['providers'] {
  const isHost = ({ provider }: { provider: string | null }) => provider !== ''
  const shown = counted
    .filter((row) => isHost(row) && row.provider !== other)
    .sort((one, another) => tries(another.counts) - tries(one.counts))
    .slice(0, providersShown)
    .map(({ provider }) => provider ?? other)
  const known = new Set(shown)
  const placeOf = ({ provider }: { provider: string | null }) =>
    provider !== null && known.has(provider) ? provider : other
  const counts = Map.groupBy(counted.filter(isHost), placeOf)
  const times = Map.groupBy(timed.filter(isHost), placeOf)
  return [...shown, ...(counts.has(other) ? [other] : [])].map((provider) => ({
    provider,
    counts: (counts.get(provider) ?? []).map((row) => row.counts).reduce(addCounts, noCounts()),
    times: deliveryTimesOf(mergeBuckets(times.get(provider) ?? [])),
  }))
}

function tries({ delivered, bounced, deferred }: Counts): number {
  return delivered + bounced + deferred
}

/** Rows of several histograms as one, shortest first. */
function mergeBuckets(rows: readonly DeliveryTimesRow[]): DeliveryTimesRow[] {
  const merged = new Map<number, DeliveryTimesRow>()
  for (const row of rows) {
    const known = merged.get(row.fromMs)
    const deliveries = (known?.deliveries ?? 0) + row.deliveries
    merged.set(row.fromMs, { ...row, deliveries })
  }
  return [...merged.values()].sort((one, another) => one.fromMs - another.fromMs)
}
