/**
 * Answers the inbox's questions for public keys of this instance. What it asks for stands in messages that anyone can
 * send it, so a question is checked, one at a time goes to the database, and few wait.
 */
import type { KeyName, PublicKey } from '../db/verified-keys.ts'
import { Turns } from '../lib/turns.ts'
import type { Order } from './handover.ts'

const nameLengthMax = 253

export interface KeyDeskOptions {
  find(name: KeyName): Promise<PublicKey | null>
  onTrouble(error: unknown): void
}

export class KeyDesk {
  private readonly options: KeyDeskOptions
  private readonly turns = new Turns({ atOnceMax: 1, waitingMax: 32 })

  constructor(options: KeyDeskOptions) {
    this.options = options
  }

  /** No key is also the answer to whoever would wait too long, and when the database is away. */
  async answer(name: KeyName): Promise<Order> {
    return { kind: 'key', name, key: await this.find(name) }
  }

  private async find(name: KeyName): Promise<PublicKey | null> {
    if (!isName(name.domain) || !isName(name.selector) || this.turns.isFull) return null
    try {
      return await this.turns.take(() => this.options.find(name))
    } catch (error) {
      this.options.onTrouble(error)
      return null
    }
  }
}

/** Of another process, which may have been taken over. */
function isName(value: unknown): boolean {
  return typeof value === 'string' && value.length <= nameLengthMax && /^[\x21-\x7e]+$/.test(value)
}
