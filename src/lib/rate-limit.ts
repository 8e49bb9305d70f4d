/** Requests that a caller, whatever it is known by, may make in each second, or in another span of time. */
import type { Clock } from './clock.ts'

export interface RateState {
  allowed: boolean
  limit: number
  remaining: number
}

/** More callers than this in one span: those who are new wait. */
const callersMax = 200_000

export class RateLimit {
  private readonly clock: Clock
  private readonly windowMs: number
  private windowStart = 0
  /** Begun anew with each window, so it never holds more than one span's callers. */
  private used = new Map<string, number>()

  constructor(clock: Clock, windowMs = 1_000) {
    this.clock = clock
    this.windowMs = windowMs
  }

  take(caller: string, limit: number): RateState {
    const now = this.clock.now()
    const start = now - (now % this.windowMs)
    if (start !== this.windowStart) {
      this.windowStart = start
      this.used = new Map()
    }
    if (this.used.size >= callersMax && !this.used.has(caller)) {
      return { allowed: false, limit, remaining: 0 }
    }
    const used = (this.used.get(caller) ?? 0) + 1
    this.used.set(caller, used)
    return { allowed: used <= limit, limit, remaining: Math.max(0, limit - used) }
  }
}
