/** MAIL, RCPT, DATA and BDAT: from the envelope to the last byte of a message, one message after another. */
import type { Clock } from '../lib/clock.ts'
import type { Answer } from './answer.ts'
import type { Budget } from './budget.ts'
import { type Chunk, readChunk } from './command.ts'
import { messageLimits } from './limits.ts'
import { readMailFrom, readRecipient } from './mail-command.ts'
import { type Reply, replies } from './replies.ts'
import { Transaction } from './transaction.ts'

export interface MailFlowDeps {
  clock: Clock
  budget: Budget
  /** Stores a whole message. Never rejects. */
  accept: (transaction: Transaction) => Promise<Answer>
  /** Told of a message that was refused for its bytes. */
  onRefused: (reply: Reply) => void
}

const nothing = Buffer.alloc(0)

export class MailFlow {
  private readonly deps: MailFlowDeps
  private transaction: Transaction | undefined
  /** A chunk of BDAT whose bytes are coming; `refusal` is what it is answered once they were read. */
  private chunk: { leftBytes: number; announced: Chunk; refusal: Reply | undefined } | undefined

  constructor(deps: MailFlowDeps) {
    this.deps = deps
  }

  get isOpen(): boolean {
    return this.transaction !== undefined || this.chunk !== undefined
  }

  /** Whether the next bytes are of a message and not of a command. */
  get isReading(): boolean {
    return this.chunk !== undefined || this.transaction?.reader?.framing === 'dots'
  }

  /** When the message under way began. */
  get beganAt(): number | undefined {
    return this.transaction?.beganAt
  }

  mail(argument: string): Reply {
    if (this.transaction) return replies.mailTwice
    const mail = readMailFrom(argument)
    if (typeof mail === 'string') return mail
    const { budget, clock } = this.deps
    if (!budget.has(mail.declaredBytes)) return replies.noRoom
    this.transaction = new Transaction(mail, { budget, beganAt: clock.now() })
    return replies.senderOk
  }

  recipient(argument: string): Reply {
    const { transaction } = this
    if (!transaction) return replies.mailFirst
    if (transaction.reader) return replies.chunksBegun
    const read = readRecipient(argument, transaction.mail)
    if (typeof read === 'string') return read
    if (transaction.recipients.length >= messageLimits.recipientsMax) {
      return replies.tooManyRecipients
    }
    transaction.recipients.push(read.address)
    return replies.recipientOk
  }

  data(): Reply {
    const { transaction } = this
    if (!transaction) return replies.mailFirst
    if (transaction.reader) return replies.chunksBegun
    if (transaction.recipients.length === 0) return replies.recipientFirst
    transaction.begin('dots')
    return replies.goAhead
  }

  /** RFC 3030 §2: the bytes follow at once, so also a chunk that is refused must be read first. */
  chunkCommand(argument: string, refusal: Reply | undefined): Answer | undefined {
    const announced = readChunk(argument)
    // Where the next command begins is then not known.
    if (!announced) return { end: replies.chunkForm }
    if (announced.sizeBytes > messageLimits.sizeBytesMax) {
      if (this.transaction) this.deps.onRefused(replies.tooLarge)
      return { end: replies.tooLarge }
    }
    this.chunk = {
      leftBytes: announced.sizeBytes,
      announced,
      refusal: refusal ?? this.chunkRefusal(),
    }
    return undefined
  }

  private chunkRefusal(): Reply | undefined {
    if (!this.transaction) return replies.mailFirst
    return this.transaction.recipients.length === 0 ? replies.recipientFirst : undefined
  }

  /** Takes what has arrived of a message; `answer` comes with its end, and `rest` is what follows it. */
  take(bytes: Buffer): { answer: Answer | undefined; rest: Buffer } {
    return this.chunk ? this.takeChunk(bytes) : this.takeText(bytes)
  }

  private takeText(bytes: Buffer): { answer: Answer | undefined; rest: Buffer } {
    const { transaction } = this
    const reader = transaction?.reader
    if (!transaction || !reader) throw new Error('bytes of a message were read without DATA')
    const rest = transaction.push(reader, bytes)
    if (reader.isLost) return { answer: this.lose(transaction), rest: nothing }
    if (!rest) return { answer: undefined, rest: nothing }
    return { answer: this.finish(transaction), rest }
  }

  private takeChunk(bytes: Buffer): { answer: Answer | undefined; rest: Buffer } {
    const { chunk, transaction } = this
    if (!chunk) throw new Error('bytes of a chunk were read without BDAT')
    const piece = bytes.subarray(0, chunk.leftBytes)
    const rest = bytes.subarray(piece.length)
    chunk.leftBytes -= piece.length
    if (chunk.refusal === undefined && transaction) {
      const reader = transaction.begin('chunks')
      transaction.push(reader, piece)
      if (reader.isLost) return { answer: this.lose(transaction), rest: nothing }
    }
    if (chunk.leftBytes > 0) return { answer: undefined, rest }
    this.chunk = undefined
    return { answer: this.answerChunk(chunk), rest }
  }

  private answerChunk({
    announced,
    refusal,
  }: {
    announced: Chunk
    refusal: Reply | undefined
  }): Answer {
    const { transaction } = this
    if (refusal !== undefined || !transaction) return refusal ?? replies.mailFirst
    if (announced.isLast) {
      transaction.finishChunks()
      return this.finish(transaction)
    }
    return transaction.refusal ?? `250 2.0.0 ${announced.sizeBytes} bytes received`
  }

  reset(): void {
    this.transaction?.end()
    this.transaction = undefined
    this.chunk = undefined
  }

  /** Nothing behind a line that ends in another way than CR LF can be read for certain. */
  private lose(transaction: Transaction): Answer {
    const refusal = transaction.refusal ?? replies.fault
    this.reset()
    this.deps.onRefused(refusal)
    return { end: refusal }
  }

  private finish(transaction: Transaction): Answer {
    const { refusal } = transaction
    if (refusal !== undefined) {
      this.reset()
      this.deps.onRefused(refusal)
      return refusal
    }
    // No byte of it is to come any more, while it waits to be stored.
    this.transaction = undefined
    const stored = this.deps.accept(transaction)
    return { later: stored.finally(() => transaction.end()) }
  }
}
