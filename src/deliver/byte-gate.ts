/** Lets large messages into memory one after another, up to a sum of bytes; one that is larger than that goes alone. */
export class ByteGate {
  private readonly bytesMax: number
  private bytes = 0
  private readonly waiting: { bytes: number; enter: () => void }[] = []

  constructor(bytesMax: number) {
    this.bytesMax = bytesMax
  }

  async enter(bytes: number): Promise<void> {
    if (this.waiting.length === 0 && this.fits(bytes)) {
      this.bytes += bytes
      return
    }
    await new Promise<void>((enter) => this.waiting.push({ bytes, enter }))
  }

  leave(bytes: number): void {
    this.bytes -= bytes
    for (let next = this.waiting[0]; next && this.fits(next.bytes); next = this.waiting[0]) {
      this.waiting.shift()
      this.bytes += next.bytes
      next.enter()
    }
  }

  private fits(bytes: number): boolean {
    return this.bytes === 0 || this.bytes + bytes <= this.bytesMax
  }
}
