/**
 * How often somebody may be wrong. Guesses count per person and, apart from the others, per browser that has been used by
 * that person before: whoever guesses from elsewhere uses up their own tries and locks nobody out.
 */
import type { Clock } from '../../lib/clock.ts'

const windows = [
  { name: 'minute', ms: 60_000, max: 10 },
  { name: 'day', ms: 24 * 3600_000, max: 100 },
] as const
const entriesMax = 100_000

interface Window {
  beganAt: number
  failures: number
}

export class Guesses {
  private readonly clock: Clock
  private readonly entries = new Map<string, Window>()

  constructor(clock: Clock) {
    this.clock = clock
  }

  /** Seconds to wait, or 0 when a guess may be made now. */
  waitSeconds(who: string): number {
    const now = this.clock.now()
    const waits = windows.map(({ name, ms, max }) => {
      const entry = this.entries.get(`${name} ${who}`)
      if (!entry || now - entry.beganAt >= ms || entry.failures < max) return 0
      return Math.ceil((entry.beganAt + ms - now) / 1000)
    })
    return Math.max(...waits)
  }

  fail(who: string): void {
    const now = this.clock.now()
    for (const { name, ms } of windows) {
      const key = `${name} ${who}`
      const entry = this.entries.get(key)
      const isOld = !entry || now - entry.beganAt >= ms
      this.entries.delete(key)
      this.entries.set(key, {
        beganAt: isOld ? now : entry.beganAt,
        failures: isOld ? 1 : entry.failures + 1,
      })
    }
    this.bound()
  }

  private bound(): void {
    for (const oldest of this.entries.keys()) {
      if (this.entries.size <= entriesMax) return
      this.entries.delete(oldest)
    }
  }
}
