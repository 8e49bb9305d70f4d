/**
 * Addresses that show one thing of a message, or hand out one export, once: to the browser of the session that asked, within a minute. What is
 * kept is who asked and for what, never the content, so that memory is bounded whatever the messages are like.
 */
import { randomBytes, timingSafeEqual } from 'node:crypto'
import type { Clock } from '../lib/clock.ts'
import { Refusal } from '../lib/refusal.ts'

export type View =
  | { kind: 'preview'; messageId: string; images: boolean; theme: 'light' | 'dark' }
  | { kind: 'attachment'; messageId: string; attachmentId: string }
  | { kind: 'source'; messageId: string }
  | { kind: 'export'; exportId: string }

interface Entry {
  h1: Buffer
  view: View
  endsAt: number
}

const livesMs = 60_000
const entriesMax = 10_000
const entriesOfSessionMax = 60

export class OneTimeViews {
  private readonly clock: Clock
  /** In the order in which they end. */
  private readonly entries = new Map<string, Entry>()

  constructor(clock: Clock) {
    this.clock = clock
  }

  /** The random part of the address. */
  add(h1: Buffer, view: View): string {
    this.dropEnded()
    let own = 0
    for (const entry of this.entries.values()) if (entry.h1.equals(h1)) own += 1
    if (own >= entriesOfSessionMax || this.entries.size >= entriesMax) {
      throw new Refusal(
        'rate_limited',
        'Too many views were asked for and not opened; wait a minute.',
        {
          retryAfterSeconds: livesMs / 1000,
        },
      )
    }
    const name = randomBytes(32).toString('base64url')
    this.entries.set(name, { h1, view, endsAt: this.clock.now() + livesMs })
    return name
  }

  /** What it shows, and then no more; undefined for who is not the one who asked, which does not use it up. */
  take(name: string, h1: Buffer): View | undefined {
    this.dropEnded()
    const entry = this.entries.get(name)
    if (!entry || entry.h1.length !== h1.length || !timingSafeEqual(entry.h1, h1)) return undefined
    this.entries.delete(name)
    return entry.view
  }

  private dropEnded(): void {
    const now = this.clock.now()
    for (const [name, { endsAt }] of this.entries) {
      if (endsAt > now) return
      this.entries.delete(name)
    }
  }
}
