/** Cuts what a host says into replies (RFC 5321 §4.2), and does not believe it about lengths. */
import { parseReply, type Reply } from '../../mail/reply.ts'

const lineBytesMax = 4096
const replyBytesMax = 65_536
const repliesKnownMax = 8
const newline = 0x0a
const carriageReturn = 0x0d
const nothing = Buffer.alloc(0)

export class ReplyReader {
  private heard: Buffer = nothing
  /** Where the next line begins in what was heard. */
  private start = 0
  private lines: string[] = []
  private replyBytes = 0
  /** A host says the same to every MAIL and RCPT, so its first replies are parsed once. */
  private readonly known = new Map<string, Reply>()

  push(chunk: Buffer): void {
    const isEmpty = this.start === this.heard.length
    this.heard = isEmpty ? chunk : Buffer.concat([this.heard.subarray(this.start), chunk])
    this.start = 0
  }

  /** Nothing was heard beyond the replies already taken. */
  get isEmpty(): boolean {
    return this.start === this.heard.length && this.lines.length === 0
  }

  /** The next whole reply; undefined when more must be heard first. */
  next(): Reply | 'malformed' | undefined {
    for (;;) {
      const { heard, start } = this
      const at = heard.indexOf(newline, start)
      const lineBytes = (at < 0 ? heard.length : at) - start
      this.replyBytes += at < 0 ? 0 : lineBytes
      if (lineBytes > lineBytesMax || this.replyBytes > replyBytesMax) return 'malformed'
      if (at < 0) return undefined
      const end = at > start && heard[at - 1] === carriageReturn ? at - 1 : at
      const line = heard.toString('utf8', start, end)
      this.start = at + 1
      this.lines.push(line)
      if (line[3] !== '-') return this.finish(line)
    }
  }

  private finish(last: string): Reply | 'malformed' {
    const { lines, known } = this
    this.lines = []
    this.replyBytes = 0
    if (lines.length > 1) return parseReply(lines) ?? 'malformed'
    const before = known.get(last)
    if (before) return before
    const reply = parseReply(lines)
    if (reply && known.size < repliesKnownMax) known.set(last, reply)
    return reply ?? 'malformed'
  }
}
