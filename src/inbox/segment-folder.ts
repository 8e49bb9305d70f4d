/**
 * The folder of append-only segment files: writes groups of records, rotates, deletes the oldest.
 */
import { type FileHandle, mkdir, open, readdir, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { StoreLimits } from './limits.ts'
import { isSegmentOf, lengthBytes, recordBytesMax } from './record.ts'

export interface Place {
  segment: number
  offset: number
  bytes: number
}

interface OpenSegment {
  number: number
  handle: FileHandle
  sizeBytes: number
}

const zeros = Buffer.alloc(64 * 1024)
const namePattern = /^(\d{10})\.sealed$/

export class SegmentFolder {
  private readonly folder: string
  private readonly head: Buffer
  private readonly limits: StoreLimits
  /** Size of each segment, oldest first. */
  private readonly sizes = new Map<number, number>()
  private current: OpenSegment | null = null

  private constructor(folder: string, head: Buffer, limits: StoreLimits) {
    this.folder = folder
    this.head = head
    this.limits = limits
  }

  static async open(folder: string, head: Buffer, limits: StoreLimits): Promise<SegmentFolder> {
    await mkdir(folder, { recursive: true, mode: 0o700 })
    const segments = new SegmentFolder(folder, head, limits)
    for (const name of (await readdir(folder)).sort()) {
      const number = Number(namePattern.exec(name)?.[1] ?? 0)
      if (number > 0) await segments.take(number)
    }
    await segments.trim()
    return segments
  }

  private async take(number: number): Promise<void> {
    const { size } = await stat(this.path(number))
    if (size >= this.head.length) this.sizes.set(number, size)
    // Killed between making the file and writing its head: it holds nothing.
    else await rm(this.path(number), { force: true })
  }

  /** Newest first. */
  numbers(): number[] {
    return [...this.sizes.keys()].reverse()
  }

  get oldest(): number {
    return this.sizes.keys().next().value ?? 0
  }

  /** A whole segment; null when it was written under another key or is none of ours. */
  async load(number: number): Promise<Buffer | null> {
    const sizeBytes = this.sizes.get(number) ?? 0
    if (sizeBytes > this.limits.segmentBytesMax + 2 * recordBytesMax) return null
    const handle = await open(this.path(number), 'r')
    try {
      const { buffer } = await handle.read(Buffer.alloc(this.head.length), 0, this.head.length, 0)
      if (!isSegmentOf(this.head, buffer)) return null
      return await handle.readFile()
    } finally {
      await handle.close()
    }
  }

  /** Goes on writing a segment at `sizeBytes`; what lay beyond is cut off. */
  async resume(number: number, sizeBytes: number): Promise<void> {
    const handle = await open(this.path(number), 'r+')
    await handle.truncate(sizeBytes)
    this.sizes.set(number, sizeBytes)
    this.current = { number, handle, sizeBytes }
  }

  /** Writes records in one call and answers where they lie. When it throws, none of them counts. */
  async write(records: Buffer[][]): Promise<Place[]> {
    const segment = await this.segmentToWrite()
    const places: Place[] = []
    let offset = segment.sizeBytes
    for (const pieces of records) {
      const bytes = pieces.reduce((sum, piece) => sum + piece.length, 0)
      places.push({ segment: segment.number, offset, bytes })
      offset += bytes
    }
    await this.writeAt(segment, records.flat(), offset - segment.sizeBytes)
    segment.sizeBytes = offset
    this.sizes.set(segment.number, offset)
    return places
  }

  /** Undefined when the segment has been deleted since. */
  async read(place: Place): Promise<Buffer | undefined> {
    if (!this.sizes.has(place.segment)) return undefined
    const handle = await open(this.path(place.segment), 'r')
    try {
      const bytes = Buffer.alloc(place.bytes)
      const { bytesRead } = await handle.read(bytes, 0, place.bytes, place.offset)
      return bytesRead === place.bytes ? bytes : undefined
    } finally {
      await handle.close()
    }
  }

  /**
   * Overwrites a record with zeros; its length stays, so that the ones behind it are found. It then
   * opens no more, now and after a restart.
   */
  async erase({ segment, offset, bytes }: Place): Promise<void> {
    if (!this.sizes.has(segment)) return
    const handle = await open(this.path(segment), 'r+')
    try {
      for (let at = lengthBytes; at < bytes; at += zeros.length) {
        await handle.write(zeros, 0, Math.min(zeros.length, bytes - at), offset + at)
      }
    } finally {
      await handle.close()
    }
  }

  /** Deletes every segment; the next record begins a new one. */
  async clear(): Promise<void> {
    await this.close()
    for (const number of this.numbers()) {
      await rm(this.path(number), { force: true })
      this.sizes.delete(number)
    }
  }

  async close(): Promise<void> {
    await this.current?.handle.close()
    this.current = null
  }

  private async writeAt(segment: OpenSegment, pieces: Buffer[], bytes: number): Promise<void> {
    try {
      const { bytesWritten } = await segment.handle.writev(pieces, segment.sizeBytes)
      if (bytesWritten !== bytes) throw new Error('the disk took only part of the records')
    } catch (error) {
      // A half-written record in the middle would hide all later ones.
      await segment.handle.truncate(segment.sizeBytes)
      throw error
    }
  }

  private async segmentToWrite(): Promise<OpenSegment> {
    if (this.current && this.current.sizeBytes < this.limits.segmentBytesMax) return this.current
    await this.close()
    const number = (this.numbers()[0] ?? 0) + 1
    await this.trim(this.limits.segmentBytesMax)
    const handle = await open(this.path(number), 'w', 0o600)
    await handle.write(this.head, 0, this.head.length, 0)
    this.current = { number, handle, sizeBytes: this.head.length }
    this.sizes.set(number, this.head.length)
    return this.current
  }

  /** Deletes the oldest segments until `roomBytes` more fit into the folder. */
  private async trim(roomBytes = 0): Promise<void> {
    let total = [...this.sizes.values()].reduce((sum, bytes) => sum + bytes, 0)
    for (const [number, bytes] of this.sizes) {
      if (total + roomBytes <= this.limits.folderBytesMax) return
      this.sizes.delete(number)
      await rm(this.path(number), { force: true })
      total -= bytes
    }
  }

  private path(number: number): string {
    return join(this.folder, `${String(number).padStart(10, '0')}.sealed`)
  }
}
