import { nowMs } from '../../lib/clock.ts'
import { absoluteText } from '../../lib/elapsed.ts'
import { countText } from '../../lib/numbers.ts'
import type { Key } from './key-query.ts'

const dayMs = 86_400_000

/** Nothing while the key does not end for want of use. */
export function IdleNote({
  of: { retires_at: end, last_used_at: used, created_at: made },
}: {
  of: Pick<Key, 'retires_at' | 'last_used_at' | 'created_at'>
}) {
  if (end === null) return null
  const days = Math.floor((nowMs() - Date.parse(used ?? made)) / dayMs)
  const [day] = absoluteText(new Date(end)).split(',')
  return (
    <span className="text-xs text-warn">
      Idle for {countText(days, 'day')}, retires on {day}
    </span>
  )
}
