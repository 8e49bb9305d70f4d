/**
 * Gives claims back in batches, no attempt counted. While the database is away it is asked again for some seconds; after
 * that the end of their leases does the same.
 */
import { DatabaseFailure } from '../db/sql.ts'
import type { Log } from '../process/log.ts'
import type { Held, InFlight } from './in-flight.ts'
import type { Queue } from './queue.ts'

export interface ReturnsDeps {
  queue: Queue
  inFlight: InFlight
  log: Log
}

const stepMs = 200
const triesMax = 16
const retryMs = 500

export class Returns {
  private readonly deps: ReturnsDeps
  private readonly gathered = new Map<number, Held[]>()
  private writing: Promise<void> | undefined

  constructor(deps: ReturnsDeps) {
    this.deps = deps
  }

  /** The moment is rounded down, so that what is given back together goes in few statements. */
  add(held: Held, moment: number): void {
    const againAtMs = Math.floor(moment / stepMs) * stepMs
    const others = this.gathered.get(againAtMs)
    if (others) others.push(held)
    else this.gathered.set(againAtMs, [held])
    this.writing ??= this.write()
  }

  /** Until everything given back so far is written. */
  async settled(): Promise<void> {
    while (this.writing) await this.writing
  }

  private async write(): Promise<void> {
    await new Promise(setImmediate)
    for (const [againAtMs, helds] of this.gathered) {
      this.gathered.delete(againAtMs)
      await this.giveBack(helds, new Date(againAtMs))
    }
    this.writing = this.gathered.size > 0 ? this.write() : undefined
  }

  private async giveBack(helds: Held[], againAt: Date): Promise<void> {
    const { inFlight, log } = this.deps
    const claims = helds.map(({ row, fence }) => {
      const { accountId, messageId, n } = row
      return { accountId, messageId, n, fence }
    })
    const isReleased = await this.release({ claims, againAt })
    if (!isReleased) log.warn({ count: claims.length }, 'claims left to the end of their leases')
    for (const held of helds) inFlight.remove(held)
  }

  /** Twice does no harm: the fence lets a claim be given back once. */
  private async release(release: Parameters<Queue['release']>[0]): Promise<boolean> {
    for (let tries = 0; tries < triesMax; tries++) {
      try {
        await this.deps.queue.release(release)
        return true
      } catch (error) {
        if (!(error instanceof DatabaseFailure) || !error.isOutage) throw error
        await new Promise((resolve) => setTimeout(resolve, retryMs))
      }
    }
    return false
  }
}
