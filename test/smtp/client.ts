/** A bare SMTP client for tests: sends exactly what it is given, reads line by line, and can put on TLS. */
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'

const patienceMs = 10_000

export class SmtpClient {
  socket: Socket
  /** The last one that came. */
  lastReply: string | undefined
  private received = ''
  private readonly lines: string[] = []
  private readonly readers: ((line: string | null) => void)[] = []
  private hasClosed = false

  private constructor(socket: Socket) {
    this.socket = socket
    this.listen()
  }

  static async open(port: number, host = '127.0.0.1'): Promise<SmtpClient> {
    const socket = connect({ port, host, noDelay: true })
    const client = new SmtpClient(socket)
    await once(socket, 'connect')
    return client
  }

  static async openTls(port: number): Promise<SmtpClient> {
    const socket = connectTls({ port, host: '127.0.0.1', rejectUnauthorized: false })
    const client = new SmtpClient(socket)
    await once(socket, 'secureConnect')
    return client
  }

  /** After the reply to STARTTLS. */
  async startTls(): Promise<void> {
    this.socket.removeAllListeners()
    this.socket.on('error', () => {})
    const secure = connectTls({ socket: this.socket, rejectUnauthorized: false })
    this.socket = secure
    this.listen()
    await once(secure, 'secureConnect')
  }

  write(bytes: string | Buffer): void {
    this.socket.write(bytes)
  }

  /** The next line without its CRLF; null once the other side has hung up. */
  line(): Promise<string | null> {
    const early = this.lines.shift()
    if (early !== undefined) return Promise.resolve(early)
    if (this.hasClosed) return Promise.resolve(null)
    return new Promise((resolve, reject) => {
      const late = setTimeout(() => reject(new Error('no line came')), patienceMs)
      this.readers.push((line) => {
        clearTimeout(late)
        resolve(line)
      })
    })
  }

  /** The next reply with all its lines; null once the other side has hung up. */
  async reply(): Promise<string | null> {
    const lines: string[] = []
    for (;;) {
      const line = await this.line()
      if (line === null) return null
      lines.push(line)
      if (line[3] === '-') continue
      this.lastReply = lines.join('\n')
      return this.lastReply
    }
  }

  ask(line: string): Promise<string | null> {
    this.write(`${line}\r\n`)
    return this.reply()
  }

  /** Reads the greeting, greets, and authenticates. */
  async signIn(key: string): Promise<void> {
    await this.reply()
    await this.ask('EHLO client.example')
    const plain = Buffer.from(`\0resend\0${key}`).toString('base64')
    const reply = await this.ask(`AUTH PLAIN ${plain}`)
    if (!reply?.startsWith('235')) throw new Error(`not authenticated: ${reply}`)
  }

  /** A whole message, its lines as they are; answers the reply to it. */
  async send(source: string | Buffer, recipients = ['ada@example.com']): Promise<string | null> {
    await this.ask('MAIL FROM:<bounces@example.org>')
    for (const recipient of recipients) await this.ask(`RCPT TO:<${recipient}>`)
    await this.ask('DATA')
    this.write(source)
    this.write('\r\n.\r\n')
    return this.reply()
  }

  close(): void {
    this.socket.destroy()
  }

  private listen(): void {
    const { socket } = this
    socket.on('data', (bytes: Buffer) => this.take(bytes.toString('latin1')))
    socket.on('error', () => {})
    socket.on('close', () => {
      this.hasClosed = true
      for (const reader of this.readers.splice(0)) reader(null)
    })
  }

  private take(text: string): void {
    const lines = (this.received + text).split('\r\n')
    this.received = lines.pop() ?? ''
    for (const line of lines) this.give(line)
  }

  private give(line: string): void {
    const reader = this.readers.shift()
    if (reader) reader(line)
    else this.lines.push(line)
  }
}
