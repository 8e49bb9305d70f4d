/**
 * Reads a message as it arrives, after DATA (RFC 5321 §4.1.1.4) or in the chunks of BDAT (RFC 3030): finds its end, takes
 * back dot-stuffing, and sees what no message may contain. Lines end in CRLF and in nothing else, whatever a chunk's
 * borders cut apart: servers that disagree on where a message ends can be made to send another one (SMTP smuggling).
 */
import { messageLimits } from './limits.ts'

export type MessageFault = 'bareReturn' | 'bareFeed' | 'nul' | 'longLine'

const dot = 0x2e
const nothing = Buffer.alloc(0)
/** Pieces are joined in groups of this many, so that tiny ones do not cost more than they hold. */
const piecesMax = 256

export class MessageReader {
  readonly framing: 'dots' | 'chunks'
  /** Bytes read so far, also of those thrown away. */
  sizeBytes = 0
  /** The first thing found that no message may contain. */
  fault: MessageFault | undefined
  private pieces: Buffer[] = []
  private joined = 0
  private isDiscarding = false
  /** The end of a chunk that only the next one explains: a CR, or a dot at the beginning of a line. */
  private carried: Buffer = nothing
  /** Bytes of the line under way that were kept before this chunk. */
  private lineBytes = 0

  constructor(framing: 'dots' | 'chunks') {
    this.framing = framing
  }

  /** From here on bytes are counted but not kept. */
  discard(): void {
    this.isDiscarding = true
    this.pieces = []
    this.joined = 0
  }

  /** Whether the fault leaves open where the message ends, so that nothing behind it can be read. */
  get isLost(): boolean {
    return this.fault === 'bareReturn' || this.fault === 'bareFeed'
  }

  /** Takes a chunk, which it may change. Answers what follows the message in it, once that is whole. */
  push(chunk: Buffer): Buffer | undefined {
    this.sizeBytes += chunk.length
    const bytes = this.carried.length === 0 ? chunk : Buffer.concat([this.carried, chunk])
    this.carried = nothing
    const rest = this.walk(bytes)
    if (rest !== undefined) this.sizeBytes -= rest.length
    return rest
  }

  /** The message; only once it is whole. */
  source(): Buffer {
    const [first] = this.pieces
    return this.pieces.length === 1 && first ? first : Buffer.concat(this.pieces)
  }

  /** After the last chunk of BDAT: a CR at its end has no LF, and a line without end is ended. */
  finishChunks(): void {
    if (this.carried.length > 0) this.fault ??= 'bareReturn'
    if (this.lineBytes > 0 && !this.isDiscarding) this.pieces.push(Buffer.from('\r\n'))
  }

  private walk(bytes: Buffer): Buffer | undefined {
    // Searching a string of single bytes costs half of what searching the buffer does.
    const text = bytes.toString('latin1')
    if (text.includes('\0')) this.fault ??= 'nul'
    const kept = new Compaction(bytes)
    let start = 0
    for (;;) {
      const opens = this.opensWithDot(text, start)
      const feed = text.indexOf('\n', start)
      const end = this.lineEnd(text, start, feed)
      if (end === undefined) return undefined
      if (feed < 0) {
        this.carry(kept, { start, end, opens })
        return undefined
      }
      if (opens && feed - start === 2) {
        this.keep(kept.finish(start))
        return bytes.subarray(feed + 1)
      }
      if (opens) kept.drop(start)
      this.measure(end - start - (opens ? 1 : 0))
      this.lineBytes = 0
      start = feed + 1
    }
  }

  private opensWithDot(text: string, start: number): boolean {
    return this.framing === 'dots' && this.lineBytes === 0 && text.charCodeAt(start) === dot
  }

  /** Where the line's content ends: before its CRLF, or before a CR that is the last byte; undefined when it is lost. */
  private lineEnd(text: string, start: number, feed: number): number | undefined {
    const firstReturn = text.indexOf('\r', start)
    const isWhole = feed >= 0 && firstReturn >= 0 && firstReturn === feed - 1
    const isBegun = feed < 0 && (firstReturn < 0 || firstReturn === text.length - 1)
    if (isWhole || isBegun) return firstReturn < 0 ? text.length : firstReturn
    const isFeed = feed >= 0 && (firstReturn < 0 || firstReturn > feed)
    this.fault = isFeed ? 'bareFeed' : 'bareReturn'
    this.discard()
    return undefined
  }

  /** Keeps the begun line at the end of a chunk, but for what only the next chunk explains. */
  private carry(
    kept: Compaction,
    { start, end, opens }: { start: number; end: number; opens: boolean },
  ): void {
    const isDotAlone = opens && end - start === 1
    const from = isDotAlone ? start : end
    if (opens && !isDotAlone) kept.drop(start)
    this.carried = Buffer.from(kept.bytes.subarray(from))
    this.measure(from - start - (opens && !isDotAlone ? 1 : 0))
    this.keep(kept.finish(from))
  }

  /** Adds to the line under way. */
  private measure(bytes: number): void {
    this.lineBytes += bytes
    if (this.lineBytes > messageLimits.lineBytesMax) this.fault ??= 'longLine'
  }

  private keep(piece: Buffer): void {
    if (this.isDiscarding || piece.length === 0) return
    this.pieces.push(piece)
    if (this.pieces.length - this.joined < piecesMax) return
    this.pieces.push(Buffer.concat(this.pieces.splice(this.joined)))
    this.joined = this.pieces.length
  }
}

/** Takes single bytes out of a buffer in place, each part moved once. */
class Compaction {
  readonly bytes: Buffer
  /** Bytes that stay, so far. */
  private length = 0
  /** Where the part begins that has not been moved yet. */
  private from = 0

  constructor(bytes: Buffer) {
    this.bytes = bytes
  }

  drop(at: number): void {
    this.move(at)
    this.from = at + 1
  }

  /** What stays of the bytes before `end`. */
  finish(end: number): Buffer {
    this.move(end)
    this.from = end
    return this.bytes.subarray(0, this.length)
  }

  private move(end: number): void {
    if (this.from !== this.length) this.bytes.copyWithin(this.length, this.from, end)
    this.length += end - this.from
  }
}
