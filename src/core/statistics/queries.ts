/** What became of an account's messages, by the hour, and the adding up behind it. */
import type {
  CountStatisticsRow,
  FindDeliveryTimesRow,
  FindMessageStatisticsRow,
  FindStatisticsRow,
} from '../../db/schema.ts'
import type { Sql } from '../../db/sql.ts'

/** Recipients, but for `messages` and for `deferred`, which counts attempts. */
export interface Counts {
  messages: number
  recipients: number
  /** Recipients whose first attempt has ended, however. */
  tried: number
  delivered: number
  bounced: number
  deferred: number
  expired: number
  /** Not sent, since an attachment could not be fetched. */
  failed: number
  suppressed: number
  cancelled: number
  complained: number
  /** Who left bulk mail by the link of a message, also those who took it back. */
  unsubscribed: number
}

/** `period` is the number of the bounds that it lies between, from 1. */
export type Split = 'period' | 'stream' | 'domain' | 'provider'

export interface Selection {
  /** Ascending: a period from each to the next. Hours belong to the period in which they begin. */
  bounds: readonly Date[]
  /** null: all. */
  domainIds: readonly string[] | null
  /** What is told apart; the rest is added up. */
  split: readonly Split[]
  rowLimit: number
}

export interface StatisticsRow {
  period: FindStatisticsRow['period'] | null
  stream: FindStatisticsRow['stream'] | null
  domainId: FindStatisticsRow['domainId'] | null
  domainName: FindStatisticsRow['domainName'] | null
  provider: FindStatisticsRow['provider'] | null
  counts: Counts
}

export async function findStatistics(
  sql: Sql,
  h1: Buffer,
  { bounds, domainIds, split, rowLimit }: Selection,
): Promise<StatisticsRow[]> {
  const rows = await sql<FindStatisticsRow[]>`
    select period, stream, domain_id, domain_name, provider, messages, recipients, tried, delivered, bounced, deferred,
           expired, failed, suppressed, cancelled, complained, unsubscribed
      from postern.find_statistics(${h1}, ${bounds}, ${domainIds}, ${split}, ${rowLimit})`
  return rows.map((row) => {
    const { period, stream, domainId, domainName, provider } = row
    return { period, stream, domainId, domainName, provider, counts: countsOf(row) }
  })
}

export interface DeliveryTimesRow {
  period: FindDeliveryTimesRow['period'] | null
  provider: FindDeliveryTimesRow['provider'] | null
  fromMs: number
  /** null: without an end. */
  upToMs: number | null
  deliveries: number
}

/** How long deliveries took, as a histogram for each part of `split`; shortest first. */
export async function findDeliveryTimes(
  sql: Sql,
  h1: Buffer,
  { bounds, domainIds, split, rowLimit }: Selection,
): Promise<DeliveryTimesRow[]> {
  const rows = await sql<(Omit<FindDeliveryTimesRow, 'upToMs'> & { upToMs: string | null })[]>`
    select period, provider, from_ms, up_to_ms, deliveries
      from postern.find_delivery_times(${h1}, ${bounds}, ${domainIds}, ${split}, ${rowLimit})`
  return rows.map(({ period, provider, fromMs, upToMs, deliveries }) => ({
    period,
    provider,
    fromMs: Number(fromMs),
    upToMs: upToMs === null ? null : Number(upToMs),
    deliveries: Number(deliveries),
  }))
}

export interface MessageStatisticsRow {
  messageId: FindMessageStatisticsRow['messageId']
  period: FindMessageStatisticsRow['period'] | null
  domainId: FindMessageStatisticsRow['domainId'] | null
  domainName: FindMessageStatisticsRow['domainName'] | null
  counts: Counts
}

/** Of the messages named, or of those accepted within the bounds. `rowLimit` counts messages. */
export async function findMessageStatistics(
  sql: Sql,
  h1: Buffer,
  { bounds, domainIds, split, rowLimit, messageIds }: Selection & { messageIds: string[] | null },
): Promise<MessageStatisticsRow[]> {
  const rows = await sql<FindMessageStatisticsRow[]>`
    select message_id, period, domain_id, domain_name, messages, recipients, tried, delivered, bounced, deferred,
           expired, failed, suppressed, cancelled, complained, unsubscribed
      from postern.find_message_statistics(
             ${h1}, ${bounds}, ${messageIds}, ${domainIds}, ${split}, ${rowLimit})`
  return rows.map((row) => {
    const { messageId, period, domainId, domainName } = row
    return { messageId, period, domainId, domainName, counts: countsOf(row) }
  })
}

export interface CountLimits {
  behindSeconds: number
  stepSeconds: number
  /** Events of one step. */
  rowLimit: number
  /** Rows of an hour and account that name a provider; the rest is `other`. */
  rowsMax: number
}

/** For jobs: adds up one step of time. Hosts without a name are answered, and then nothing is added up. */
export async function countStatistics(
  sql: Sql,
  ticket: Buffer,
  { behindSeconds, stepSeconds, rowLimit, rowsMax }: CountLimits,
): Promise<CountStatisticsRow> {
  const rows = await sql<CountStatisticsRow[]>`
    select more, unnamed_hosts
      from postern.count_statistics(${ticket}, ${behindSeconds}, ${stepSeconds}, ${rowLimit}, ${rowsMax})`
  return rows[0] ?? { more: false, unnamedHosts: [] }
}

/** For jobs: which provider each host belongs to. */
export async function nameHosts(
  sql: Sql,
  ticket: Buffer,
  named: readonly { host: string; provider: string }[],
): Promise<void> {
  await sql`
    select postern.name_hosts(${ticket}, ${named.map(({ host }) => host)},
                              ${named.map(({ provider }) => provider)})`
}

export const countNames = [
  'messages',
  'recipients',
  'tried',
  'delivered',
  'bounced',
  'deferred',
  'expired',
  'failed',
  'suppressed',
  'cancelled',
  'complained',
  'unsubscribed',
] as const satisfies readonly (keyof Counts)[]

export function noCounts(): Counts {
  return countsOf({})
}

function countsOf(row: Partial<Record<keyof Counts, string>>): Counts {
  const read = (name: keyof Counts) => Number(row[name] ?? 0)
  return {
    messages: read('messages'),
    recipients: read('recipients'),
    tried: read('tried'),
    delivered: read('delivered'),
    bounced: read('bounced'),
    deferred: read('deferred'),
    expired: read('expired'),
    failed: read('failed'),
    suppressed: read('suppressed'),
    cancelled: read('cancelled'),
    complained: read('complained'),
    unsubscribed: read('unsubscribed'),
  }
}

export function addCounts(one: Counts, other: Counts): Counts {
  const sum = noCounts()
  for (const name of countNames) sum[name] = one[name] + other[name]
  return sum
}
