/** Starts what has ended again, after a pause that doubles with each failure and is forgotten after a minute of life. */
import { setTimeout as wait } from 'node:timers/promises'
import type { Clock } from '../lib/clock.ts'

const pauseFirstMs = 100
const pauseMaxMs = 10_000
const healthyMs = 60_000

export interface Lasting<Ending> {
  /** Resolves when it has ended, however it did; never rejects. */
  ended: Promise<Ending>
}

export interface KeepAliveOptions<Unit extends Lasting<Ending>, Ending> {
  /** Resolves when it is of use again. */
  start: () => Promise<Unit>
  onEnded: (ending: Ending, pauseMs: number) => void
  onFailed: (error: unknown, pauseMs: number) => void
  onBack: (unit: Unit) => void
  /** Aborted when the end is wanted. */
  stopping: AbortSignal
  clock: Clock
}

/** Returns once `stopping` is aborted and the last one has ended. */
export async function keepAlive<Unit extends Lasting<Ending>, Ending>(
  first: Unit,
  options: KeepAliveOptions<Unit, Ending>,
): Promise<void> {
  const { stopping, clock } = options
  let pauseMs = pauseFirstMs
  let unit: Unit | undefined = first
  while (unit) {
    const startedAt = clock.now()
    const ending: Ending = await unit.ended
    if (stopping.aborted) return
    if (clock.now() - startedAt >= healthyMs) pauseMs = pauseFirstMs
    options.onEnded(ending, pauseMs)
    ;({ unit, pauseMs } = await restart(options, pauseMs))
  }
}

/** No unit when the end was wanted meanwhile. */
async function restart<Unit extends Lasting<Ending>, Ending>(
  { start, onFailed, onBack, stopping }: KeepAliveOptions<Unit, Ending>,
  pauseMs: number,
): Promise<{ unit: Unit | undefined; pauseMs: number }> {
  let nextPauseMs = pauseMs
  while (!stopping.aborted) {
    await wait(nextPauseMs, undefined, { signal: stopping }).catch(() => {})
    if (stopping.aborted) break
    nextPauseMs = Math.min(nextPauseMs * 2, pauseMaxMs)
    try {
      const unit = await start()
      onBack(unit)
      return { unit, pauseMs: nextPauseMs }
    } catch (error) {
      if (!stopping.aborted) onFailed(error, nextPauseMs)
    }
  }
  return { unit: undefined, pauseMs: nextPauseMs }
}
