/**
 * One SMTP session of the local inbox: RFC 5321 with PIPELINING (RFC 2920), replies always in
 * order.
 */
import type { Socket } from 'node:net'
import { BodyReader } from './body-reader.ts'
import { type Command, readCommand, readPath } from './command.ts'
import { smtpLimits } from './limits.ts'
import { sandboxDomain, simulationFor } from './simulated.ts'

export interface Received {
  /** Empty for the null return path. */
  returnPath: string
  recipients: string[]
  source: Buffer
}

export interface SessionDeps {
  /** Resolves once the message is written. */
  keep: (received: Received) => Promise<void>
  /** Counts the bytes of all sessions together; false when there is no room for more. */
  reserve: (bytes: number) => boolean
  release: (bytes: number) => void
  onTrouble: (error: unknown) => void
  slowMs: number
}

const newline = 0x0a
const carriageReturn = 0x0d
const nothing = Buffer.alloc(0)

const extensions = [
  `${sandboxDomain} at your service`,
  'PIPELINING',
  `SIZE ${smtpLimits.messageBytesMax}`,
  '8BITMIME',
  'SMTPUTF8',
  'ENHANCEDSTATUSCODES',
]
const ehloReply = extensions
  .map((line, i) => `250${i === extensions.length - 1 ? ' ' : '-'}${line}`)
  .join('\r\n')

const mailParameters = new Set(['SIZE', 'BODY', 'SMTPUTF8'])

export class Session {
  private readonly socket: Socket
  private readonly deps: SessionDeps
  private input: Buffer = nothing
  private output = ''
  private greeted = false
  private returnPath: string | null = null
  private recipients: string[] = []
  private body: BodyReader | null = null
  private bodyRefusal: string | null = null
  private reservedBytes = 0
  /** While it waits for the disk, a timer or the client's reading, input is left alone. */
  private waiting = false
  private keeping = false
  private stopping = false
  private slowTimer: NodeJS.Timeout | undefined

  constructor(socket: Socket, deps: SessionDeps) {
    this.socket = socket
    this.deps = deps
    socket.setTimeout(smtpLimits.idleMs, () => this.end('421 4.4.2 Nothing heard for 5 minutes'))
    socket.on('data', (chunk: Buffer) => {
      if (socket.writableEnded) return
      this.input = this.input.length === 0 ? chunk : Buffer.concat([this.input, chunk])
      this.consume()
    })
    // A client that goes away is no trouble of ours; `close` follows and tidies up.
    socket.on('error', () => socket.destroy())
    socket.on('close', () => this.forget())
    this.say(`220 ${sandboxDomain} ESMTP Postern local inbox`)
    this.flush()
  }

  /** Ends after the message at hand, if there is one. */
  stop(): void {
    this.stopping = true
    if (!this.waiting) this.end('421 4.3.2 The local inbox is stopping')
  }

  private consume(): void {
    while (!this.waiting && !this.socket.writableEnded && this.input.length > 0) {
      const moved = this.body ? this.readBody(this.body) : this.readLine()
      if (!moved) break
    }
    this.flush()
  }

  private readLine(): boolean {
    const at = this.input.indexOf(newline)
    if (at < 0) {
      if (this.input.length > smtpLimits.commandBytesMax) this.end('500 5.5.2 Line too long')
      return false
    }
    const lineEnd = this.input[at - 1] === carriageReturn ? at - 1 : at
    const line = this.input.toString('utf8', 0, lineEnd)
    this.input = this.input.subarray(at + 1)
    if (lineEnd > smtpLimits.commandBytesMax) this.say('500 5.5.2 Line too long')
    else this.answer(readCommand(line))
    return true
  }

  private answer(command: Command): void {
    const reply = this.obey(command)
    if (reply !== null) this.say(reply)
  }

  /** The reply; null when it comes later. */
  private obey(command: Command): string | null {
    switch (command.verb) {
      case 'EHLO':
      case 'HELO':
        this.reset()
        this.greeted = true
        return command.verb === 'EHLO' ? ehloReply : `250 ${sandboxDomain}`
      case 'MAIL':
        return this.mail(command.argument)
      case 'RCPT':
        return this.recipient(command.argument)
      case 'DATA':
        return this.data()
      case 'RSET':
        this.reset()
        return '250 2.0.0 Reset'
      case 'NOOP':
        return '250 2.0.0 Ok'
      case 'VRFY':
        return '252 2.5.1 Any recipient is accepted'
      case 'QUIT':
        this.end('221 2.0.0 Bye')
        return null
      default:
        return '500 5.5.1 Unknown command'
    }
  }

  private mail(argument: string): string {
    if (!this.greeted) return '503 5.5.1 EHLO first'
    if (this.returnPath !== null) return '503 5.5.1 A message is already under way'
    const path = readPath(argument, 'FROM:')
    if (!path) return '501 5.5.4 The form is MAIL FROM:<address>'
    for (const name of path.parameters.keys()) {
      if (!mailParameters.has(name)) return '555 5.5.4 Unknown parameter of MAIL'
    }
    if (Number(path.parameters.get('SIZE') ?? 0) > smtpLimits.messageBytesMax) return tooLarge
    this.returnPath = path.address
    return '250 2.1.0 Sender accepted'
  }

  private recipient(argument: string): string | null {
    if (this.returnPath === null) return '503 5.5.1 MAIL first'
    const path = readPath(argument, 'TO:')
    if (!path || path.address === '') return '501 5.5.4 The form is RCPT TO:<address>'
    if (path.parameters.size > 0) return '555 5.5.4 Unknown parameter of RCPT'
    if (this.recipients.length >= smtpLimits.recipientsMax) {
      return `452 4.5.3 A message may have ${smtpLimits.recipientsMax} recipients`
    }
    const simulation = simulationFor(path.address)
    if (simulation.kind !== 'refuse') this.recipients.push(path.address)
    if (simulation.kind !== 'slow') return simulation.reply
    this.waitForTimer(simulation.reply)
    return null
  }

  private waitForTimer(reply: string): void {
    this.pause()
    this.slowTimer = setTimeout(() => this.resume(reply), this.deps.slowMs)
  }

  private data(): string {
    if (this.returnPath === null) return '503 5.5.1 MAIL first'
    if (this.recipients.length === 0) return '554 5.5.1 No recipient was accepted'
    this.body = new BodyReader()
    return '354 End with a line that holds only a dot'
  }

  private readBody(body: BodyReader): boolean {
    const consumed = body.push(this.input)
    const takenBytes = consumed < 0 ? this.input.length : consumed
    this.input = consumed < 0 ? nothing : this.input.subarray(consumed)
    this.account(body, takenBytes)
    if (consumed < 0) return true
    if (this.bodyRefusal !== null) {
      this.say(this.bodyRefusal)
      this.reset()
      return true
    }
    this.keep(body.source())
    return true
  }

  /** A message that is too large, or has no room now, is read to its end and then refused. */
  private account(body: BodyReader, bytes: number): void {
    if (this.bodyRefusal !== null) return
    if (body.sizeBytes > smtpLimits.messageBytesMax) this.bodyRefusal = tooLarge
    else if (this.deps.reserve(bytes)) this.reservedBytes += bytes
    else this.bodyRefusal = '452 4.3.1 Too much is being received right now; try again'
    if (this.bodyRefusal === null) return
    body.discard()
    this.releaseBytes()
  }

  private keep(source: Buffer): void {
    const received = { returnPath: this.returnPath ?? '', recipients: this.recipients, source }
    this.body = null
    this.keeping = true
    this.pause()
    this.deps.keep(received).then(
      () => this.finish('250 2.0.0 Kept in the local inbox'),
      (error: unknown) => {
        this.deps.onTrouble(error)
        this.finish('451 4.3.0 The message could not be written; try again')
      },
    )
  }

  private finish(reply: string): void {
    this.keeping = false
    this.reset()
    this.resume(reply)
  }

  private pause(): void {
    this.waiting = true
    this.socket.pause()
  }

  private resume(reply: string): void {
    this.waiting = false
    if (this.socket.destroyed) return
    this.say(reply)
    if (this.stopping) {
      this.end('421 4.3.2 The local inbox is stopping')
    } else {
      this.socket.resume()
      this.consume()
    }
  }

  private say(reply: string): void {
    this.output += `${reply}\r\n`
  }

  private flush(): void {
    if (this.output === '' || this.socket.writableEnded) return
    this.socket.write(this.output)
    this.output = ''
    if (this.socket.writableLength <= smtpLimits.unreadBytesMax || this.waiting) return
    this.pause()
    this.socket.once('drain', () => {
      this.waiting = false
      this.socket.resume()
      this.consume()
    })
  }

  private end(reply: string): void {
    if (this.socket.writableEnded) return
    this.say(reply)
    this.socket.end(this.output)
    // A client that never hangs up must not hold its connection.
    this.socket.destroySoon()
    this.output = ''
  }

  private reset(): void {
    this.returnPath = null
    this.recipients = []
    this.body = null
    this.bodyRefusal = null
    this.releaseBytes()
  }

  private releaseBytes(): void {
    this.deps.release(this.reservedBytes)
    this.reservedBytes = 0
  }

  private forget(): void {
    clearTimeout(this.slowTimer)
    this.input = nothing
    if (!this.keeping) this.reset()
  }
}

const tooLarge = `552 5.3.4 A message may have ${smtpLimits.messageBytesMax} bytes`
