/** Exports that this process makes: one of an account at a time and few together, each kept in memory until an hour after its end. */
import type { ExportKind } from '../../core/exports/archive.ts'
import type { BegunExport } from '../../core/exports/begin-export.ts'
import type { ExportProgress } from '../../core/exports/write-export.ts'
import type { Clock } from '../../lib/clock.ts'
import { Refusal } from '../../lib/refusal.ts'
import { uuidv7 } from '../../lib/uuid.ts'

export type ExportState = 'waiting' | 'running' | 'done' | 'cut'

export interface RunningExport {
  id: string
  accountId: string
  kind: ExportKind | null
  state: ExportState
  progress: ExportProgress
  /** Null until vault has let it begin. */
  begun: BegunExport | null
  changedAt: number
}

const atOnceMax = 3
/** As long as the address of the file lives, and a little more. */
const waitsMs = 65_000
const keptMs = 3600_000
const keptMax = 1_000

export class RunningExports {
  private readonly clock: Clock
  private readonly entries = new Map<string, RunningExport>()

  constructor(clock: Clock) {
    this.clock = clock
  }

  /** Takes a place for the account; whoever has one must begin, or give it back. */
  claim(accountId: string): RunningExport {
    this.dropEnded()
    const active = [...this.entries.values()].filter(isActive)
    if (active.some((one) => one.accountId === accountId)) {
      throw new Refusal(
        'concurrent_request',
        'An export of this account is under way. Wait until it has ended, then start another.',
      )
    }
    if (active.length >= atOnceMax || this.entries.size >= keptMax) {
      throw new Refusal('rate_limited', 'Too many exports are under way; try again in a minute.', {
        retryAfterSeconds: 60,
      })
    }
    const changedAt = this.clock.now()
    const one: RunningExport = {
      ...{ id: uuidv7(changedAt), accountId, kind: null, state: 'waiting', begun: null, changedAt },
      progress: { messages: 0, rows: 0, bytes: 0 },
    }
    this.entries.set(one.id, one)
    return one
  }

  release({ id }: RunningExport): void {
    this.entries.delete(id)
  }

  /** It waits to be fetched from now on. */
  begin(one: RunningExport, begun: BegunExport): void {
    one.begun = begun
    one.kind = begun.kind
    one.changedAt = this.clock.now()
  }

  /** What is to be written, once; undefined for what was fetched, has ended or never was. */
  take(id: string): { one: RunningExport; begun: BegunExport } | undefined {
    this.dropEnded()
    const one = this.entries.get(id)
    if (!one?.begun || one.state !== 'waiting') return undefined
    this.change(one, 'running')
    return { one, begun: one.begun }
  }

  change(one: RunningExport, state: ExportState): void {
    one.state = state
    one.changedAt = this.clock.now()
  }

  find(id: string, accountId: string): RunningExport | undefined {
    this.dropEnded()
    const one = this.entries.get(id)
    return one?.accountId === accountId ? one : undefined
  }

  private dropEnded(): void {
    const now = this.clock.now()
    for (const [id, { state, changedAt }] of this.entries) {
      const lives = state === 'waiting' ? waitsMs : keptMs
      if (state !== 'running' && now - changedAt > lives) this.entries.delete(id)
    }
  }
}

function isActive({ state }: RunningExport): boolean {
  return state === 'waiting' || state === 'running'
}
