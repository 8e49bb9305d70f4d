/**
 * Tells open pages of new and deleted messages by server-sent events, a few times a second however
 * many there are.
 */
import type { ServerResponse } from 'node:http'
import { webLimits } from './limits.ts'
import type { Summary } from './record.ts'
import { summaryBody } from './summary-body.ts'

export class Stream {
  private readonly pages = new Set<ServerResponse>()
  private fresh: Summary[] = []
  private freshCount = 0
  private removed: string[] = []
  private removedCount = 0
  private telling: NodeJS.Timeout | null = null
  private readonly heartbeat: NodeJS.Timeout

  constructor() {
    this.heartbeat = setInterval(() => this.write(': still here\n\n'), webLimits.heartbeatMs)
    this.heartbeat.unref()
  }

  get isFull(): boolean {
    return this.pages.size >= webLimits.streamsMax
  }

  add(response: ServerResponse): void {
    response.writeHead(200, {
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
    })
    response.write('retry: 2000\n\n')
    this.pages.add(response)
    response.on('close', () => this.pages.delete(response))
  }

  announce(summary: Summary): void {
    if (this.pages.size === 0) return
    this.freshCount++
    this.fresh.push(summary)
    if (this.fresh.length > webLimits.toldMax) this.fresh.shift()
    this.tellSoon()
  }

  /** Null means that all messages are gone. */
  announceRemoval(id: string | null): void {
    if (this.pages.size === 0) return
    // More than can be told: the page reads the list again.
    this.removedCount += id === null ? Number.POSITIVE_INFINITY : 1
    if (id !== null && this.removed.length < webLimits.toldMax) this.removed.push(id)
    this.tellSoon()
  }

  close(): void {
    clearInterval(this.heartbeat)
    if (this.telling) clearTimeout(this.telling)
    for (const page of this.pages) page.end()
  }

  private tellSoon(): void {
    this.telling ??= setTimeout(() => this.tell(), webLimits.tellEveryMs)
  }

  private tell(): void {
    if (this.freshCount > 0) {
      const data = this.fresh.reverse().map(summaryBody)
      this.write(`event: arrived\ndata: ${JSON.stringify({ count: this.freshCount, data })}\n\n`)
    }
    if (this.removedCount > 0) {
      const isWhole = this.removedCount === this.removed.length
      this.write(
        `event: removed\ndata: ${JSON.stringify({ ids: this.removed, is_whole: isWhole })}\n\n`,
      )
    }
    this.fresh = []
    this.freshCount = 0
    this.removed = []
    this.removedCount = 0
    this.telling = null
  }

  private write(text: string): void {
    for (const page of this.pages) {
      // A page that does not read is let go; its browser comes back and reads the list anew.
      if (page.writableNeedDrain) page.destroy()
      else page.write(text)
    }
  }
}
