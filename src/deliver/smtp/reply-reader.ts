/** Cuts what a host says into replies (RFC 5321 §4.2), and does not believe it about lengths. */
import { parseReply, type Reply } from '../../mail/reply.ts'

const lineBytesMax = 4096
const replyBytesMax = 65_536
const newline = 0x0a
const carriageReturn = 0x0d
const nothing = Buffer.alloc(0)

export class ReplyReader {
  private rest: Buffer = nothing
  private lines: string[] = []
  private replyBytes = 0

  push(chunk: Buffer): void {
    this.rest = this.rest.length === 0 ? chunk : Buffer.concat([this.rest, chunk])
  }

  /** Nothing was heard beyond the replies already taken. */
  get isEmpty(): boolean {
    return this.rest.length === 0 && this.lines.length === 0
  }

  /** The next whole reply; undefined when more must be heard first. */
  next(): Reply | 'malformed' | undefined {
    for (;;) {
      const at = this.rest.indexOf(newline)
      if ((at < 0 ? this.rest.length : at) > lineBytesMax) return 'malformed'
      if (at < 0) return undefined
      const end = at > 0 && this.rest[at - 1] === carriageReturn ? at - 1 : at
      const line = this.rest.toString('utf8', 0, end)
      this.rest = at + 1 === this.rest.length ? nothing : this.rest.subarray(at + 1)
      this.replyBytes += at + 1
      if (this.replyBytes > replyBytesMax) return 'malformed'
      this.lines.push(line)
      if (line[3] !== '-') return this.finish()
    }
  }

  private finish(): Reply | 'malformed' {
    const reply = parseReply(this.lines)
    this.lines = []
    this.replyBytes = 0
    return reply ?? 'malformed'
  }
}
