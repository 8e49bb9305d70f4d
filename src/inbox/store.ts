/**
 * What the inbox has received: sealed on disk, the newest messages listed in memory. A message
 * counts once the write of its record has returned; whatever waits at that moment is written
 * together.
 */
import { createSecretKey, type KeyObject } from 'node:crypto'
import { type StoreLimits, storeLimits, summaryLimits } from './limits.ts'
import {
  type Extent,
  findRecords,
  openRecord,
  type StoredMessage,
  type Summary,
  sealRecord,
  segmentHead,
} from './record.ts'
import { type Place, SegmentFolder } from './segment-folder.ts'

/** A group is written in one system call; each record is a few pieces of it. */
const groupRecordsMax = 128

interface Listed {
  summary: Summary
  place: Place
}

interface Waiting {
  message: StoredMessage
  pieces: Buffer[]
  resolve: () => void
  reject: (error: unknown) => void
}

export interface StoreOptions {
  folder: string
  /** 32 bytes. */
  key: Buffer
  limits?: StoreLimits
}

export class Store {
  /** Segments found at the start that were written under another key. */
  unreadableSegments = 0
  private readonly key: KeyObject
  private readonly segments: SegmentFolder
  private readonly limits: StoreLimits
  /** Oldest first. */
  private listed: Listed[] = []
  private readonly byId = new Map<string, Listed>()
  private readonly listeners = new Set<(summary: Summary) => void>()
  private readonly removalListeners = new Set<(id: string | null) => void>()
  private waiting: Waiting[] = []
  /** Deletions, done between two groups of writes. */
  private chores: (() => Promise<void>)[] = []
  private working: Promise<void> | null = null

  private constructor(key: KeyObject, segments: SegmentFolder, limits: StoreLimits) {
    this.key = key
    this.segments = segments
    this.limits = limits
  }

  static async open({ folder, key, limits = storeLimits }: StoreOptions): Promise<Store> {
    if (key.length !== 32) throw new Error('the key of the inbox must have 32 bytes')
    const sealingKey = createSecretKey(key)
    const segments = await SegmentFolder.open(folder, segmentHead(sealingKey), limits)
    const store = new Store(sealingKey, segments, limits)
    await store.readBack()
    return store
  }

  /** Resolves once the message is written. */
  append(message: StoredMessage): Promise<void> {
    return new Promise((resolve, reject) => {
      const pieces = sealRecord(this.key, message)
      this.waiting.push({ message, pieces, resolve, reject })
      this.working ??= this.work()
    })
  }

  /** Newest first; `after` is the id of the last message already known. */
  list({ limit, after }: { limit: number; after?: string | undefined }): {
    summaries: Summary[]
    hasMore: boolean
  } {
    const last = after === undefined ? undefined : this.byId.get(after)
    const end = last ? this.listed.lastIndexOf(last) : this.listed.length
    const start = Math.max(0, end - limit)
    const summaries = this.listed.slice(start, end).map(({ summary }) => summary)
    return { summaries: summaries.reverse(), hasMore: start > 0 }
  }

  /** Those older than `after`, as they are listed at this moment. */
  newestFirst(after: string | undefined): Summary[] {
    return this.list({ limit: this.listed.length, after }).summaries
  }

  get listedCount(): number {
    return this.listed.length
  }

  has(id: string): boolean {
    return this.byId.has(id)
  }

  async find(id: string): Promise<StoredMessage | undefined> {
    const listed = this.byId.get(id)
    const record = listed && (await this.segments.read(listed.place))
    // It may have been deleted, and so overwritten, while it was read.
    return record && this.byId.has(id) ? openRecord(this.key, record) : undefined
  }

  /** True when it was there. It is no longer listed, and its bytes on disk are overwritten. */
  delete(id: string): Promise<boolean> {
    return this.between(async () => {
      const listed = this.byId.get(id)
      if (!listed) return false
      this.byId.delete(id)
      this.listed.splice(this.listed.lastIndexOf(listed), 1)
      this.tellRemoval(id)
      await this.segments.erase(listed.place)
      return true
    })
  }

  /** Deletes everything on disk, also what is no longer listed. Answers how many were listed. */
  deleteAll(): Promise<number> {
    return this.between(async () => {
      const count = this.listed.length
      this.listed = []
      this.byId.clear()
      this.tellRemoval(null)
      await this.segments.clear()
      return count
    })
  }

  /** Calls back for every message from now on. Answers how to end that. */
  onArrival(listener: (summary: Summary) => void): () => void {
    this.listeners.add(listener)
    return () => this.listeners.delete(listener)
  }

  /** Calls back with the id of each deleted message, with null when all are. */
  onRemoval(listener: (id: string | null) => void): void {
    this.removalListeners.add(listener)
  }

  async close(): Promise<void> {
    await this.working
    await this.segments.close()
  }

  /** Nothing is written while the chore is done. */
  private between<Result>(chore: () => Promise<Result>): Promise<Result> {
    return new Promise((resolve, reject) => {
      this.chores.push(() => chore().then(resolve, reject))
      this.working ??= this.work()
    })
  }

  private tellRemoval(id: string | null): void {
    for (const listener of this.removalListeners) listener(id)
  }

  private async work(): Promise<void> {
    for (;;) {
      const chore = this.chores.shift()
      if (chore) await chore()
      else if (this.waiting.length > 0) await this.writeGroup()
      else break
    }
    this.working = null
  }

  private async writeGroup(): Promise<void> {
    const group = this.waiting.slice(0, groupRecordsMax)
    this.waiting = this.waiting.slice(groupRecordsMax)
    try {
      const places = await this.segments.write(group.map(({ pieces }) => pieces))
      for (const [i, { message, resolve }] of group.entries()) {
        const place = places[i]
        if (place) this.enlist(message, place)
        resolve()
      }
    } catch (error) {
      for (const { reject } of group) reject(error)
    }
  }

  private enlist(message: StoredMessage, place: Place): void {
    const listed = { summary: lasting(message), place }
    this.listed.push(listed)
    this.byId.set(message.id, listed)
    this.forgetOldest()
    for (const listener of this.listeners) listener(listed.summary)
  }

  private forgetOldest(): void {
    const oldest = this.segments.oldest
    for (;;) {
      const first = this.listed[0]
      if (!first) return
      if (this.listed.length <= this.limits.listedMax && first.place.segment >= oldest) return
      this.listed.shift()
      this.byId.delete(first.summary.id)
    }
  }

  /** Lists what earlier runs left, newest segment first, until enough is listed. */
  private async readBack(): Promise<void> {
    const newestFirst: Listed[] = []
    const numbers = this.segments.numbers()
    for (const number of numbers) {
      if (newestFirst.length >= this.limits.listedMax) break
      const segment = await this.segments.load(number)
      if (!segment) {
        this.unreadableSegments++
        continue
      }
      const { extents, endOffset } = findRecords(segment)
      const intact = number === numbers[0] ? this.withoutTornTail(segment, extents) : extents
      if (number === numbers[0]) {
        const isCut = intact.length < extents.length
        await this.segments.resume(number, isCut ? (extents.at(-1)?.offset ?? 0) : endOffset)
      }
      this.openNewest({ number, segment, extents: intact }, newestFirst)
    }
    this.listed = newestFirst.reverse()
    for (const listed of this.listed) this.byId.set(listed.summary.id, listed)
  }

  /** After a power cut the last record can have its length but not its bytes. */
  private withoutTornTail(segment: Buffer, extents: Extent[]): Extent[] {
    const last = extents.at(-1)
    return last && !this.tryOpen(segment, last) ? extents.slice(0, -1) : extents
  }

  private openNewest(
    { number, segment, extents }: { number: number; segment: Buffer; extents: Extent[] },
    newestFirst: Listed[],
  ): void {
    for (const extent of extents.toReversed()) {
      if (newestFirst.length >= this.limits.listedMax) return
      const message = this.tryOpen(segment, extent)
      const place = { segment: number, ...extent }
      if (message) newestFirst.push({ summary: lasting(message), place })
    }
  }

  private tryOpen(segment: Buffer, { offset, bytes }: Extent): StoredMessage | null {
    try {
      return openRecord(this.key, segment.subarray(offset, offset + bytes))
    } catch {
      // A changed or half-written record is not listed; the others are not harmed.
      return null
    }
  }
}

/** A summary that holds on to nothing of the message it was cut from. */
function lasting({ id, from, to, subject, receivedAt, sizeBytes, isComplaint }: Summary): Summary {
  return {
    id,
    from: copyOf(from),
    to: to.slice(0, summaryLimits.recipientsMax).map(copyOf),
    subject: copyOf(subject),
    receivedAt,
    sizeBytes,
    isComplaint,
  }
}

/** V8 keeps the whole text alive that a slice was cut from. */
function copyOf(text: string): string {
  return Buffer.from(text).toString()
}
