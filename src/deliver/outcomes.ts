/**
 * Writes outcomes in batches: what has gathered while the last statement ran goes into the next. An outcome is kept until
 * the database has taken it, and its delivery stays in flight as long, so that claims stop when the database is away.
 */
import type { FinishedAttempt } from '../core/deliveries/queries.ts'
import { DatabaseFailure } from '../db/sql.ts'
import type { Clock } from '../lib/clock.ts'
import type { Log } from '../process/log.ts'
import type { Held, InFlight } from './in-flight.ts'
import type { Queue } from './queue.ts'
import { Wake } from './wake.ts'

/** The attempt without its claim: that is read when the outcome is written, since a newer claim may have come. */
export type AttemptFacts = Omit<FinishedAttempt, 'accountId' | 'messageId' | 'n' | 'fence'>

interface Waiting {
  held: Held
  facts: AttemptFacts
}

/** Longer saves commits and costs places in flight; a reader of the story waits no longer for it than for the page. */
const gatherMs = 50
const rowsMax = 500
const retryMs = 250
const idleMs = 60_000
/** A statement takes its time: nearer to its end than this, a lease counts as over. */
const leaseMarginMs = 2_000
/** An outcome whose delivery is not claimed again by then is dropped: the message is then sent once more. */
const lateMaxMs = 60_000

export interface OutcomeDeps {
  queue: Queue
  inFlight: InFlight
  clock: Clock
  log: Log
  /** Called when places became free. */
  onRecorded: () => void
}

export class OutcomeWriter {
  private readonly deps: OutcomeDeps
  private waiting: Waiting[] = []
  private readonly first = new Wake()
  private readonly full = new Wake()
  private readonly running: Promise<void>
  private isStopping = false

  constructor(deps: OutcomeDeps) {
    this.deps = deps
    this.running = this.run()
  }

  add(held: Held, facts: AttemptFacts): void {
    this.waiting.push({ held, facts })
    if (this.waiting.length === 1) this.first.call()
    if (this.waiting.length === rowsMax) this.full.call()
  }

  /** Returns when everything is recorded, or at the deadline: leases then bring back the rest. */
  async stop(deadlineMs: number): Promise<void> {
    this.isStopping = true
    this.first.call()
    this.full.call()
    const late = new Promise<void>((resolve) => setTimeout(resolve, deadlineMs).unref())
    await Promise.race([this.running, late])
  }

  private async run(): Promise<void> {
    while (!this.isStopping || this.waiting.length > 0) {
      if (this.waiting.length === 0) await this.first.sleep(idleMs)
      if (this.waiting.length < rowsMax && !this.isStopping) await this.full.sleep(gatherMs)
      const batch = this.takeBatch()
      if (batch.length > 0 && (await this.write(batch))) continue
      if (batch.length === 0 && this.isStopping) return
      this.waiting = [...batch, ...this.waiting]
      if (this.waiting.length > 0) await new Promise((resolve) => setTimeout(resolve, retryMs))
    }
  }

  /** Those whose claim still stands; the late ones stay until they are claimed again. */
  private takeBatch(): Waiting[] {
    const now = this.deps.clock.now()
    const batch: Waiting[] = []
    const rest: Waiting[] = []
    let dropped = 0
    for (const each of this.waiting) {
      const { held } = each
      if (held.leaseUntilMs - leaseMarginMs > now) {
        if (batch.length < rowsMax) batch.push(each)
        else rest.push(each)
      } else if (held.leaseUntilMs + lateMaxMs > now) {
        this.deps.inFlight.setLate(held, true)
        rest.push(each)
      } else {
        this.deps.inFlight.remove(held)
        dropped += 1
      }
    }
    this.waiting = rest
    if (dropped > 0) this.deps.log.warn({ count: dropped }, 'outcomes came after their lease')
    return batch
  }

  private async write(batch: Waiting[]): Promise<boolean> {
    const { queue, inFlight, log, onRecorded } = this.deps
    try {
      const rows = batch.map(({ held, facts }) => {
        const { accountId, messageId, n } = held.row
        return { accountId, messageId, n, fence: held.fence, ...facts }
      })
      const recorded = await queue.finish(rows)
      if (recorded < rows.length) {
        log.warn({ count: rows.length - recorded }, 'outcomes of earlier claims left out')
      }
    } catch (error) {
      if (!(error instanceof DatabaseFailure) || !error.isOutage) throw error
      log.warn({ error, count: batch.length }, 'outcomes wait for the database')
      return false
    }
    for (const { held } of batch) inFlight.remove(held)
    onRecorded()
    return true
  }
}
