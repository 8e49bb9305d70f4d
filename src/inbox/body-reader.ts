/** Collects what follows DATA up to the line with a single dot (RFC 5321 §4.1.1.4, §4.5.2). */
const end = Buffer.from('\r\n.\r\n')
const stuffed = Buffer.from('\r\n.')
const dot = 0x2e
/** Pieces are joined in groups of this many, so that tiny ones do not cost more than they hold. */
const piecesMax = 256

export class BodyReader {
  /** Bytes read so far, also of those thrown away. */
  sizeBytes = 0
  private pieces: Buffer[] = []
  private joined = 0
  private discarding = false
  /**
   * The last four bytes at most. DATA's own end of line counts as the one before the first line.
   */
  private tail: Buffer = Buffer.from('\r\n')

  /** From here on bytes are counted but not kept. */
  discard(): void {
    this.discarding = true
    this.pieces = []
    this.joined = 0
  }

  /** Takes a chunk. Answers how many of its bytes belong to the body once it is whole, else -1. */
  push(chunk: Buffer): number {
    const consumed = this.endIn(chunk)
    const piece = consumed < 0 ? chunk : chunk.subarray(0, consumed)
    this.sizeBytes += piece.length
    if (!this.discarding) this.keep(piece)
    if (consumed < 0) this.tail = lastFour(this.tail, chunk)
    return consumed
  }

  /** The message as it was before dot-stuffing; only once it is whole. */
  source(): Buffer {
    const [first] = this.pieces
    const whole = this.pieces.length === 1 && first ? first : Buffer.concat(this.pieces)
    return unstuff(whole.subarray(0, Math.max(0, whole.length - 3)))
  }

  private endIn(chunk: Buffer): number {
    const seam = Buffer.concat([this.tail, chunk.subarray(0, end.length - 1)])
    const inSeam = seam.indexOf(end)
    if (inSeam >= 0) return inSeam + end.length - this.tail.length
    const inChunk = chunk.indexOf(end)
    return inChunk < 0 ? -1 : inChunk + end.length
  }

  private keep(piece: Buffer): void {
    this.pieces.push(piece)
    if (this.pieces.length - this.joined < piecesMax) return
    const loose = this.pieces.splice(this.joined)
    this.pieces.push(Buffer.concat(loose))
    this.joined = this.pieces.length
  }
}

function lastFour(tail: Buffer, chunk: Buffer): Buffer {
  if (chunk.length >= 4) return chunk.subarray(chunk.length - 4)
  const both = Buffer.concat([tail, chunk])
  return both.subarray(Math.max(0, both.length - 4))
}

/**
 * Removes the first dot of each line that begins with one; most messages have none and are not
 * copied.
 */
function unstuff(source: Buffer): Buffer {
  const parts: Buffer[] = []
  let from = source[0] === dot ? 1 : 0
  for (let at = source.indexOf(stuffed, from); at >= 0; at = source.indexOf(stuffed, from)) {
    parts.push(source.subarray(from, at + 2))
    from = at + 3
  }
  if (parts.length === 0) return source.subarray(from)
  parts.push(source.subarray(from))
  return Buffer.concat(parts)
}
