/**
 * Group commit without a timer: what waits when a commit returns goes into the next, so a lone request is stored at once
 * and a crowd shares its commits.
 */
export interface GroupLimits<Item> {
  /** Commits under way at the same time. */
  commitsMax: number
  itemsMax: number
  bytesMax: number
  bytesOf: (item: Item) => number
}

interface Waiting<Item, Answer> {
  item: Item
  resolve: (answer: Answer) => void
  reject: (error: unknown) => void
}

export class CommitGroups<Item, Answer> {
  private waiting: Waiting<Item, Answer>[] = []
  /** Of what waits and what is under way. */
  private heldBytes = 0
  private underWay = 0
  private readonly commit: (items: Item[]) => Promise<Answer[]>
  private readonly limits: GroupLimits<Item>

  constructor(commit: (items: Item[]) => Promise<Answer[]>, limits: GroupLimits<Item>) {
    this.commit = commit
    this.limits = limits
  }

  /** Resolves when the item's group is on disk. */
  add(item: Item): Promise<Answer> {
    return new Promise((resolve, reject) => {
      this.waiting.push({ item, resolve, reject })
      this.heldBytes += this.limits.bytesOf(item)
      // After this turn of the loop, so that requests that came in together go together.
      setImmediate(() => this.pump())
    })
  }

  get pending(): number {
    return this.waiting.length
  }

  get pendingBytes(): number {
    return this.heldBytes
  }

  private pump(): void {
    while (this.underWay < this.limits.commitsMax && this.waiting.length > 0) {
      void this.run(this.nextGroup())
    }
  }

  private nextGroup(): Waiting<Item, Answer>[] {
    const { itemsMax, bytesMax, bytesOf } = this.limits
    let count = 0
    let bytes = 0
    for (const { item } of this.waiting) {
      bytes += bytesOf(item)
      if (count >= itemsMax || (count > 0 && bytes > bytesMax)) break
      count++
    }
    return this.waiting.splice(0, count)
  }

  private async run(group: Waiting<Item, Answer>[]): Promise<void> {
    this.underWay++
    try {
      const answers = await this.commit(group.map((entry) => entry.item))
      group.forEach((entry, index) => {
        entry.resolve(answers[index] as Answer) // one answer an item
      })
    } catch (error) {
      for (const entry of group) entry.reject(error)
    } finally {
      for (const { item } of group) this.heldBytes -= this.limits.bytesOf(item)
      this.underWay--
      this.pump()
    }
  }
}
