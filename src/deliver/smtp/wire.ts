/** One socket to a mail host: replies come out whole and in order, and its end is told once. */
import type { Socket } from 'node:net'
import { connect as connectTls, type SecureContext, type TLSSocket } from 'node:tls'
import type { Reply } from '../../mail/reply.ts'
import { ReplyReader } from './reply-reader.ts'

export interface WireOwner {
  replied(reply: Reply): void
  /** The wire is of no more use; said once, and never after `destroy`. */
  ended(reason: string): void
}

export interface SecureOptions {
  secureContext: SecureContext
  /** Empty where the host is known by its address only. */
  servername: string
  session: Buffer | undefined
  onSession: (session: Buffer) => void
  onSecure: (socket: TLSSocket) => void
}

/** A message up to here leaves in one write; a larger one in pieces, so that a host which stops reading is noticed. */
const wholeBytesMax = 262_144
const pieceBytes = 65_536

export class Wire {
  private socket: Socket
  private readonly reader = new ReplyReader()
  private owner: WireOwner
  private timer: NodeJS.Timeout | undefined
  private awaited: { seconds: number; what: string } | undefined
  private armed: { seconds: number; what: string } | undefined
  private isReading = false
  private over = false

  /** The socket is connected, or about to be. */
  constructor(socket: Socket, owner: WireOwner) {
    this.socket = socket
    this.owner = owner
    this.listen(socket)
  }

  handOver(owner: WireOwner): void {
    this.owner = owner
  }

  /** Ends the wire unless something is heard in time; each call replaces the one before. */
  expectWithin(seconds: number, what = 'reply'): void {
    this.awaited = { seconds, what }
    if (!this.isReading) this.arm()
  }

  /** Nothing is awaited any more. */
  relax(): void {
    this.awaited = undefined
    clearTimeout(this.timer)
  }

  write(text: string): void {
    if (!this.over) this.socket.write(text, 'utf8')
  }

  /**
   * `tail` is asked when the last of the message is about to leave, and leaves with it: the final dot and what may come
   * along. A large message waits for the host to read, piece by piece.
   */
  writeMessage(
    message: Buffer | Buffer[],
    { blockSeconds, tail }: { blockSeconds: number; tail: () => string },
  ): void {
    const parts = Array.isArray(message) ? message : [message]
    let bytes = 0
    for (const part of parts) bytes += part.length
    if (bytes > wholeBytesMax) {
      this.writePieces(pieces(parts), { blockSeconds, tail })
      return
    }
    this.socket.cork()
    for (const part of parts) this.socket.write(part)
    this.socket.write(tail(), 'utf8')
    this.socket.uncork()
  }

  private writePieces(
    left: Iterator<Buffer>,
    { blockSeconds, tail }: { blockSeconds: number; tail: () => string },
  ): void {
    this.expectWithin(blockSeconds, 'progress of the message')
    while (!this.over) {
      const { value, done } = left.next()
      if (done) {
        this.write(tail())
        return
      }
      if (this.socket.write(value)) continue
      this.socket.once('drain', () => this.writePieces(left, { blockSeconds, tail }))
      return
    }
  }

  /** After a 220 to STARTTLS; whatever was heard in clear behind that 220 ends the wire, and false is the answer. */
  startTls(options: SecureOptions): boolean {
    if (!this.reader.isEmpty) {
      this.end('the host spoke in clear after STARTTLS')
      return false
    }
    const { socket: plain } = this
    plain.removeAllListeners()
    // Errors of the plain socket reach the secure one too; unheard here they would end the process.
    plain.on('error', () => undefined)
    const { secureContext, servername, session } = options
    const secure = connectTls({
      socket: plain,
      secureContext,
      // Certificates of mail hosts prove nothing without DANE or MTA-STS: opportunistic, RFC 7435.
      rejectUnauthorized: false,
      ...(servername === '' ? {} : { servername }),
      ...(session ? { session } : {}),
    })
    this.socket = secure
    secure.on('session', options.onSession)
    secure.once('secureConnect', () => options.onSecure(secure))
    this.listen(secure)
    return true
  }

  /** Says goodbye and leaves; the owner hears no more of it. */
  quit(seconds: number): void {
    if (this.over) return
    this.over = true
    clearTimeout(this.timer)
    const { socket } = this
    const timer = setTimeout(() => socket.destroy(), seconds * 1000)
    socket.once('close', () => clearTimeout(timer))
    socket.end('QUIT\r\n')
  }

  destroy(): void {
    this.over = true
    clearTimeout(this.timer)
    this.socket.destroy()
  }

  /** Ends it from our side with a reason that the owner is told. */
  end(reason: string): void {
    if (this.over) return
    this.destroy()
    this.owner.ended(reason)
  }

  private listen(socket: Socket): void {
    socket.on('data', (chunk: Buffer) => this.read(chunk))
    socket.on('end', () => this.end('the host closed the connection'))
    socket.on('close', () => this.end('the host closed the connection'))
    socket.on('error', (error: NodeJS.ErrnoException) => this.end(failureText(error.code)))
  }

  private read(chunk: Buffer): void {
    if (this.over) return
    this.reader.push(chunk)
    this.isReading = true
    while (!this.over) {
      const reply = this.reader.next()
      if (reply === undefined) break
      if (reply === 'malformed') this.end('the host sent a malformed reply')
      else this.owner.replied(reply)
    }
    this.isReading = false
    this.arm()
  }

  /** Replies come many at once: only what is awaited after the last of them needs a timer. */
  private arm(): void {
    const { awaited } = this
    if (this.over || awaited === this.armed) return
    this.armed = awaited
    clearTimeout(this.timer)
    if (!awaited) return
    const { seconds, what } = awaited
    this.timer = setTimeout(() => this.end(`no ${what} within ${seconds} s`), seconds * 1000)
  }
}

function* pieces(parts: Buffer[]): Generator<Buffer> {
  for (const part of parts) {
    for (let start = 0; start < part.length; start += pieceBytes) {
      yield part.subarray(start, start + pieceBytes)
    }
  }
}

const failures: Record<string, string> = {
  ECONNREFUSED: 'the connection was refused',
  ECONNRESET: 'the connection was reset',
  EPIPE: 'the connection was reset',
  EHOSTUNREACH: 'there is no way to the host',
  ENETUNREACH: 'there is no way to the network of the host',
  ETIMEDOUT: 'the connection timed out',
}

/** The code only: messages of errors quote addresses. */
function failureText(code: string | undefined): string {
  return failures[code ?? ''] ?? `the connection failed (${code ?? 'no code'})`
}
