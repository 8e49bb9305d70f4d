/** Lets a few do something at once and some wait in line; who finds the line full is told so. */
export class Turns {
  private readonly atOnceMax: number
  private readonly waitingMax: number
  private atOnce = 0
  private readonly waiting: (() => void)[] = []

  constructor({ atOnceMax, waitingMax }: { atOnceMax: number; waitingMax: number }) {
    this.atOnceMax = atOnceMax
    this.waitingMax = waitingMax
  }

  get isFull(): boolean {
    return this.atOnce >= this.atOnceMax && this.waiting.length >= this.waitingMax
  }

  /** Ask `isFull` first: this one waits however long the line is. */
  async take<Result>(work: () => Promise<Result>): Promise<Result> {
    if (this.atOnce >= this.atOnceMax) {
      // Whoever leaves hands its place on, so the number stays.
      await new Promise<void>((resolve) => this.waiting.push(resolve))
    } else {
      this.atOnce++
    }
    try {
      return await work()
    } finally {
      const next = this.waiting.shift()
      if (next) next()
      else this.atOnce--
    }
  }
}
