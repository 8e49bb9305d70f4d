/** Fetches the attachments that are given by address, some at a time and fewer of one account, and seals what came. */

import { packDescription, unpackDescription } from '../core/attachments/description.ts'
import type { FetchFailure } from '../core/attachments/fetch-failure.ts'
import {
  claimAttachments,
  failAttachment,
  postponeAttachment,
  storeAttachment,
  type WaitingRow,
} from '../core/attachments/fetch-queries.ts'
import type { Sql } from '../db/sql.ts'
import type { Clock } from '../lib/clock.ts'
import { seal, sealClass, secretKey, unseal } from '../lib/seal.ts'
import { readContentType, unknownType } from '../mail/content-type.ts'
import type { Log } from '../process/log.ts'
import { isOutage } from '../process/outage.ts'
import type { VaultClient } from '../vault/client.ts'
import { type FetchedFile, FetchFault } from './fetch-file.ts'

export interface AttachmentFetchesDeps {
  sql: Sql
  ticket: Buffer
  vault: Pick<VaultClient, 'openAttachments'>
  /** Throws FetchFault. */
  fetch: (url: string, bytesMax: number, signal: AbortSignal) => Promise<FetchedFile>
  clock: Clock
  log: Log
}

/** Each may hold 30 MB, twice while it is sealed. */
const runningMax = 4
const perAccountMax = 2
const lookAgainMs = 1_000
/** Longer than a fetch may take. */
const leaseSeconds = 120
/** Before the second try and so on: five tries in some ten minutes. */
const delaysMs = [10_000, 60_000, 180_000, 360_000]

export class AttachmentFetches {
  private readonly deps: AttachmentFetchesDeps
  private readonly running = new Map<Promise<void>, string>()
  private readonly stopping = new AbortController()

  constructor(deps: AttachmentFetchesDeps) {
    this.deps = deps
  }

  /** Ends when nothing is due and nothing under way. Throws on an outage. */
  async run(): Promise<void> {
    try {
      while (!this.stopping.signal.aborted) {
        const rows = this.running.size < runningMax ? await this.claim() : []
        for (const row of rows) this.own(row)
        if (this.running.size === 0) return
        await this.someEnd()
      }
    } finally {
      await Promise.allSettled(this.running.keys())
    }
  }

  /** What is under way is put back. */
  stop(): void {
    this.stopping.abort()
  }

  /** Or a moment has passed: something else may be due while a slow host keeps one place. */
  private async someEnd(): Promise<void> {
    let timer: NodeJS.Timeout | undefined
    const moment = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, lookAgainMs)
    })
    try {
      await Promise.race([...this.running.keys(), moment])
    } finally {
      clearTimeout(timer)
    }
  }

  private async claim(): Promise<WaitingRow[]> {
    const accounts = [...this.running.values()]
    const isBusy = (id: string) => accounts.filter((each) => each === id).length >= perAccountMax
    const { sql, ticket } = this.deps
    return claimAttachments(sql, ticket, {
      rowLimit: runningMax - this.running.size,
      perAccount: perAccountMax,
      busy: [...new Set(accounts.filter(isBusy))],
      leaseSeconds,
    })
  }

  private own(row: WaitingRow): void {
    const work: Promise<void> = this.handle(row).finally(() => this.running.delete(work))
    // `run` sees the failure where it waits; until then it must not look unhandled.
    work.catch(() => {})
    this.running.set(work, row.accountId)
  }

  private async handle(row: WaitingRow): Promise<void> {
    const { sql, ticket, log } = this.deps
    try {
      await this.fetchOne(row)
    } catch (error) {
      if (isOutage(error)) throw error
      const fault = error instanceof FetchFault ? error : undefined
      if (!fault) {
        log.error({ error, accountId: row.accountId, messageId: row.messageId }, 'attachment fault')
      }
      const failure: FetchFailure = fault?.failure ?? 'unreachable'
      const isStopping = this.stopping.signal.aborted
      const delayMs = isStopping ? 0 : fault?.isFinal ? undefined : delaysMs[row.attempts - 1]
      if (delayMs === undefined) await failAttachment(sql, ticket, { name: row, failure })
      else {
        const againAt = new Date(this.deps.clock.now() + delayMs)
        await postponeAttachment(sql, ticket, { name: row, againAt })
      }
    }
  }

  private async fetchOne(row: WaitingRow): Promise<void> {
    const { sql, ticket, vault, fetch } = this.deps
    const { accountId, messageId, id } = row
    const [opened] = await vault.openAttachments([{ accountId, messageId, attachmentId: id }])
    // It has been cancelled in the meantime.
    if (!opened) return
    const key = secretKey(opened)
    const record = { accountId, recordId: id }
    const described = { ...record, class: sealClass.attachmentDescription }
    const { url, ...description } = unpackDescription(unseal(key, described, row.descriptionSealed))
    if (url === undefined) throw new Error('an attachment waits without an address')
    const { bytes, contentType } = await fetch(url, row.room, this.stopping.signal)
    const whole = { ...description, contentType: typeOf(description.contentType, contentType) }
    const outcome = await storeAttachment(sql, ticket, {
      name: row,
      sizeBytes: bytes.length,
      descriptionSealed: seal(key, described, packDescription(whole)),
      contentSealed: seal(key, { ...record, class: sealClass.attachment }, bytes),
    })
    if (outcome === 'too_large') throw new FetchFault('too_large', { isFinal: true })
  }
}

/** What the sender says, then what the name says, then what the host says. */
function typeOf(known: string, answered: string): string {
  return known === unknownType && readContentType(answered) ? answered : known
}
