/**
 * A password's hash: argon2id (RFC 9106), the half that vault then covers with its pepper. One hash takes 64 MiB and a core
 * for a while, so a few run at once, some wait in line, and who finds the line full is refused.
 */
import { argon2, randomBytes } from 'node:crypto'
import { availableParallelism } from 'node:os'
import { promisify } from 'node:util'
import { Refusal } from '../../lib/refusal.ts'
import { Turns } from '../../lib/turns.ts'

/** KiB, as argon2 counts. */
const memory = 64 * 1024
const passes = 3
const parallelism = 1
const tagLength = 32
const saltBytes = 16
/** Node's pool has four threads; more at once would only wait there, unseen. */
const atOnceMax = Math.min(availableParallelism(), 4)
/** With about a tenth of a second each, the last in line waits two seconds. */
const waitingMax = 20 * atOnceMax
const retryAfterSeconds = 3
const computeArgon2 = promisify(argon2)

export function newSalt(): Buffer {
  return randomBytes(saltBytes)
}

/**
 * The form in which a password is counted, judged and hashed, so that one typed on another keyboard is the same: NFC, as
 * NIST SP 800-63B-4 §3.1.1.2 and RFC 8265 §4.2 have it (revision 3 of the former had NFKC or NFKD).
 */
export function normalisedPassword(password: string): string {
  return password.normalize('NFC')
}

export class PasswordHasher {
  private readonly turns: Turns

  constructor(limits: { atOnceMax: number; waitingMax: number } = { atOnceMax, waitingMax }) {
    this.turns = new Turns(limits)
  }

  /** 32 bytes. Refuses with `rate_limited` when as many wait as may. */
  async hash(password: string, salt: Buffer): Promise<Buffer> {
    if (this.turns.isFull) {
      throw new Refusal(
        'rate_limited',
        'Too many are signing in just now; try again in a moment.',
        {
          retryAfterSeconds,
        },
      )
    }
    const message = Buffer.from(normalisedPassword(password))
    const parameters = { message, nonce: salt, parallelism, tagLength, memory, passes }
    return this.turns.take(() => computeArgon2('argon2id', parameters))
  }
}
