/**
 * A bare SMTP client for tests: writes exactly what it is given and reads replies one after
 * another.
 */
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { createInterface } from 'node:readline'

export class Dialogue {
  readonly socket: Socket
  private readonly lines: AsyncIterator<string>

  private constructor(socket: Socket) {
    this.socket = socket
    this.lines = createInterface({ input: socket, crlfDelay: Number.POSITIVE_INFINITY })[
      Symbol.asyncIterator
    ]()
  }

  static async open(port: number): Promise<Dialogue> {
    const socket = connect({ port, host: '127.0.0.1', noDelay: true })
    const dialogue = new Dialogue(socket)
    await once(socket, 'connect')
    // A host that is killed may reset its connections; a reply that does not come then says it.
    socket.on('error', () => socket.destroy())
    return dialogue
  }

  write(bytes: string | Buffer): void {
    this.socket.write(bytes)
  }

  /** The next reply with all its lines; null when the other side has hung up. */
  async reply(): Promise<string | null> {
    const lines: string[] = []
    for (;;) {
      const { value, done } = await this.lines.next()
      if (done) return null
      lines.push(value)
      if (value[3] !== '-') return lines.join('\n')
    }
  }

  async ask(line: string): Promise<string | null> {
    this.write(`${line}\r\n`)
    return this.reply()
  }

  /** Greets, and reads both replies. */
  async greet(): Promise<void> {
    await this.reply()
    await this.ask('EHLO client.example')
  }

  /** A whole message; answers the last reply. */
  async deliver(source: string | Buffer, recipient = 'ada@example.com'): Promise<string | null> {
    this.write(`MAIL FROM:<sender@example.com>\r\nRCPT TO:<${recipient}>\r\nDATA\r\n`)
    for (let i = 0; i < 3; i++) await this.reply()
    this.write(source)
    this.write('\r\n.\r\n')
    return this.reply()
  }

  close(): void {
    this.socket.destroy()
  }
}
