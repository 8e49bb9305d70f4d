/** A sleep that can be ended: what wakes it while nobody sleeps ends the next sleep at once. */
export class Wake {
  private isCalled = false
  private end: (() => void) | undefined

  call(): void {
    this.isCalled = true
    this.end?.()
  }

  async sleep(atMostMs: number): Promise<void> {
    if (!this.isCalled) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, atMostMs)
        this.end = () => {
          clearTimeout(timer)
          resolve()
        }
      })
      this.end = undefined
    }
    this.isCalled = false
  }
}
