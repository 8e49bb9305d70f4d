/** What vault has asked and not had answered yet: random challenges for passkeys, and secrets of authenticators to be. */
import { randomBytes } from 'node:crypto'
import type { Clock } from '../../lib/clock.ts'

const entriesMax = 20_000

/** Each entry can be taken once and within its time; a restart of vault forgets them all. */
export class Pending<Value> {
  private readonly clock: Clock
  private readonly lifetimeMs: number
  private readonly entries = new Map<string, { value: Value; until: number }>()

  constructor(clock: Clock, lifetimeMs: number) {
    this.clock = clock
    this.lifetimeMs = lifetimeMs
  }

  put(name: string, value: Value): void {
    this.entries.delete(name)
    this.entries.set(name, { value, until: this.clock.now() + this.lifetimeMs })
    for (const [oldest, { until }] of this.entries) {
      if (this.entries.size <= entriesMax && until > this.clock.now()) return
      this.entries.delete(oldest)
    }
  }

  peek(name: string): Value | undefined {
    const entry = this.entries.get(name)
    return entry && entry.until > this.clock.now() ? entry.value : undefined
  }

  take(name: string): Value | undefined {
    const value = this.peek(name)
    this.entries.delete(name)
    return value
  }
}

export class Challenges {
  private readonly challenges: Pending<true>
  private readonly secrets: Pending<Buffer>

  constructor(clock: Clock) {
    this.challenges = new Pending(clock, 5 * 60_000)
    this.secrets = new Pending(clock, 15 * 60_000)
  }

  /** base64url */
  next(): string {
    const challenge = randomBytes(32).toString('base64url')
    this.challenges.put(challenge, true)
    return challenge
  }

  /** Whether vault gave that challenge and nobody has used it. */
  take(challenge: string): boolean {
    return this.challenges.take(challenge) ?? false
  }

  /** The secret a person is adding to their authenticator, until a code has shown that it is there. */
  putSecret(userId: string, secret: Buffer): void {
    this.secrets.put(userId, secret)
  }

  peekSecret(userId: string): Buffer | undefined {
    return this.secrets.peek(userId)
  }

  takeSecret(userId: string): Buffer | undefined {
    return this.secrets.take(userId)
  }
}
