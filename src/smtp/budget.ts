/** What all sessions share of something that is scarce. */

/** Bytes of all messages that are being received or stored. */
export class Budget {
  private left: number

  constructor(bytesMax: number) {
    this.left = bytesMax
  }

  has(bytes: number): boolean {
    return bytes <= this.left
  }

  take(bytes: number): boolean {
    if (bytes > this.left) return false
    this.left -= bytes
    return true
  }

  give(bytes: number): void {
    this.left += bytes
  }
}

/** How many sessions each name has, at most so many. */
export class Tally {
  private readonly counts = new Map<string, number>()
  private readonly max: number

  constructor(max: number) {
    this.max = max
  }

  enter(name: string): boolean {
    const count = this.counts.get(name) ?? 0
    if (count >= this.max) return false
    this.counts.set(name, count + 1)
    return true
  }

  leave(name: string): void {
    const count = this.counts.get(name) ?? 0
    if (count > 1) this.counts.set(name, count - 1)
    else this.counts.delete(name)
  }
}
