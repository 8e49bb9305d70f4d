/** Who the client of a session is: the exchange of AUTH (RFC 4954), and whether its key still holds. */
import type { Sender } from '../core/messages/sender.ts'
import type { Clock } from '../lib/clock.ts'
import { Refusal } from '../lib/refusal.ts'
import type { Answer } from './answer.ts'
import { type AuthState, type AuthStep, beginAuth, continueAuth } from './auth.ts'
import type { Tally } from './budget.ts'
import type { Failures } from './failures.ts'
import { makeReply, type Reply, replies, replyToRefusal } from './replies.ts'

export interface SignInDeps {
  clock: Clock
  /** Both refuse with `Refusal`. */
  door: {
    /** Who shows this API key, from that IP address. */
    find(token: string, address: string): Promise<Sender>
    /** The same sender as things are now, at most a second old. */
    again(sender: Sender, address: string): Promise<Sender>
  }
  failures: Failures
  /** Sessions of each account. */
  accounts: Tally
  limits: { recheckMs: number }
  /** What is neither the client's fault nor a refusal. */
  onFault: (error: unknown) => void
}

export interface Client {
  address: string
  /** Whose failed attempts are counted together. */
  group: string
}

const endingCodes = new Set(['invalid_key', 'key_inactive'])

export class SignIn {
  sender: Sender | undefined
  private readonly deps: SignInDeps
  private readonly client: Client
  private exchange: AuthState | undefined
  private checkedAt = 0
  private hasLeft = false

  constructor(deps: SignInDeps, client: Client) {
    this.deps = deps
    this.client = client
  }

  /** Whether the next line belongs to the exchange. */
  get isUnderWay(): boolean {
    return this.exchange !== undefined
  }

  begin(argument: string): Answer {
    if (this.deps.failures.isFull(this.client.group)) return { end: replies.tooManyFailures }
    return this.follow(beginAuth(argument))
  }

  /** Takes the client's answer to a prompt. */
  goOn(line: string): Answer {
    const { exchange } = this
    if (!exchange) throw new Error('an answer was taken without a prompt')
    this.exchange = undefined
    return this.follow(continueAuth(exchange, line))
  }

  /** The sender as things are now; rejects like the door. */
  async again(): Promise<Sender | undefined> {
    if (!this.sender) return undefined
    this.checkedAt = this.deps.clock.now()
    const same = await this.deps.door.again(this.sender, this.client.address)
    if (!this.hasLeft) this.sender = same
    return same
  }

  /** Whether the key still holds, when that was not asked for a while; an answer when it does not. */
  async recheck(now: number): Promise<Answer | undefined> {
    if (now - this.checkedAt < this.deps.limits.recheckMs) return undefined
    try {
      await this.again()
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
    if (this.sender) this.deps.accounts.leave(this.sender.accountId)
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
    const { door, accounts, clock } = this.deps
    try {
      const sender = await door.find(key, this.client.address)
      if (this.hasLeft) return replies.fault
      if (!accounts.enter(sender.accountId)) return { end: replies.tooManyOfAccount }
      this.sender = sender
      this.checkedAt = clock.now()
      return replies.authenticated
    } catch (error) {
      return this.refuse(error)
    }
  }

  private refuse(error: unknown): Reply {
    if (!(error instanceof Refusal)) {
      this.deps.onFault(error)
      return replies.fault
    }
    if (isRevocation(error)) this.deps.failures.note(this.client.group)
    if (error.code === 'invalid_key') return replies.authKey
    // RFC 4954 §6 has a code of its own for what may pass.
    return error.code === 'unavailable'
      ? makeReply(454, '4.7.0', error.message)
      : replyToRefusal(error)
  }
}

export function isRevocation(error: unknown): boolean {
  return error instanceof Refusal && endingCodes.has(error.code)
}
