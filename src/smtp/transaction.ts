/** One message under way: its envelope, and its bytes as they arrive (RFC 5321 §3.3). */
import type { Budget } from './budget.ts'
import { messageLimits } from './limits.ts'
import type { MailFrom } from './mail-command.ts'
import { MessageReader } from './message-reader.ts'
import { type Reply, replies } from './replies.ts'

const faultReplies = {
  bareReturn: replies.bareReturn,
  bareFeed: replies.bareFeed,
  nul: replies.nul,
  longLine: replies.longLine,
} as const

export class Transaction {
  readonly mail: MailFrom
  readonly recipients: string[] = []
  readonly beganAt: number
  /** Set once the message's bytes are coming. */
  reader: MessageReader | undefined
  /** What was wrong with the bytes; they are read to their end nonetheless. */
  refusal: Reply | undefined
  private readonly budget: Budget
  private reservedBytes = 0

  constructor(mail: MailFrom, { budget, beganAt }: { budget: Budget; beganAt: number }) {
    this.mail = mail
    this.budget = budget
    this.beganAt = beganAt
  }

  begin(framing: 'dots' | 'chunks'): MessageReader {
    this.reader ??= new MessageReader(framing)
    return this.reader
  }

  /** Takes a chunk of the message. Answers what follows the message in it, once that is whole. */
  push(reader: MessageReader, chunk: Buffer): Buffer | undefined {
    const before = reader.sizeBytes
    if (this.refusal === undefined) this.reserve(reader, chunk.length)
    const rest = reader.push(chunk)
    if (rest) this.release(before + chunk.length - reader.sizeBytes)
    this.refuse(reader)
    return rest
  }

  finishChunks(): void {
    this.reader?.finishChunks()
    if (this.reader) this.refuse(this.reader)
  }

  /** The whole message, as it came. */
  source(): Buffer {
    return this.reader?.source() ?? Buffer.alloc(0)
  }

  /** All memory this message has been counted for. */
  end(): void {
    this.release(this.reservedBytes)
    this.reader = undefined
  }

  private reserve(reader: MessageReader, bytes: number): void {
    if (this.budget.take(bytes)) this.reservedBytes += bytes
    else this.throwAway(reader, replies.noRoom)
  }

  private refuse(reader: MessageReader): void {
    if (this.refusal !== undefined) return
    if (reader.sizeBytes > messageLimits.sizeBytesMax) this.throwAway(reader, replies.tooLarge)
    else if (reader.fault) this.throwAway(reader, faultReplies[reader.fault])
  }

  private throwAway(reader: MessageReader, refusal: Reply): void {
    this.refusal = refusal
    reader.discard()
    this.release(this.reservedBytes)
  }

  private release(bytes: number): void {
    const released = Math.min(bytes, this.reservedBytes)
    this.reservedBytes -= released
    this.budget.give(released)
  }
}
