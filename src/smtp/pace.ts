/**
 * Messages an account may send in each second, over all its sessions. A client of SMTP cannot be told to slow down, so
 * its commands are answered later: one second's worth may come at once, and what follows is spaced out.
 */
import type { Clock } from '../lib/clock.ts'

const secondMs = 1_000
const entriesMax = 10_000

export class Pace {
  private readonly clock: Clock
  private readonly delayMaxMs: number
  /** When each account will have used up what it has taken. */
  private readonly usedUntil = new Map<string, number>()

  constructor(clock: Clock, delayMaxMs: number) {
    this.clock = clock
    this.delayMaxMs = delayMaxMs
  }

  /** Milliseconds until the message's turn; undefined, and nothing taken, when that is too far away. */
  take(account: string, perSecond: number): number | undefined {
    const now = this.clock.now()
    const from = Math.max(this.usedUntil.get(account) ?? 0, now)
    const until = from + secondMs / perSecond
    // The first second's worth is free: nobody waits who is not over the rate.
    const delayMs = Math.max(0, until - now - secondMs)
    if (delayMs > this.delayMaxMs) return undefined
    if (this.usedUntil.size >= entriesMax) this.forgetUnused(now)
    this.usedUntil.set(account, until)
    return delayMs
  }

  private forgetUnused(now: number): void {
    for (const [account, until] of this.usedUntil) {
      if (until <= now) this.usedUntil.delete(account)
    }
  }
}
