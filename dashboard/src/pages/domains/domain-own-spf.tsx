import { CircleAlert } from 'lucide-react'
import { countText } from '../../lib/numbers.ts'
import { Badge } from '../../ui/badge.tsx'
import { Card } from '../../ui/page.tsx'
import { Time } from '../../ui/time.tsx'
import type { Domain } from './domain-query.ts'

/** RFC 7208 §4.6.4. */
const lookupsMax = 10
const voidsMax = 2

/** What the SPF record at the domain itself costs receivers; nothing where there is none. */
export function OwnSpf({ spf }: { spf: NonNullable<Domain['own_spf']> }) {
  const { name, found, is_error: isError, lookups, void_lookups: voids, hint } = spf
  return (
    <Card
      title="SPF of the domain itself: advice"
      hint="Your mail leaves with the return path above, which has an SPF record of its own. This one is for whatever else sends in the name of the domain; receivers give up on it when it asks too much of DNS."
    >
      <div className="grid gap-3">
        <div className="flex flex-wrap items-center gap-x-3 gap-y-1">
          <h3 className="font-medium">
            {name} <span className="font-mono text-[0.8125rem] text-ink-soft">TXT</span>
          </h3>
          {isError ? (
            <Badge tone="warn">Error to receivers</Badge>
          ) : (
            <Badge tone="good">Right</Badge>
          )}
        </div>
        <div className="grid gap-1 overflow-hidden rounded-xl border border-line px-4 py-2.5">
          {found.map((value) => (
            <code key={value} className="font-mono text-[0.8125rem] break-all">
              {value}
            </code>
          ))}
        </div>
        {hint !== null && (
          <p className="flex items-start gap-2 rounded-xl bg-warn-soft px-4 py-2.5 text-warn">
            <CircleAlert className="mt-0.5 size-4 shrink-0" aria-hidden />
            <span className="min-w-0 wrap-anywhere">{hint}</span>
          </p>
        )}
        <p className="text-[0.8125rem] text-ink-soft">
          <span className="font-mono">{spf.answered_by}</span> answered <Time at={spf.checked_at} />
          {lookups !== null &&
            ` · evaluating it takes ${lookups > lookupsMax ? `more than ${lookupsMax} DNS look-ups` : `${countText(lookups, 'DNS look-up')} of ${lookupsMax} at most`}`}
          {voids !== null && voids > 0 && `, of which ${voids} find nothing (${voidsMax} at most)`}
        </p>
      </div>
    </Card>
  )
}
