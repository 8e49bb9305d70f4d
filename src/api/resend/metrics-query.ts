/** What is asked of /emails/metrics: its parameters, each a text, or a list by commas or by repetition. */
import { type Static, Type } from 'typebox'
import { readIso } from '../../core/messages/scheduled-at.ts'
import { findTimeZone, type TimeZone } from '../../core/messages/time-zone.ts'
import {
  type Granularity,
  granularities,
  hourMs,
  type Span,
} from '../../core/statistics/periods.ts'
import { Refusal } from '../../lib/refusal.ts'
import { isUuid } from '../../lib/uuid.ts'

export const dimensions = ['period', 'domain', 'email', 'broadcast'] as const
export type Dimension = (typeof dimensions)[number]

export const metrics = [
  'received',
  'delivered',
  'complained',
  'suppressed',
  'bounced',
  'bounced_transient',
  'bounced_permanent',
  'bounced_undetermined',
  'opened',
  'clicked',
  'unsubscribed',
  'delivery_delayed',
  'failed',
  'sent',
  'unique_opened',
  'unique_clicked',
  'delivery_rate',
  'open_rate',
  'click_rate',
  'bounce_rate',
  'complaint_rate',
  'unsubscribe_rate',
] as const
export type Metric = (typeof metrics)[number]

export interface MetricsAsked extends Span {
  granularity: Granularity
  zone: TimeZone
  metrics: Metric[]
  dimensions: Dimension[]
  /** null: all. */
  domainIds: string[] | null
  emailIds: string[] | null
  broadcastIds: string[] | null
}

const dayMs = 24 * hourMs
const spanDays = 6
/** As long as hours are kept. */
const keptDays = 90
const idsMax = 100

const text = (description: string) => Type.Optional(Type.String({ description }))

/** For the documents; `readMetricsQuery` checks, and names the parameter. */
export const MetricsQuery = Type.Object({
  start_date: text(
    'From when, a date or a time in ISO 8601, in UTC when no zone is given; 6 days before the end when left out. Counts are kept for 90 days.',
  ),
  end_date: text('Until when, not included; now when left out or later. A date is its midnight.'),
  timezone: text(
    'The time zone whose days, weeks and months are told apart, such as Europe/Berlin.',
  ),
  granularity: Type.Optional(
    Type.Enum(granularities, { description: 'How long a period is; daily when left out.' }),
  ),
  metrics: text('Which metrics, with commas between; all when left out.'),
  dimensions: text(
    'What is told apart, with commas between: period, domain, email, broadcast. `email` and `broadcast` exclude each other.',
  ),
  domain_id: text('Only of these sending domains: up to 100 ids with commas between.'),
  email_id: text('Only of these messages: up to 100 ids with commas between.'),
  broadcast_id: text('Only of these broadcasts, of which there are none yet.'),
})

type Name = keyof Static<typeof MetricsQuery>

export function readMetricsQuery(query: unknown, nowMs: number): MetricsAsked {
  const parameters = (query ?? {}) as Record<string, unknown> // a parsed query string
  const list = (name: Name) => readList(parameters[name])
  const asked = {
    ...readSpan(parameters, nowMs),
    granularity: readGranularity(parameters.granularity),
    zone: readZone(parameters.timezone),
    metrics: readWords('metrics', list('metrics'), metrics) ?? [...metrics],
    dimensions: readWords('dimensions', list('dimensions'), dimensions) ?? [],
    domainIds: readIds('domain_id', list('domain_id')),
    emailIds: readIds('email_id', list('email_id')),
    broadcastIds: readIds('broadcast_id', list('broadcast_id')),
  }
  const byEmail = asked.emailIds !== null || asked.dimensions.includes('email')
  const byBroadcast = asked.broadcastIds !== null || asked.dimensions.includes('broadcast')
  if (byEmail && byBroadcast) {
    throw new Refusal(
      'invalid_input',
      'The `email` dimension and `email_id` cannot be combined with the `broadcast` dimension or `broadcast_id`; ask for them one after the other.',
    )
  }
  return asked
}

function readSpan(parameters: Record<string, unknown>, nowMs: number): Span {
  const end = readInstant('end_date', parameters.end_date)
  const tillMs = Math.min(end ?? nowMs, nowMs)
  const start = readInstant('start_date', parameters.start_date)
  if (start !== undefined && start > tillMs) {
    throw new Refusal(
      'invalid_input',
      'The `start_date` parameter must be on or before `end_date`, and not in the future.',
    )
  }
  const oldestMs = nowMs - keptDays * dayMs
  const fromMs = Math.max(start ?? tillMs - spanDays * dayMs, oldestMs)
  return { fromMs, tillMs: Math.max(tillMs, fromMs) }
}

function readInstant(name: Name, value: unknown): number | undefined {
  if (value === undefined || value === '') return undefined
  const instant =
    typeof value === 'string' && value.length <= 40 ? readIso(value.toLowerCase()) : undefined
  if (instant !== undefined) return instant
  throw new Refusal(
    'invalid_input',
    `The \`${name}\` parameter must be a date or a time in ISO 8601, such as 2026-08-05 or 2026-08-05T11:52:01Z (a + as %2B).`,
  )
}

function readGranularity(value: unknown): Granularity {
  if (value === undefined || value === '') return 'daily'
  const known = granularities.find((one) => one === value)
  if (known) return known
  throw new Refusal(
    'invalid_input',
    `The \`granularity\` parameter must be one of ${granularities.join(', ')}.`,
  )
}

function readZone(value: unknown): TimeZone {
  const zone = value === undefined || value === '' ? 'UTC' : value
  const known = typeof zone === 'string' && zone.length <= 60 ? findTimeZone(zone) : undefined
  if (known) return known
  throw new Refusal(
    'invalid_input',
    'The `timezone` parameter must be a name of the time zone database such as Europe/Berlin, or UTC.',
  )
}

/** Null for a parameter that is not there or empty. */
function readList(value: unknown): string[] | null {
  const parts = [value ?? []]
    .flat()
    .flatMap((each) => String(each).split(','))
    .map((part) => part.trim())
    .filter((part) => part !== '')
  return parts.length === 0 ? null : [...new Set(parts)]
}

function readWords<Word extends string>(
  name: Name,
  list: string[] | null,
  words: readonly Word[],
): Word[] | null {
  if (list === null) return null
  const known = list.flatMap((text) => words.find((word) => word === text) ?? [])
  if (known.length === list.length) return known
  throw new Refusal(
    'invalid_input',
    `The \`${name}\` parameter must name ${words.join(', ')} only.`,
  )
}

function readIds(name: Name, list: string[] | null): string[] | null {
  if (list === null) return null
  if (list.length > idsMax) {
    throw new Refusal('invalid_input', `The \`${name}\` parameter takes at most ${idsMax} ids.`)
  }
  if (list.every(isUuid)) return list.map((id) => id.toLowerCase())
  throw new Refusal('invalid_parameter', `The \`${name}\` parameter must hold valid UUIDs.`)
}
