/**
 * What this process holds under leases, counted so that it stays bounded, and which destinations are to be left alone.
 *
 * A lease cannot be extended. A transaction that outlives it (RFC 5321 allows ten minutes after the final dot) is claimed
 * again by its own process: the claim's new fence then becomes that of the running transaction, which is not begun twice.
 */
import type { ClaimedDelivery } from '../core/deliveries/queries.ts'
import type { Clock } from '../lib/clock.ts'

export interface Held {
  readonly row: ClaimedDelivery
  /** Of the newest claim. */
  fence: number
  leaseUntilMs: number
  /** Its lease ran out before its outcome was recorded: it no longer takes a place, and waits for its next claim. */
  isLate: boolean
}

export interface InFlightLimits {
  deliveriesMax: number
  bytesMax: number
  perDestinationMax: number
}

const pauseFirstMs = 1_000
const pauseMaxMs = 60_000
const pausesMax = 2_000

interface Pause {
  untilMs: number
  lengthMs: number
}

export class InFlight {
  private readonly clock: Clock
  private readonly limits: InFlightLimits
  private readonly held = new Map<string, Held>()
  private readonly messages = new Map<string, { count: number; bytes: number }>()
  private readonly destinations = new Map<string, number>()
  private readonly pauses = new Map<string, Pause>()
  private bytes = 0
  private lateCount = 0

  constructor(clock: Clock, limits: InFlightLimits) {
    this.clock = clock
    this.limits = limits
  }

  get count(): number {
    return this.held.size
  }

  /** How many more may be claimed now. */
  get free(): number {
    if (this.bytes >= this.limits.bytesMax) return 0
    return Math.max(0, this.limits.deliveriesMax - (this.held.size - this.lateCount))
  }

  /** undefined when this process holds it already: its lease is renewed, and there is nothing to begin. */
  add(row: ClaimedDelivery, leaseUntilMs: number): Held | undefined {
    const name = deliveryName(row)
    const known = this.held.get(name)
    if (known) {
      this.setLate(known, false)
      known.fence = row.fence
      known.leaseUntilMs = leaseUntilMs
      return undefined
    }
    const held = { row, fence: row.fence, leaseUntilMs, isLate: false }
    this.held.set(name, held)
    this.tally(row, 1)
    return held
  }

  remove(held: Held): void {
    if (!this.held.delete(deliveryName(held.row))) return
    this.setLate(held, false)
    this.tally(held.row, -1)
  }

  setLate(held: Held, isLate: boolean): void {
    if (held.isLate === isLate) return
    held.isLate = isLate
    this.lateCount += isLate ? 1 : -1
  }

  /** A host of this destination does not answer: what waits for it stays in the queue for a while, longer each time. */
  pause(destination: Buffer): void {
    const name = destination.toString('hex')
    const now = this.clock.now()
    const known = this.pauses.get(name)
    if (known && known.untilMs > now) return
    const lengthMs = known ? Math.min(known.lengthMs * 2, pauseMaxMs) : pauseFirstMs
    this.pauses.delete(name)
    this.pauses.set(name, { untilMs: now + lengthMs, lengthMs })
    if (this.pauses.size > pausesMax) this.forgetOldestPause()
  }

  resume(destination: Buffer): void {
    if (this.pauses.size > 0) this.pauses.delete(destination.toString('hex'))
  }

  /** Destinations that the next claim leaves out. */
  busy(): Buffer[] {
    const now = this.clock.now()
    const names = new Set<string>()
    for (const [name, count] of this.destinations) {
      if (count >= this.limits.perDestinationMax) names.add(name)
    }
    for (const [name, { untilMs, lengthMs }] of this.pauses) {
      if (untilMs > now) names.add(name)
      else if (untilMs + lengthMs < now - pauseMaxMs) this.pauses.delete(name)
    }
    return [...names].map((name) => Buffer.from(name, 'hex'))
  }

  private forgetOldestPause(): void {
    for (const name of this.pauses.keys()) {
      this.pauses.delete(name)
      return
    }
  }

  /** Recipients of one message share its bytes. */
  private tally({ messageId, sizeBytes, destination }: ClaimedDelivery, change: 1 | -1): void {
    const message = this.messages.get(messageId) ?? { count: 0, bytes: sizeBytes }
    message.count += change
    if (message.count === 0) {
      this.messages.delete(messageId)
      this.bytes -= message.bytes
    } else if (change === 1 && message.count === 1) {
      this.messages.set(messageId, message)
      this.bytes += message.bytes
    }
    const name = destination.toString('hex')
    const left = (this.destinations.get(name) ?? 0) + change
    if (left === 0) this.destinations.delete(name)
    else this.destinations.set(name, left)
  }
}

/** Names a delivery in logs too. */
export function deliveryName({ messageId, n }: { messageId: string; n: number }): string {
  return `${messageId}/${n}`
}
