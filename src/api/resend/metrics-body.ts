/** Counts in the words of the Resend dialect. What Postern does not have is counted as none. */
import { type Static, Type } from 'typebox'
import type { Counts } from '../../core/statistics/queries.ts'
import { dimensions, type Metric, metrics } from './metrics-query.ts'

const count = (description: string) => Type.Optional(Type.Integer({ description }))
const rate = (description: string) => Type.Optional(Type.Number({ description }))

/** Those that were asked for. */
const Metrics = {
  received: count('messages received; 0, since none are'),
  delivered: count('recipients whose mail host has taken the message'),
  complained: count('recipients who called it spam'),
  suppressed: count('recipients it was not sent to, since they are suppressed'),
  bounced: count('recipients whose mail host has refused it for good'),
  bounced_transient: count('always 0: what is refused for now is tried again, see `failed`'),
  bounced_permanent: count('the same as `bounced`'),
  bounced_undetermined: count('always 0'),
  opened: count('always 0: nothing is tracked'),
  clicked: count('always 0: nothing is tracked'),
  unsubscribed: count('recipients who left bulk mail by the link of a message'),
  delivery_delayed: count('attempts after which it is tried again'),
  failed: count('recipients for whom the time was over, or an attachment could not be fetched'),
  sent: count('recipients whose mail host was tried a first time'),
  unique_opened: count('always 0: nothing is tracked'),
  unique_clicked: count('always 0: nothing is tracked'),
  delivery_rate: rate('`delivered` of `sent`, in percent'),
  open_rate: rate('always 0: nothing is tracked'),
  click_rate: rate('always 0: nothing is tracked'),
  bounce_rate: rate('`bounced` of `sent`, in percent'),
  complaint_rate: rate('`complained` of `delivered`, in percent'),
  unsubscribe_rate: rate('`unsubscribed` of `delivered`, in percent'),
} satisfies Record<Metric, unknown>

const id = (description: string) => Type.Optional(Type.String({ description }))

export const MetricsRow = Type.Object({
  period: id('the first day of the period, or the hour with its offset; with that dimension'),
  domain_id: id('with that dimension; missing for mail from the sandbox'),
  domain_name: id('with that dimension'),
  email_id: id('with that dimension'),
  broadcast_id: id('never there yet'),
  broadcast_name: id('never there yet'),
  ...Metrics,
})

export const MetricsBody = Type.Object(
  {
    object: Type.Literal('metrics', { description: 'always `metrics`' }),
    start_date: Type.String({ description: 'from when it counts, in ISO 8601' }),
    end_date: Type.String({ description: 'until when, in ISO 8601' }),
    metrics: Type.Array(Type.Enum(metrics), { description: 'the metrics that are told' }),
    dimensions: Type.Array(Type.Enum(dimensions), { description: 'what is told apart' }),
    granularity: Type.String({ description: 'how long a period is' }),
    totals: Type.Object(Metrics, { description: 'of the whole time' }),
    data: Type.Optional(
      Type.Array(MetricsRow, { description: 'by what is told apart; missing when nothing is' }),
    ),
  },
  {
    description: 'The metrics.',
    examples: [
      {
        object: 'metrics',
        start_date: '2026-03-01T00:00:00.000Z',
        end_date: '2026-03-02T23:59:59.999Z',
        metrics: ['sent', 'delivered'],
        dimensions: ['period'],
        granularity: 'daily',
        totals: { sent: 120, delivered: 118 },
        data: [
          { period: '2026-03-01', sent: 70, delivered: 69 },
          { period: '2026-03-02', sent: 50, delivered: 49 },
        ],
      },
    ],
  },
)

/** The metrics that were asked for, in the order in which they are told. */
export function metricsOf(counts: Counts, asked: readonly Metric[]): Static<typeof MetricsRow> {
  return Object.fromEntries(asked.map((metric) => [metric, metricOf(metric, counts)]))
}

function metricOf(metric: Metric, counts: Counts): number {
  const {
    tried,
    delivered,
    bounced,
    deferred,
    expired,
    failed,
    suppressed,
    complained,
    unsubscribed,
  } = counts
  switch (metric) {
    case 'sent':
      return tried
    case 'delivered':
      return delivered
    case 'bounced':
    case 'bounced_permanent':
      return bounced
    case 'delivery_delayed':
      return deferred
    case 'failed':
      return expired + failed
    case 'suppressed':
      return suppressed
    case 'complained':
      return complained
    case 'unsubscribed':
      return unsubscribed
    case 'delivery_rate':
      return percent(delivered, tried)
    case 'bounce_rate':
      return percent(bounced, tried)
    case 'complaint_rate':
      return percent(complained, delivered)
    case 'unsubscribe_rate':
      return percent(unsubscribed, delivered)
    default:
      return 0
  }
}

/** To two places, since a complaint in a thousand matters; what was tried earlier does not make it more than all. */
function percent(part: number, whole: number): number {
  return whole === 0 ? 0 : Math.min(100, Math.round((part / whole) * 10_000) / 100)
}
