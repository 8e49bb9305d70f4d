/** Requests that a caller, whatever it is known by, may make in each second. */
import type { Clock } from './clock.ts'

export interface RateState {
  allowed: boolean
  limit: number
  remaining: number
}

const windowMs = 1_000

export class RateLimit {
  private readonly clock: Clock
  private windowStart = 0
  /** Begun anew with each window, so it never holds more than one second's callers. */
  private used = new Map<string, number>()

  constructor(clock: Clock) {
    this.clock = clock
  }

  take(caller: string, limit: number): RateState {
    const now = this.clock.now()
    const start = now - (now % windowMs)
    if (start !== this.windowStart) {
      this.windowStart = start
      this.used = new Map()
    }
    const used = (this.used.get(caller) ?? 0) + 1
    this.used.set(caller, used)
    return { allowed: used <= limit, limit, remaining: Math.max(0, limit - used) }
  }
}
