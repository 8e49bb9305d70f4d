/** Notes when keys were used, once a second for all of them; no session waits for it. */
import { recordUses } from '../core/credentials/use-queries.ts'
import type { Sender } from '../core/messages/sender.ts'
import type { Sql } from '../db/sql.ts'
import type { Clock } from '../lib/clock.ts'
import type { Log } from '../process/log.ts'

export interface UsesDeps {
  sql: Sql
  ticket: Buffer
  clock: Clock
  log: Log
}

const writeEveryMs = 1_000

export class Uses {
  private readonly deps: UsesDeps
  /** By credential; no more than there are keys in use within a second. */
  private waiting = new Map<string, { accountId: string; atMs: number }>()
  private writing: Promise<void> = Promise.resolve()
  private timer: NodeJS.Timeout | undefined

  constructor(deps: UsesDeps) {
    this.deps = deps
  }

  note({ accountId, credentialId }: Pick<Sender, 'accountId' | 'credentialId'>): void {
    this.waiting.set(credentialId, { accountId, atMs: this.deps.clock.now() })
    this.timer ??= setTimeout(() => {
      this.timer = undefined
      void this.write()
    }, writeEveryMs)
  }

  /** Resolves when everything noted before is written, or has been given up. */
  async stop(): Promise<void> {
    clearTimeout(this.timer)
    await this.write()
  }

  private write(): Promise<void> {
    this.writing = this.writing.then(async () => {
      const { waiting } = this
      if (waiting.size === 0) return
      this.waiting = new Map()
      const uses = [...waiting].map(([credentialId, { accountId, atMs }]) => ({
        accountId,
        credentialId,
        at: new Date(atMs),
      }))
      // The next use tells the same again, and a database that is away is told of elsewhere.
      await recordUses(this.deps.sql, this.deps.ticket, uses).catch((error) =>
        this.deps.log.debug({ error }, 'uses of keys not written'),
      )
    })
    return this.writing
  }
}
