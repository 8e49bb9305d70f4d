/**
 * One open connection and the transactions it carries, one after the other. With PIPELINING the envelope leaves in one
 * write, and the next one's together with the final dot of the message before it (RFC 2920 §3.1).
 */
import type { Clock } from '../../lib/clock.ts'
import type { Reply } from '../../mail/reply.ts'
import { recordClient, recordServer } from './conversation.ts'
import { cannotCarry, mailCommand, rcptCommand } from './envelope.ts'
import type { Opened } from './open-connection.ts'
import type { Patience } from './patience.ts'
import {
  type CommandStep,
  type Move,
  nextMove,
  type Outcome,
  phaseOf,
  type Running,
  type Step,
  type Waiting,
} from './running.ts'
import { type Facts, NotAttempted, type Phase } from './transaction.ts'
import type { Wire, WireOwner } from './wire.ts'

export interface ConnectionOwner {
  /** The next transaction for this connection; undefined when none waits or the connection should end. */
  take(connection: Connection): Waiting | undefined
  /** It has nothing to do. */
  idle(connection: Connection): void
  /** It ended under this transaction, which may be tried on another connection. */
  giveBack(waiting: Waiting): void
  /** `reason`: it ended in its very first transaction, before the host had shown that it works. */
  closed(connection: Connection, reason: string | undefined): void
}

export interface ConnectionSettings {
  host: string
  patience: Patience
  clock: Clock
}

/** A kept connection may turn out dead when used again, which says nothing of the host: then another is tried. */
const lostConnectionsMax = 2

const cutShort = 'delivery stopped before the message was offered whole'
const inDoubt = ', after the final dot: unknown whether the message was taken'

export class Connection implements WireOwner {
  /** Transactions finished so far. */
  carried = 0
  readonly remoteAddress: string
  private readonly owner: ConnectionOwner
  private readonly settings: ConnectionSettings
  private readonly wire: Wire
  private readonly opened: Opened
  private readonly pipelining: boolean
  /** What was said before the first transaction; it goes with that one. */
  private opening: string[]
  private current: Running | undefined
  /** Its envelope went out with the final dot of the current one. */
  private ahead: Running | undefined
  private step: Step = 'mail'
  /** The host may still hold an envelope that came to nothing. */
  private resetDue = false
  private isClosed = false

  constructor(opened: Opened, owner: ConnectionOwner, settings: ConnectionSettings) {
    this.owner = owner
    this.settings = settings
    this.wire = opened.wire
    this.opened = opened
    this.remoteAddress = opened.remoteAddress
    this.pipelining = opened.capabilities.pipelining
    this.opening = opened.conversation
    this.wire.handOver(this)
  }

  /** Takes what waits, or reports itself idle. Call it when it has nothing to do. */
  run(): void {
    const next = this.takePossible()
    if (next) this.begin(next)
    else if (!this.isClosed) {
      this.wire.relax()
      this.owner.idle(this)
    }
  }

  /** Says QUIT; only while idle. */
  quit(): void {
    if (this.isClosed) return
    this.isClosed = true
    this.wire.quit(this.settings.patience.quitSeconds)
    this.owner.closed(this, undefined)
  }

  /** Ends it now: a message that was sent whole stays in doubt, anything before was not attempted. */
  cut(): void {
    const { current, ahead, step } = this
    this.current = undefined
    this.ahead = undefined
    if (current?.refusal) this.answer(current, current.refusal)
    else if (current && step === 'dot') this.lose(current, 'dot', `delivery stopped${inDoubt}`)
    else current?.waiting.reject(new NotAttempted(cutShort))
    ahead?.waiting.reject(new NotAttempted(cutShort))
    this.close(undefined)
  }

  replied(reply: Reply): void {
    const { current, step } = this
    if (!current) {
      // Unasked: at best the 421 of a host that closes (RFC 5321 §3.8).
      this.close(undefined)
      return
    }
    if (step !== 'reset') recordServer(current.conversation, reply)
    if (reply.code === 421) this.dismissed(current, reply)
    else this.make(nextMove(current, { step, reply, pipelining: this.pipelining }), current)
  }

  ended(reason: string): void {
    const { current, ahead, step } = this
    this.current = undefined
    this.ahead = undefined
    let hostFailed: string | undefined
    // The later one first: each goes to the front of the queue.
    if (ahead) this.returnToQueue(ahead, 'mail', reason)
    if (current?.refusal) this.answer(current, current.refusal)
    else if (current && step === 'dot') this.lose(current, 'dot', reason + inDoubt)
    else if (current && this.carried > 0) this.returnToQueue(current, phaseOf[step], reason)
    else if (current) {
      this.lose(current, phaseOf[step], reason)
      hostFailed = reason
    }
    this.close(hostFailed)
  }

  private close(hostFailed: string | undefined): void {
    if (this.isClosed) return
    this.isClosed = true
    this.wire.destroy()
    this.owner.closed(this, hostFailed)
  }

  /** Answers at once what this host cannot carry, and hands out the first that it can. */
  private takePossible(): Running | undefined {
    for (;;) {
      const waiting = this.owner.take(this)
      if (!waiting) return undefined
      const running: Running = {
        waiting,
        conversation: this.opening,
        startedAtMs: this.settings.clock.now(),
        mailAccepted: false,
        rcptAccepted: false,
        refusal: undefined,
      }
      const reply = cannotCarry(waiting.job, this.opened.capabilities)
      if (!reply) {
        this.opening = []
        return running
      }
      this.answer({ ...running, conversation: [...this.opening] }, { reply, phase: 'mail' })
    }
  }

  private begin(next: Running): void {
    this.current = next
    const first = this.resetDue ? 'reset' : 'mail'
    this.resetDue = false
    if (this.pipelining) {
      this.wire.write((first === 'reset' ? 'RSET\r\n' : '') + this.envelope(next))
      this.expect(first)
    } else this.advance(next, first)
  }

  /** With PIPELINING the command of this step has left already. */
  private advance(running: Running, step: CommandStep): void {
    if (!this.pipelining) this.wire.write(this.command(running, step))
    this.expect(step)
  }

  private expect(step: Step): void {
    const { commandSeconds, dataSeconds, dotSeconds } = this.settings.patience
    this.step = step
    if (step === 'dot') this.wire.expectWithin(dotSeconds)
    else this.wire.expectWithin(step === 'data' ? dataSeconds : commandSeconds)
  }

  private envelope(running: Running): string {
    return (
      this.command(running, 'mail') + this.command(running, 'rcpt') + this.command(running, 'data')
    )
  }

  private command(running: Running, step: CommandStep): string {
    if (step === 'reset') return 'RSET\r\n'
    const { job } = running.waiting
    let command = 'DATA'
    if (step === 'mail') command = mailCommand(job, this.opened.capabilities)
    if (step === 'rcpt') command = rcptCommand(job)
    recordClient(running.conversation, command)
    return `${command}\r\n`
  }

  private make(move: Move, current: Running): void {
    switch (move.kind) {
      case 'advance':
        this.advance(current, move.step)
        break
      case 'message':
        this.sendMessage(current)
        break
      case 'lone dot':
        recordClient(current.conversation, '.')
        this.wire.write('.\r\n')
        this.expect('dot')
        break
      case 'finish':
        this.resetDue = move.reset
        this.finish(current, move.outcome)
        break
      case 'break':
        this.ended(move.reason)
    }
  }

  private sendMessage(current: Running): void {
    this.step = 'sending'
    this.wire.writeMessage(current.waiting.job.message, {
      blockSeconds: this.settings.patience.dataBlockSeconds,
      tail: () => {
        recordClient(current.conversation, '.')
        this.expect('dot')
        if (!this.pipelining) return '.\r\n'
        this.ahead = this.takePossible()
        return this.ahead ? `.\r\n${this.envelope(this.ahead)}` : '.\r\n'
      },
    })
  }

  /** The host is closing (RFC 5321 §3.8). On a kept connection that concerns the connection, not the message. */
  private dismissed(current: Running, reply: Reply): void {
    const { step } = this
    const concernsMessage = this.carried === 0 || step === 'dot' || step === 'sending'
    if (concernsMessage) current.refusal ??= { reply, phase: phaseOf[step] }
    this.ended('the host closed its service (421)')
  }

  private finish(current: Running, outcome: Outcome): void {
    const { ahead } = this
    this.carried += 1
    this.ahead = undefined
    this.current = ahead
    this.answer(current, outcome)
    if (ahead) {
      ahead.startedAtMs = this.settings.clock.now()
      this.expect('mail')
    } else this.run()
  }

  private returnToQueue(running: Running, phase: Phase, reason: string): void {
    running.waiting.lostConnections += 1
    if (running.waiting.lostConnections > lostConnectionsMax) this.lose(running, phase, reason)
    else this.owner.giveBack(running.waiting)
  }

  private answer(running: Running, { reply, phase }: Outcome): void {
    running.waiting.resolve({ ...this.facts(running, phase), kind: 'answered', reply })
  }

  private lose(running: Running, phase: Phase, reason: string): void {
    const facts = this.facts(running, phase)
    running.waiting.resolve({ ...facts, kind: 'unreachable', reason, lacksTls: false })
  }

  private facts(running: Running, phase: Phase): Facts {
    return {
      phase,
      tls: this.opened.tls,
      host: this.settings.host,
      remoteAddress: this.remoteAddress,
      conversation: running.conversation,
      durationMs: this.settings.clock.now() - running.startedAtMs,
    }
  }
}
