import type { GetOverviewAnswer } from '../../api/types.ts'
import { durationText } from '../../lib/duration.ts'
import { countText } from '../../lib/numbers.ts'

export function DeliveryTimes({ times }: { times: GetOverviewAnswer['times'] }) {
  const { deliveries, p50_ms: p50, p90_ms: p90, p99_ms: p99 } = times
  if (deliveries === 0) return <p className="text-ink-soft">Nothing was delivered in this time.</p>
  const shares: [name: string, ms: number | null][] = [
    ['Half of them within', p50],
    ['90 of 100 within', p90],
    ['99 of 100 within', p99],
  ]
  return (
    <>
      <dl className="grid gap-4 sm:grid-cols-3">
        {shares.map(([name, ms]) => (
          <div key={name} className="grid gap-0.5 border-l-2 border-line pl-4">
            <dt className="text-ink-soft">{name}</dt>
            <dd className="text-xl font-semibold tracking-tight tabular-nums">
              {ms === null ? '–' : durationText(ms)}
            </dd>
          </div>
        ))}
      </dl>
      <p className="mt-4 text-[0.8125rem] text-ink-soft">
        Estimated from {countText(deliveries, 'delivery', 'deliveries')}.
      </p>
    </>
  )
}
