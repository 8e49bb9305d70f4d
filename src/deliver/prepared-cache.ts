/** Signed messages with several recipients, kept for a moment: their deliveries may come in several claims. */
import type { Clock } from '../lib/clock.ts'
import type { PreparedMessage } from './prepare.ts'

const bytesMaxDefault = 16 * 1024 * 1024
/** A block of the account holds for what is kept as well: so long at most may a signature be older than the claim. */
const keptMs = 15_000

export class PreparedCache {
  private readonly clock: Clock
  private readonly bytesMax: number
  private readonly kept = new Map<string, { message: PreparedMessage; untilMs: number }>()
  private bytes = 0

  constructor(clock: Clock, { bytesMax = bytesMaxDefault }: { bytesMax?: number } = {}) {
    this.clock = clock
    this.bytesMax = bytesMax
  }

  find(messageId: string): PreparedMessage | undefined {
    const found = this.kept.get(messageId)
    if (!found) return undefined
    if (found.untilMs > this.clock.now()) return found.message
    this.drop(messageId)
    return undefined
  }

  /** A message for one recipient is not kept: nobody will ask for it again. */
  keep(messageId: string, message: PreparedMessage): void {
    if (message.envelope.recipients.length < 2 || message.bytes > this.bytesMax) return
    this.drop(messageId)
    this.kept.set(messageId, { message, untilMs: this.clock.now() + keptMs })
    this.bytes += message.bytes
    for (const [oldest, { untilMs }] of this.kept) {
      if (this.bytes <= this.bytesMax && untilMs > this.clock.now()) break
      this.drop(oldest)
    }
  }

  private drop(messageId: string): void {
    this.bytes -= this.kept.get(messageId)?.message.bytes ?? 0
    this.kept.delete(messageId)
  }
}
