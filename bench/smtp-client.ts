/** One kept SMTP connection that submits messages, each envelope pipelined (RFC 2920). */
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'

export interface SmtpLogin {
  user: string
  password: string
}

const replyMs = 30_000

export class SmtpConnection {
  private readonly socket: Socket
  private received = ''
  private readonly replies: string[] = []
  private readonly readers: { resolve(reply: string): void; reject(error: Error): void }[] = []
  private end: Error | undefined

  private constructor(port: number) {
    this.socket = connect(port, '127.0.0.1').setNoDelay(true)
    this.socket.setTimeout(replyMs, () =>
      this.socket.destroy(new Error(`no reply in ${replyMs / 1_000} s`)),
    )
    this.socket.on('data', (bytes) => this.take(bytes.toString('latin1')))
    this.socket.on('error', (error) => this.fail(error))
    this.socket.on('close', () => this.fail(new Error('connection closed')))
  }

  static async open(port: number, login?: SmtpLogin): Promise<SmtpConnection> {
    const connection = new SmtpConnection(port)
    await connection.expect('2')
    await connection.command('EHLO load.bench.test')
    if (login) {
      const secret = Buffer.from(`\0${login.user}\0${login.password}`).toString('base64')
      await connection.command(`AUTH PLAIN ${secret}`)
    }
    return connection
  }

  /** Rejects with the server's words when it refuses; the connection may then be used no more. */
  async submit(envelope: { from: string; to: string }, content: Buffer): Promise<void> {
    const { from, to } = envelope
    this.socket.write(`MAIL FROM:<${from}>\r\nRCPT TO:<${to}>\r\nDATA\r\n`)
    await this.expect('2')
    await this.expect('2')
    await this.expect('3')
    this.socket.cork()
    this.socket.write(content)
    this.socket.write('.\r\n')
    this.socket.uncork()
    await this.expect('2')
  }

  async close(): Promise<void> {
    if (this.end) return
    this.socket.end('QUIT\r\n')
    await once(this.socket, 'close')
  }

  destroy(): void {
    this.socket.destroy()
  }

  private async command(line: string): Promise<void> {
    this.socket.write(`${line}\r\n`)
    await this.expect('2')
  }

  private async expect(firstDigit: string): Promise<void> {
    const reply = await this.reply()
    if (!reply.startsWith(firstDigit)) throw new Error(reply)
  }

  private reply(): Promise<string> {
    const early = this.replies.shift()
    if (early !== undefined) return Promise.resolve(early)
    if (this.end) return Promise.reject(this.end)
    return new Promise((resolve, reject) => this.readers.push({ resolve, reject }))
  }

  /** Only the last line of a reply counts: its fourth character is a blank (RFC 5321 §4.2.1). */
  private take(text: string): void {
    this.received += text
    const lines = this.received.split('\r\n')
    this.received = lines.pop() ?? ''
    for (const line of lines) {
      if (line[3] === '-') continue
      const reader = this.readers.shift()
      if (reader) reader.resolve(line)
      else this.replies.push(line)
    }
  }

  private fail(error: Error): void {
    this.end ??= error
    for (const reader of this.readers.splice(0)) reader.reject(this.end)
  }
}
