/**
 * Claims what is due, as much as there is room for, and hands it on. One process owns its lanes alone, so what its
 * predecessor had claimed is ready again as soon as it begins.
 */
import type { ClaimCursor, ClaimedDelivery } from '../core/deliveries/queries.ts'
import { DatabaseFailure } from '../db/sql.ts'
import type { Clock } from '../lib/clock.ts'
import type { Log } from '../process/log.ts'
import type { VaultClient } from '../vault/client.ts'
import { type BatchDeps, handleBatch, inlineBytesMax } from './batch.ts'
import { ByteGate } from './byte-gate.ts'
import type { LinkBase } from './copies.ts'
import type { DeliveryDeps } from './delivery.ts'
import { type Held, InFlight, type InFlightLimits } from './in-flight.ts'
import { OutcomeWriter } from './outcomes.ts'
import { PreparedCache } from './prepared-cache.ts'
import type { Queue } from './queue.ts'
import { Returns } from './returns.ts'
import { Wake } from './wake.ts'

export interface LoopDeps
  extends Pick<DeliveryDeps, 'transact' | 'findRoute' | 'returnPathKey' | 'hostname' | 'random'> {
  queue: Queue
  vault: Pick<VaultClient, 'openLeased' | 'sign' | 'keys'>
  linkBase: LinkBase
  clock: Clock
  log: Log
  limits?: InFlightLimits
  leaseSeconds?: number
}

export interface Loop {
  /** Something may be due. */
  wake(): void
  /**
   * Claims nothing more, gives back what has not reached a host, lets `drain` end the running transactions, and records
   * every outcome.
   */
  stop(drain: () => Promise<void>): Promise<void>
}

const defaultLimits: InFlightLimits = {
  deliveriesMax: 600,
  bytesMax: 64 * 1024 * 1024,
  perDestinationMax: 200,
}
const leaseSecondsDefault = 120
/** Larger claims save nothing more. */
const claimMax = 256
/** Claims wait for this much room: the cost of a claim is that of its statement, not of its rows. */
const claimWorth = 100
/** After a claim that emptied the queue, the next one waits for some more to come: longer while much comes. */
const gatherMs = 20
const gatherManyMs = 150
const manyRows = 10
/** A wake-up comes with what is accepted; this is for the one that was lost. */
const idleMs = 2_000
const outageMs = 500
const releaseEveryMs = 1_000
const releaseMax = 1_000
const largeBytesMax = 32 * 1024 * 1024
const outcomesMs = 2_500

export function startLoop(deps: LoopDeps): Loop {
  return new DeliveryLoop(deps)
}

class DeliveryLoop implements Loop {
  private readonly deps: LoopDeps
  private readonly inFlight: InFlight
  private readonly outcomes: OutcomeWriter
  private readonly returns: Returns
  private readonly batchDeps: BatchDeps
  private readonly work = new Wake()
  private readonly clockwork = new Wake()
  private readonly batches = new Set<Promise<void>>()
  private readonly loops: Promise<unknown>
  private readonly deliveriesMax: number
  private cursor: ClaimCursor = { lane: 0, accountId: '00000000-0000-0000-0000-000000000000' }
  private vaultOutage: Promise<void> | undefined
  private isStopping = false

  constructor(deps: LoopDeps) {
    this.deps = deps
    const { queue, clock, log } = deps
    const limits = deps.limits ?? defaultLimits
    this.deliveriesMax = limits.deliveriesMax
    this.inFlight = new InFlight(clock, limits)
    const { inFlight } = this
    this.outcomes = new OutcomeWriter({
      queue,
      inFlight,
      clock,
      log,
      onRecorded: () => this.wake(),
    })
    this.returns = new Returns({ queue, inFlight, log })
    this.batchDeps = this.makeBatchDeps()
    this.loops = this.begin().then(() => Promise.all([this.claimAlways(), this.releaseAlways()]))
  }

  wake(): void {
    this.work.call()
  }

  async stop(drain: () => Promise<void>): Promise<void> {
    this.isStopping = true
    this.work.call()
    this.clockwork.call()
    await this.loops
    await drain()
    await Promise.all(this.batches)
    await Promise.all([this.returns.settled(), this.outcomes.stop(outcomesMs)])
  }

  private makeBatchDeps(): BatchDeps {
    const { vault, queue, clock, log, random, linkBase } = this.deps
    const { inFlight, outcomes, returns } = this
    return {
      prepare: {
        vault,
        fetchContent: (name) => queue.content(name),
        fetchAttachments: (name) => queue.attachments(name),
        linkBase,
        cache: new PreparedCache(clock),
      },
      delivery: { ...this.deps, inFlight, outcomes, returns },
      largeGate: new ByteGate(largeBytesMax),
      onOutage: (error) => this.noteOutage(error),
      isStopping: () => this.isStopping,
      clock,
      random,
      log,
    }
  }

  private async begin(): Promise<void> {
    while (!this.isStopping) {
      const moved = await this.orOutage(() => this.deps.queue.begin())
      if (moved === undefined) continue
      if (moved > 0) this.deps.log.info({ count: moved }, 'claims of the last process ready again')
      return
    }
  }

  private async claimAlways(): Promise<void> {
    while (!this.isStopping) {
      if (this.vaultOutage) await this.vaultOutage
      if (this.inFlight.free < Math.min(claimWorth, this.deliveriesMax)) {
        await this.work.sleep(idleMs)
        continue
      }
      const limit = Math.min(this.inFlight.free, claimMax)
      const claimed = await this.orOutage(() => this.claim(limit))
      if (claimed === 0) await this.work.sleep(idleMs)
      else if (claimed !== undefined && claimed < limit) {
        await pause(claimed < manyRows ? gatherMs : gatherManyMs)
      }
    }
  }

  /** How many rows came. */
  private async claim(limit: number): Promise<number> {
    const { queue, clock, leaseSeconds = leaseSecondsDefault } = this.deps
    const leaseUntilMs = clock.now() + leaseSeconds * 1_000
    const busy = this.inFlight.busy()
    const rows = await queue.claim({
      limit,
      leaseSeconds,
      busy,
      inlineBytesMax,
      cursor: this.cursor,
    })
    this.cursor = furthest(this.cursor, rows)
    const helds: Held[] = []
    for (const row of rows) {
      const held = this.inFlight.add(row, leaseUntilMs)
      if (held) helds.push(held)
    }
    if (helds.length > 0) this.own(handleBatch(helds, this.batchDeps))
    return rows.length
  }

  private own(batch: Promise<void>): void {
    const owned = batch.finally(() => {
      this.batches.delete(owned)
      this.wake()
    })
    this.batches.add(owned)
  }

  private async releaseAlways(): Promise<void> {
    while (!this.isStopping) {
      const moved = await this.orOutage(() => this.deps.queue.releaseDue(releaseMax))
      if (moved === undefined || moved === releaseMax) continue
      if (moved > 0) this.wake()
      await this.clockwork.sleep(releaseEveryMs)
    }
  }

  /** undefined after a wait when the database is away; whatever else it says is a bug. */
  private async orOutage<Result>(work: () => Promise<Result>): Promise<Result | undefined> {
    try {
      return await work()
    } catch (error) {
      if (!(error instanceof DatabaseFailure) || !error.isOutage) throw error
      this.deps.log.warn({ error, delayMs: outageMs }, 'the queue waits for the database')
      await pause(outageMs)
      return undefined
    }
  }

  /** While vault is away nothing is claimed; `keys` answers as soon as it is back and unsealed. */
  private noteOutage(error: Error): void {
    if (error instanceof DatabaseFailure || this.vaultOutage) return
    this.deps.log.warn({ error }, 'delivery waits for vault')
    this.vaultOutage = this.untilVaultAnswers().finally(() => {
      this.vaultOutage = undefined
      this.clockwork.call()
    })
  }

  private async untilVaultAnswers(): Promise<void> {
    let hasAnswered = false
    let asking: Promise<void> | undefined
    while (!this.isStopping && !hasAnswered) {
      asking ??= this.deps.vault.keys().then(
        () => {
          hasAnswered = true
        },
        () => {
          asking = undefined
        },
      )
      await Promise.race([asking, pause(outageMs)])
      if (!hasAnswered) await pause(gatherMs)
    }
  }
}

/** The account a claim went furthest to, in the ring that begins behind the cursor. */
function furthest(
  cursor: ClaimCursor,
  rows: readonly Pick<ClaimedDelivery, 'lane' | 'accountId'>[],
): ClaimCursor {
  let best: ClaimCursor | undefined
  for (const row of rows) {
    const isFurther =
      !best ||
      (isAfter(row, cursor) === isAfter(best, cursor) ? isAfter(row, best) : isAfter(best, cursor))
    if (isFurther) best = { lane: row.lane, accountId: row.accountId }
  }
  return best ?? cursor
}

function isAfter(one: ClaimCursor, other: ClaimCursor): boolean {
  return one.lane === other.lane ? one.accountId > other.accountId : one.lane > other.lane
}

function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds))
}
