/** Bytes that a client has sent and nobody has taken yet. */
const nothing = Buffer.alloc(0)
const lineFeed = 0x0a
const carriageReturn = 0x0d

/** `bare` is a line ended by LF alone, or one with a CR in it: where it ends, servers disagree. */
export type Line =
  | { text: string; bytes: number }
  | { fault: 'tooLong' | 'bareFeed' | 'bareReturn' | 'control' | 'utf8' }

export class Input {
  private bytes: Buffer = nothing
  /** Within a line that is too long, up to its end. */
  private isSkipping = false

  get length(): number {
    return this.bytes.length
  }

  push(chunk: Buffer): void {
    this.bytes = this.bytes.length === 0 ? chunk : Buffer.concat([this.bytes, chunk])
  }

  /** Everything there is, up to `bytesMax`. */
  take(bytesMax = this.bytes.length): Buffer {
    const taken = this.bytes.subarray(0, bytesMax)
    this.bytes = this.bytes.length > bytesMax ? this.bytes.subarray(bytesMax) : nothing
    return taken
  }

  /** Puts back what was taken too much. */
  restore(rest: Buffer): void {
    if (rest.length > 0)
      this.bytes = this.bytes.length > 0 ? Buffer.concat([rest, this.bytes]) : rest
  }

  /** The next line, or undefined until it is whole; `bytesMax` counts its CRLF. */
  line(bytesMax: number): Line | undefined {
    const feed = this.bytes.indexOf(lineFeed)
    if (feed < 0) {
      if (this.bytes.length > bytesMax) {
        this.isSkipping = true
        // A CR may be the first half of the line's end.
        this.take(this.bytes.length - 1)
      }
      return undefined
    }
    const raw = this.take(feed + 1)
    if (this.isSkipping || raw.length > bytesMax) {
      this.isSkipping = false
      return { fault: 'tooLong' }
    }
    return readLine(raw)
  }

  clear(): void {
    this.bytes = nothing
    this.isSkipping = false
  }
}

function readLine(raw: Buffer): Line {
  const end = raw.length - 2
  const firstReturn = raw.indexOf(carriageReturn)
  if (firstReturn !== end || end < 0) {
    return { fault: firstReturn < 0 || firstReturn > end ? 'bareFeed' : 'bareReturn' }
  }
  const text = raw.toString('latin1', 0, end)
  if (/[\x00-\x1f\x7f]/.test(text)) return { fault: 'control' }
  if (!/[\x80-\xff]/.test(text)) return { text, bytes: raw.length }
  const decoded = raw.toString('utf8', 0, end)
  return decoded.includes('\ufffd') ? { fault: 'utf8' } : { text: decoded, bytes: raw.length }
}
