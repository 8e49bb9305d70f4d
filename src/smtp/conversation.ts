/**
 * What one client may say and is answered, without its socket: who it is (RFC 4954), whether TLS is on (RFC 3207), and
 * its messages (RFC 5321, 6409).
 */
import type { Sender } from '../core/messages/sender.ts'
import type { Clock } from '../lib/clock.ts'
import { Refusal } from '../lib/refusal.ts'
import type { Answer } from './answer.ts'
import { type AuthState, type AuthStep, beginAuth, continueAuth } from './auth.ts'
import type { Budget, Tally } from './budget.ts'
import { readCommand } from './command.ts'
import type { Failures } from './failures.ts'
import type { SmtpLimits } from './limits.ts'
import { MailFlow } from './mail-flow.ts'
import type { Pace } from './pace.ts'
import { accepted, helloReply, help, type Reply, replies, replyToRefusal } from './replies.ts'
import type { Transaction } from './transaction.ts'

export interface Submission {
  /** Empty for none. It is not where bounces go: the return path of a delivery is ours. */
  reversePath: string
  recipients: readonly string[]
  /** The message as it came: lines end in CRLF, dot-stuffing is taken back. */
  source: Buffer
  /** Whether it came over TLS. */
  isSecure: boolean
  isUtf8: boolean
}

/** What stands behind the protocol. Both refuse with `Refusal`. */
export interface SubmissionDoor {
  /** Who shows this API key. */
  find(token: string): Promise<Sender>
  /** The same sender as things are now, at most a second old. */
  again(sender: Sender): Promise<Sender>
  /** Resolves with the message's id once it is on disk. */
  submit(sender: Sender, submission: Submission): Promise<{ id: string }>
}

export interface ConversationDeps {
  hostname: string
  limits: SmtpLimits
  clock: Clock
  door: SubmissionDoor
  budget: Budget
  failures: Failures
  pace: Pace
  /** Sessions of each account. */
  accounts: Tally
  /** What is neither the client's fault nor a refusal. */
  onFault: (error: unknown) => void
}

export interface Client {
  /** Whose failed attempts are counted together. */
  group: string
  /** Whether AUTH is taken without TLS. */
  isTrustedPlain: boolean
}

const endingCodes = new Set(['invalid_key', 'key_inactive'])
/** Browsers can be made to send these to any port. */
const forbiddenVerbs = new Set([
  'GET',
  'POST',
  'PUT',
  'HEAD',
  'OPTIONS',
  'CONNECT',
  'DELETE',
  'PATCH',
])

export class Conversation {
  isSecure = false
  isStopping = false
  sender: Sender | undefined
  readonly flow: MailFlow
  private readonly deps: ConversationDeps
  private readonly client: Client
  private hasGreeted = false
  private isExtended = false
  private exchange: AuthState | undefined
  private messages = 0
  private checkedAt = 0
  private hasLeft = false

  constructor(deps: ConversationDeps, client: Client) {
    this.deps = deps
    this.client = client
    const { clock, budget } = deps
    const accept = (transaction: Transaction) => this.accept(transaction)
    this.flow = new MailFlow({ clock, budget, accept })
  }

  /** Whether it may be told at any time that the server stops. */
  get isIdle(): boolean {
    return !this.flow.isOpen
  }

  /** Whether the next line belongs to an exchange of AUTH. */
  get isAuthenticating(): boolean {
    return this.exchange !== undefined
  }

  /** No answer yet where bytes follow the command. */
  obey(line: string): Answer | undefined {
    if (this.exchange) {
      const { exchange } = this
      this.exchange = undefined
      return this.follow(continueAuth(exchange, line))
    }
    const { verb, argument } = readCommand(line)
    switch (verb) {
      case 'MAIL':
        return this.mail(argument)
      case 'RCPT':
        return this.flow.recipient(argument)
      case 'DATA':
        return argument === '' ? this.flow.data() : replies.noArgument
      case 'BDAT':
        return this.flow.chunkCommand(argument, this.strangerRefusal())
      case 'EHLO':
      case 'HELO':
        return this.greet(verb, argument)
      case 'AUTH':
        return this.authenticate(argument)
      case 'STARTTLS':
        return this.startTls(argument)
      default:
        return this.obeyMinor(verb)
    }
  }

  private obeyMinor(verb: string): Answer {
    switch (verb) {
      case 'RSET':
        this.flow.reset()
        return replies.reset
      case 'NOOP':
        return replies.done
      case 'HELP':
        return help
      case 'VRFY':
        return replies.cannotVerify
      case 'EXPN':
        return replies.noLists
      case 'QUIT':
        return { end: replies.bye }
      case 'ETRN':
      case 'TURN':
        return replies.notOffered
      default:
        return forbiddenVerbs.has(verb) ? { end: replies.forbiddenCommand } : replies.unknownCommand
    }
  }

  /** RFC 3207 §4.2: everything the client said without TLS is forgotten. */
  secured(): void {
    this.isSecure = true
    this.hasGreeted = false
    this.isExtended = false
    this.flow.reset()
  }

  /** Whether the key still holds; an answer when it does not. */
  async recheck(now: number): Promise<Answer | undefined> {
    const { sender } = this
    if (!sender || now - this.checkedAt < this.deps.limits.recheckMs) return undefined
    this.checkedAt = now
    try {
      const same = await this.deps.door.again(sender)
      if (!this.hasLeft) this.sender = same
      return undefined
    } catch (error) {
      // A blocked account learns it with its next message, and an outage passes.
      return isRevocation(error) ? { end: replies.revoked } : undefined
    }
  }

  /** The client is gone, or has been told to go; what was asked for it comes too late. */
  leave(): void {
    if (this.hasLeft) return
    this.hasLeft = true
    this.flow.reset()
    if (this.sender) this.deps.accounts.leave(this.sender.accountId)
  }

  private greet(verb: 'EHLO' | 'HELO', name: string): Answer {
    if (name === '') return replies.greetName
    this.flow.reset()
    this.hasGreeted = true
    this.isExtended = verb === 'EHLO'
    const { hostname } = this.deps
    if (!this.isExtended) return `250 ${hostname}`
    return helloReply(hostname, { isSecure: this.isSecure, takesAuth: this.takesAuth })
  }

  private get takesAuth(): boolean {
    return this.isSecure || this.client.isTrustedPlain
  }

  private startTls(argument: string): Answer {
    if (argument !== '') return replies.noArgument
    if (this.isSecure) return replies.tlsTwice
    if (!this.isExtended) return replies.greetFirst
    return this.flow.isOpen ? replies.tlsInMail : 'secure'
  }

  private authenticate(argument: string): Answer {
    if (!this.isExtended) return replies.greetFirst
    if (!this.takesAuth) return / /.test(argument) ? replies.authLeaked : replies.authNeedsTls
    if (this.sender) return replies.authTwice
    if (this.flow.isOpen) return replies.authInMail
    if (this.deps.failures.isFull(this.client.group)) return { end: replies.tooManyFailures }
    return this.follow(beginAuth(argument))
  }

  private follow(step: AuthStep): Answer {
    if ('key' in step) return { later: this.lookUp(step.key) }
    if ('refused' in step) {
      if (step.refused === replies.authUser) this.deps.failures.note(this.client.group)
      return step.refused
    }
    this.exchange = step.state
    return step.prompt
  }

  private async lookUp(key: string): Promise<Answer> {
    const { door, failures, accounts, clock } = this.deps
    try {
      const sender = await door.find(key)
      if (this.hasLeft) return replies.fault
      if (!accounts.enter(sender.accountId)) return { end: replies.tooManyOfAccount }
      this.sender = sender
      this.checkedAt = clock.now()
      return replies.authenticated
    } catch (error) {
      if (isRevocation(error)) failures.note(this.client.group)
      if (isRevocation(error) && error.code === 'invalid_key') return replies.authKey
      // RFC 4954 §6 has a code of its own for what may pass.
      if (isAway(error)) return `454 4.7.0 ${error.message}`
      return this.replyTo(error)
    }
  }

  private strangerRefusal(): Reply | undefined {
    if (!this.hasGreeted) return replies.greetFirst
    if (this.sender) return undefined
    return this.takesAuth ? replies.authFirst : replies.tlsFirst
  }

  private mail(argument: string): Answer {
    const refusal = this.strangerRefusal()
    const { sender } = this
    if (refusal || !sender) return refusal ?? replies.authFirst
    if (this.isStopping) return { end: replies.stopping }
    const { limits, pace } = this.deps
    if (this.messages >= limits.messagesPerSessionMax) return { end: replies.tooManyMessages }
    const reply = this.flow.mail(argument)
    if (reply !== replies.senderOk) return reply
    const delayMs = pace.take(sender.accountId, sender.limits.requestsPerSecond)
    if (delayMs === 0) return reply
    if (delayMs !== undefined) {
      return { later: new Promise((resolve) => setTimeout(() => resolve(reply), delayMs)) }
    }
    this.flow.reset()
    return replies.paceFull
  }

  private async accept(transaction: Transaction): Promise<Answer> {
    const { door, clock } = this.deps
    this.messages++
    try {
      if (!this.sender) return replies.authFirst
      const sender = await door.again(this.sender)
      this.checkedAt = clock.now()
      const { id } = await door.submit(sender, {
        reversePath: transaction.mail.reversePath,
        recipients: transaction.recipients,
        source: transaction.source(),
        isSecure: this.isSecure,
        isUtf8: transaction.mail.isUtf8,
      })
      return accepted(id)
    } catch (error) {
      return isRevocation(error) ? { end: replies.revoked } : this.replyTo(error)
    }
  }

  private replyTo(error: unknown): Reply {
    if (error instanceof Refusal) return replyToRefusal(error)
    this.deps.onFault(error)
    return replies.fault
  }
}

function isRevocation(error: unknown): error is Refusal {
  return error instanceof Refusal && endingCodes.has(error.code)
}

function isAway(error: unknown): error is Refusal {
  return error instanceof Refusal && error.code === 'unavailable'
}
