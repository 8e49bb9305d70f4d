/** How much of something is used, as a number and a bar; without a limit there is no bar to fill. */
import { cx } from '../lib/class-names.ts'
import { wholeText } from '../lib/numbers.ts'

const nearFull = 0.9

export function Meter({
  label,
  value,
  max,
}: {
  label: string
  value: number
  /** Null: without a limit. */
  max: number | null
}) {
  const share = max === null || max === 0 ? 0 : Math.min(value / max, 1)
  return (
    <div className="grid gap-2">
      <p className="text-2xl font-semibold tracking-tight tabular-nums">
        {wholeText(value)}
        <span className="ml-1.5 text-sm font-normal tracking-normal text-ink-soft">
          {max === null ? 'no limit' : `of ${wholeText(max)}`}
        </span>
      </p>
      {max !== null && (
        <div className="relative h-2 overflow-hidden rounded-full bg-plain-soft">
          <meter className="sr-only" aria-label={label} value={value} min={0} max={max} />
          <div
            aria-hidden
            className={cx('h-full rounded-full', share >= nearFull ? 'bg-warn' : 'bg-accent')}
            style={{ width: `${share * 100}%` }}
          />
        </div>
      )}
    </div>
  )
}
