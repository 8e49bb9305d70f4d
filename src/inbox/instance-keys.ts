/** Public keys of this instance's own domains: the supervisor is asked, who is the only one that can tell. */
import type { KeyName, PublicKey } from '../db/verified-keys.ts'
import { ed25519KeyRecord, publicKeyRecord } from '../mail/dkim.ts'
import { verdictLimits } from './limits.ts'

/** The text of the key's record, as it would stand in DNS; null when this instance gives none. */
export type FindInstanceKey = (name: KeyName) => Promise<string | null>

export class InstanceKeys {
  private readonly ask: (name: KeyName) => void
  private readonly waiting = new Map<string, ((record: string | null) => void)[]>()

  constructor(ask: (name: KeyName) => void) {
    this.ask = ask
  }

  readonly find: FindInstanceKey = (name) => {
    const place = placeOf(name)
    return new Promise((settle) => {
      const late = setTimeout(() => {
        this.waiting.delete(place)
        settle(null)
      }, verdictLimits.instanceKeyMs)
      const known = this.waiting.get(place)
      const take = (record: string | null) => {
        clearTimeout(late)
        settle(record)
      }
      if (known) known.push(take)
      else {
        this.waiting.set(place, [take])
        this.ask(name)
      }
    })
  }

  answered(name: KeyName, key: PublicKey | null): void {
    const place = placeOf(name)
    const record = key && recordOf(key)
    for (const take of this.waiting.get(place) ?? []) take(record)
    this.waiting.delete(place)
  }
}

function placeOf({ domain, selector }: KeyName): string {
  return `${selector} ${domain}`
}

function recordOf({ algorithm, publicKey }: PublicKey): string {
  const der = Buffer.from(publicKey, 'hex')
  return algorithm === 'ed25519' ? ed25519KeyRecord(der) : publicKeyRecord(der, { bare: false })
}
