/** A session's socket: replies of a burst leave in one write, TLS may be put on, and the last reply is given time to arrive. */
import type { Socket } from 'node:net'
import { type SecureContext, TLSSocket } from 'node:tls'
import type { Reply } from './replies.ts'

export interface WireOwner {
  take(chunk: Buffer): void
  /** What was written has left. */
  drained(): void
  secured(): void
  /** The client says no more, and may still listen. */
  heardLast(): void
  closed(): void
}

export class Wire {
  isSecure = false
  /** No more is read or said. */
  isEnded = false
  private socket: Socket
  private readonly owner: WireOwner
  private readonly unreadBytesMax: number
  private output = ''
  private isPaused = false

  constructor(socket: Socket, owner: WireOwner, unreadBytesMax: number) {
    this.socket = socket
    this.owner = owner
    this.unreadBytesMax = unreadBytesMax
  }

  listen(): void {
    this.watch()
    this.read()
  }

  /** Whether the client leaves too many replies unread for more to be written. */
  get isFull(): boolean {
    return this.socket.writableLength > this.unreadBytesMax
  }

  say(reply: Reply): void {
    this.output += `${reply}\r\n`
  }

  flush(): void {
    if (this.output === '' || this.isEnded) return
    this.socket.write(this.output, 'latin1')
    this.output = ''
  }

  /** Says a last reply, if there is one, and hangs up. */
  end(reply?: Reply): void {
    if (this.isEnded) return
    if (reply !== undefined) this.say(reply)
    const { output } = this
    this.output = ''
    this.isEnded = true
    this.resume()
    this.socket.end(output, 'latin1')
  }

  destroy(): void {
    this.isEnded = true
    this.socket.destroy()
  }

  pause(): void {
    this.isPaused = true
    this.socket.pause()
  }

  resume(): void {
    if (!this.isPaused) return
    this.isPaused = false
    this.socket.resume()
  }

  /** Everything from here on is TLS; `secured` follows when the handshake is done. */
  secure(context: SecureContext): void {
    const plain = this.socket
    for (const event of ['data', 'drain', 'end', 'close']) plain.removeAllListeners(event)
    const secure = new TLSSocket(plain, { isServer: true, secureContext: context })
    this.socket = secure
    secure.once('secure', () => {
      this.isSecure = true
      this.owner.secured()
      this.read()
    })
    // A handshake that fails is told by this event and not by `error`.
    secure.once('_tlsError', () => secure.destroy())
    this.watch()
  }

  private read(): void {
    this.socket.on('data', (chunk: Buffer) => {
      // What comes after the last reply is read and thrown away, so that no reset overtakes it.
      if (!this.isEnded) this.owner.take(chunk)
    })
    this.socket.on('drain', () => this.owner.drained())
  }

  /** A client that goes away is no trouble of ours. */
  private watch(): void {
    const { socket } = this
    socket.on('error', () => socket.destroy())
    socket.on('end', () => this.owner.heardLast())
    socket.on('close', () => {
      this.isEnded = true
      this.owner.closed()
    })
  }
}
