/** The connections all destinations may have open together. */
export interface SlotUser {
  /** It has no connection at all, so that it waits in line for one; others make do with what they have. */
  readonly isStarving: boolean
  /** Called when a slot may be had. */
  pump(): void
  /** Closes one idle connection; false when there is none. */
  closeIdle(): boolean
}

export class Slots {
  private readonly max: number
  private taken = 0
  private readonly starving = new Set<SlotUser>()
  /** Oldest first. */
  private readonly idlers = new Set<SlotUser>()
  private readonly onEmpty: (() => void)[] = []

  constructor(max: number) {
    this.max = max
  }

  /** Some destination has no connection and waits for others to make room. */
  get isContested(): boolean {
    return this.starving.size > 0
  }

  /** False when all are taken: `pump` is called when the user's turn comes. */
  claim(user: SlotUser): boolean {
    if (this.taken < this.max) {
      this.starving.delete(user)
      this.taken += 1
      return true
    }
    if (user.isStarving) {
      this.starving.add(user)
      this.closeOneIdle()
    }
    return false
  }

  release(): void {
    this.taken -= 1
    // Whoever is called may have nothing left to carry; then it is the next one's turn.
    for (const next of [...this.starving]) {
      if (this.taken >= this.max) break
      this.starving.delete(next)
      next.pump()
    }
    if (this.taken === 0) for (const tell of this.onEmpty.splice(0)) tell()
  }

  /** The user has an idle connection that may be closed when another needs room. */
  offer(user: SlotUser): void {
    this.idlers.delete(user)
    this.idlers.add(user)
  }

  withdraw(user: SlotUser): void {
    this.idlers.delete(user)
  }

  whenEmpty(): Promise<void> {
    if (this.taken === 0) return Promise.resolve()
    return new Promise((resolve) => {
      this.onEmpty.push(resolve)
    })
  }

  private closeOneIdle(): void {
    for (const idler of this.idlers) {
      if (idler.closeIdle()) return
      this.idlers.delete(idler)
    }
  }
}
