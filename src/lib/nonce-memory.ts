/**
 * Which signatures were taken already, so that each counts once. Memory is bounded: when it is full, whoever has the most
 * in it loses their oldest, and from then on nothing as old as that is taken from them. So nobody is ever let in twice,
 * and the worst that a full memory does is to ask for younger signatures.
 */
import { hash } from 'node:crypto'

/** Times are seconds of the clock that signatures are dated by. */
export interface Dated {
  nonce: string
  createdAt: number
}

interface Known {
  /** When each was made, in the order in which they came. */
  nonces: Map<string, number>
  /** What was made then or earlier is taken no more. */
  floor: number
}

export class NonceMemory {
  private readonly entriesMax: number
  private readonly windowSeconds: number
  private readonly known = new Map<string, Known>()
  private entries = 0
  private sweptAt = 0

  /** `windowSeconds`: what is older is refused before it is asked about here. */
  constructor({ entriesMax, windowSeconds }: { entriesMax: number; windowSeconds: number }) {
    this.entriesMax = entriesMax
    this.windowSeconds = windowSeconds
  }

  get size(): number {
    return this.entries
  }

  /** Ask only once the signature has been checked, so that strangers cannot fill it. */
  admit(
    owner: string,
    { nonce, createdAt }: Dated,
    nowSeconds: number,
  ): true | 'replayed' | 'too_old' {
    if (nowSeconds - this.sweptAt >= this.windowSeconds) this.sweep(nowSeconds)
    const own = this.known.get(owner) ?? { nonces: new Map(), floor: Number.NEGATIVE_INFINITY }
    // Of one length, whatever the caller has chosen.
    const name = hash('sha256', nonce, 'base64url').slice(0, 22)
    if (own.nonces.has(name)) return 'replayed'
    if (createdAt <= own.floor) return 'too_old'
    this.known.set(owner, own)
    own.nonces.set(name, createdAt)
    this.entries++
    if (this.entries > this.entriesMax) this.makeRoom()
    return true
  }

  private makeRoom(): void {
    let largest: Known | undefined
    for (const one of this.known.values()) {
      if (!largest || one.nonces.size > largest.nonces.size) largest = one
    }
    const [oldest] = largest?.nonces ?? []
    if (!largest || !oldest) return
    const [name, createdAt] = oldest
    largest.nonces.delete(name)
    largest.floor = Math.max(largest.floor, createdAt)
    this.entries--
  }

  /** What is too old anyway need not be known. */
  private sweep(nowSeconds: number): void {
    this.sweptAt = nowSeconds
    const oldest = nowSeconds - this.windowSeconds
    for (const [owner, { nonces, floor }] of this.known) {
      for (const [name, createdAt] of nonces) {
        if (createdAt >= oldest) continue
        nonces.delete(name)
        this.entries--
      }
      if (nonces.size === 0 && floor < oldest) this.known.delete(owner)
    }
  }
}
