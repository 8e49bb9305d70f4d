/**
 * What one client may say and is answered, without its socket: who it is (RFC 4954), whether TLS is on (RFC 3207), and
 * its messages (RFC 5321, 6409).
 */
import type { Sender } from '../core/messages/sender.ts'
import { Refusal } from '../lib/refusal.ts'
import type { Answer } from './answer.ts'
import type { Budget } from './budget.ts'
import { readCommand } from './command.ts'
import type { SmtpLimits } from './limits.ts'
import { MailFlow } from './mail-flow.ts'
import type { AnsweredMessage } from './notes.ts'
import type { Pace } from './pace.ts'
import { accepted, helloReply, help, type Reply, replies, replyToRefusal } from './replies.ts'
import { type Client, isRevocation, SignIn, type SignInDeps } from './sign-in.ts'
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

/** What stands behind the protocol. It refuses with `Refusal`. */
export type SubmissionDoor = SignInDeps['door'] & {
  /** Resolves with the message's id once it is on disk. */
  submit(sender: Sender, submission: Submission): Promise<{ id: string }>
  /** For the account's log; nobody waits for it. */
  answered(sender: Sender, message: AnsweredMessage): void
}

export interface ConversationDeps extends SignInDeps {
  hostname: string
  limits: SmtpLimits
  door: SubmissionDoor
  budget: Budget
  pace: Pace
}

export interface ConversationOptions {
  client: Client
  /** Whether AUTH is taken without TLS. */
  isTrustedPlain: boolean
}

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
  readonly signIn: SignIn
  readonly flow: MailFlow
  private readonly deps: ConversationDeps
  private readonly client: Client
  private readonly isTrustedPlain: boolean
  private helloName = ''
  private isExtended = false
  private messages = 0

  constructor(deps: ConversationDeps, { client, isTrustedPlain }: ConversationOptions) {
    this.deps = deps
    this.client = client
    this.isTrustedPlain = isTrustedPlain
    this.signIn = new SignIn(deps, client)
    const { clock, budget } = deps
    this.flow = new MailFlow({
      clock,
      budget,
      accept: (transaction) => this.accept(transaction),
      onRefused: (reply) => this.note(this.signIn.sender, reply, clock.now()),
    })
  }

  /** Whether it may be told at any time that the server stops. */
  get isIdle(): boolean {
    return !this.flow.isOpen
  }

  /** No answer yet where bytes follow the command. */
  obey(line: string): Answer | undefined {
    if (this.signIn.isUnderWay) return this.signIn.goOn(line)
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
    this.helloName = ''
    this.isExtended = false
    this.flow.reset()
  }

  leave(): void {
    this.flow.reset()
    this.signIn.leave()
  }

  private greet(verb: 'EHLO' | 'HELO', name: string): Answer {
    if (name === '') return replies.greetName
    this.flow.reset()
    this.helloName = name
    this.isExtended = verb === 'EHLO'
    const { hostname } = this.deps
    if (!this.isExtended) return `250 ${hostname}`
    return helloReply(hostname, { isSecure: this.isSecure, takesAuth: this.takesAuth })
  }

  private get takesAuth(): boolean {
    return this.isSecure || this.isTrustedPlain
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
    if (this.signIn.sender) return replies.authTwice
    return this.flow.isOpen ? replies.authInMail : this.signIn.begin(argument)
  }

  private strangerRefusal(): Reply | undefined {
    if (this.helloName === '') return replies.greetFirst
    if (this.signIn.sender) return undefined
    return this.takesAuth ? replies.authFirst : replies.tlsFirst
  }

  private mail(argument: string): Answer {
    const refusal = this.strangerRefusal()
    const { sender } = this.signIn
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
    this.messages++
    const endedAt = this.deps.clock.now()
    try {
      const sender = await this.signIn.again()
      if (!sender) return replies.authFirst
      const reply = await this.submit(sender, transaction)
      this.note(sender, reply, endedAt)
      return reply
    } catch (error) {
      return isRevocation(error) ? { end: replies.revoked } : this.replyTo(error)
    }
  }

  private async submit(sender: Sender, transaction: Transaction): Promise<Reply> {
    try {
      const { id } = await this.deps.door.submit(sender, {
        reversePath: transaction.mail.reversePath,
        recipients: transaction.recipients,
        source: transaction.source(),
        isSecure: this.isSecure,
        isUtf8: transaction.mail.isUtf8,
      })
      return accepted(id)
    } catch (error) {
      if (isRevocation(error)) throw error
      return this.replyTo(error)
    }
  }

  private note(sender: Sender | undefined, reply: Reply, endedAt: number): void {
    const { deps, client, helloName } = this
    if (!sender) return
    const durationMs = deps.clock.now() - endedAt
    deps.door.answered(sender, { reply, durationMs, address: client.address, helloName })
  }

  private replyTo(error: unknown): Reply {
    if (error instanceof Refusal) return replyToRefusal(error)
    this.deps.onFault(error)
    return replies.fault
  }
}
