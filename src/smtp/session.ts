/**
 * One session: its socket and its conversation. Commands are obeyed one after another, and what a burst of them is
 * answered leaves in one write (RFC 2920).
 */
import type { Socket } from 'node:net'
import type { SecureContext } from 'node:tls'
import type { Answer } from './answer.ts'
import { Conversation, type ConversationDeps, type ConversationOptions } from './conversation.ts'
import { Input, type Line } from './input.ts'
import { lineLimits } from './limits.ts'
import { greeting, type Reply, replies } from './replies.ts'
import { Wire, type WireOwner } from './wire.ts'

export interface SessionDeps extends ConversationDeps {
  /** The certificate as it is now; undefined while there is none. */
  secureContext: () => SecureContext | undefined
}

export interface SessionOptions extends ConversationOptions {
  /** Whether TLS begins with the connection. */
  isImplicitTls: boolean
  onClosed: () => void
}

const lineFaults = {
  tooLong: replies.lineTooLong,
  control: replies.lineControl,
  utf8: replies.lineNotUtf8,
  bareFeed: replies.bareFeed,
  bareReturn: replies.bareReturn,
} as const

export class Session implements WireOwner {
  private readonly deps: SessionDeps
  private readonly options: SessionOptions
  private readonly wire: Wire
  private readonly input = new Input()
  private readonly conversation: Conversation
  /** Until a later answer is known, or the client reads its replies. */
  private isWaiting = false
  private isHandshaking = false
  private hasHeardLast = false
  private refusedInARow = 0
  private readonly openedAt: number
  private heardAt: number
  private phaseAt: number
  private endedAt: number | undefined

  constructor(socket: Socket, deps: SessionDeps, options: SessionOptions) {
    this.deps = deps
    this.options = options
    this.openedAt = deps.clock.now()
    this.heardAt = this.openedAt
    this.phaseAt = this.openedAt
    this.conversation = new Conversation(deps, options)
    this.wire = new Wire(socket, this, deps.limits.unreadBytesMax)
    this.wire.listen()
    if (options.isImplicitTls) this.handshake(deps.secureContext())
    else this.greet()
  }

  take(chunk: Buffer): void {
    this.heardAt = this.deps.clock.now()
    this.input.push(chunk)
    if (!this.isWaiting) this.run()
    if (this.input.length > this.deps.limits.inputBytesMax) this.wire.pause()
  }

  drained(): void {
    if (!this.isWaiting) this.run()
  }

  secured(): void {
    this.isHandshaking = false
    this.conversation.secured()
    if (this.options.isImplicitTls) this.greet()
  }

  heardLast(): void {
    this.hasHeardLast = true
    if (!this.isWaiting) this.wire.end()
  }

  closed(): void {
    this.input.clear()
    this.conversation.leave()
    this.options.onClosed()
  }

  /** No new message is begun; the one under way is finished. */
  stop(): void {
    this.conversation.isStopping = true
    if (!this.isWaiting) this.run()
  }

  destroy(): void {
    this.wire.destroy()
  }

  /** Called twice a second: what has taken too long, and whether the key still holds. */
  tick(now: number): void {
    if (this.wire.isEnded) {
      this.endedAt ??= now
      if (now - this.endedAt > this.deps.limits.lingerMs) this.wire.destroy()
      return
    }
    if (this.isHandshaking) {
      if (now - this.phaseAt > this.deps.limits.handshakeMs) this.wire.destroy()
      return
    }
    if (this.isWaiting) return
    const late = this.lateness(now)
    if (late === undefined) void this.recheck(now)
    else this.end(late)
  }

  private lateness(now: number): Reply | undefined {
    const { idleMs, strangerMs, transactionMs } = this.deps.limits
    const { signIn, flow } = this.conversation
    if (!signIn.sender && now - this.openedAt > strangerMs) return replies.strangerLate
    if (flow.beganAt !== undefined && now - flow.beganAt > transactionMs) {
      return replies.transactionLate
    }
    return now - this.heardAt > idleMs ? replies.idle : undefined
  }

  private async recheck(now: number): Promise<void> {
    const answer = await this.conversation.signIn.recheck(now)
    // A message that is being stored meanwhile is judged by the database itself, and gets its answer first.
    if (answer !== undefined && !this.isWaiting) this.give(answer)
  }

  private greet(): void {
    this.wire.say(greeting(this.deps.hostname))
    this.wire.flush()
  }

  private run(): void {
    this.wire.resume()
    try {
      while (!this.isWaiting && !this.wire.isEnded && !this.wire.isFull && this.step()) {}
    } catch (error) {
      // A bug ends this session, and no other.
      this.deps.onFault(error)
      this.end(replies.fault)
    }
    if (!this.isWaiting && this.conversation.isStopping && this.conversation.isIdle) {
      this.end(replies.stopping)
    }
    this.wire.flush()
    if (this.hasHeardLast && !this.isWaiting) this.wire.end()
  }

  /** Takes one thing of the input; false when it has to wait for more. */
  private step(): boolean {
    const { flow } = this.conversation
    if (flow.isReading) {
      const { answer, rest } = flow.take(this.input.take())
      this.input.restore(rest)
      if (answer !== undefined) this.give(answer)
      return answer !== undefined
    }
    if (this.input.length === 0) return false
    const line = this.input.line(lineLimits.authBytesMax)
    if (line) this.give(this.answerTo(line))
    return line !== undefined
  }

  private answerTo(line: Line): Answer | undefined {
    if (!('fault' in line)) {
      const isLong = line.bytes > lineLimits.commandBytesMax
      const mayBeLong = this.conversation.signIn.isUnderWay || /^AUTH /i.test(line.text)
      return isLong && !mayBeLong ? replies.lineTooLong : this.conversation.obey(line.text)
    }
    const reply = lineFaults[line.fault]
    return line.fault === 'bareFeed' || line.fault === 'bareReturn' ? { end: reply } : reply
  }

  private give(answer: Answer | undefined): void {
    if (answer === undefined) return
    if (answer === 'secure') this.startTls()
    else if (typeof answer === 'string') this.say(answer)
    else if ('end' in answer) this.end(answer.end)
    else this.wait(answer.later)
  }

  private say(reply: Reply): void {
    this.wire.say(reply)
    this.refusedInARow = reply.charCodeAt(0) >= 0x34 ? this.refusedInARow + 1 : 0
    if (this.refusedInARow >= this.deps.limits.refusedInARowMax) this.end(replies.tooManyRefused)
  }

  private end(reply: Reply): void {
    this.wire.end(reply)
    this.conversation.leave()
    this.input.clear()
  }

  private wait(later: Promise<Answer>): void {
    this.isWaiting = true
    this.wire.flush()
    later
      .catch((error: unknown) => {
        this.deps.onFault(error)
        return replies.fault as Answer
      })
      .then((answer) => {
        this.isWaiting = false
        this.heardAt = this.deps.clock.now()
        if (this.wire.isEnded) return
        this.give(answer)
        this.run()
      })
  }

  /** What the client has sent behind STARTTLS came without TLS, perhaps from somebody in between (RFC 3207 §6). */
  private startTls(): void {
    const context = this.deps.secureContext()
    if (this.input.length > 0) this.end(replies.tlsPipelined)
    else if (!context) this.say(replies.tlsAway)
    else {
      this.wire.say(replies.tlsReady)
      this.wire.flush()
      this.handshake(context)
    }
  }

  private handshake(context: SecureContext | undefined): void {
    this.isHandshaking = true
    this.phaseAt = this.deps.clock.now()
    if (context) this.wire.secure(context)
    else this.wire.destroy()
  }
}
