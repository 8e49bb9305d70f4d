/** One session of the scripted mail host: replies in order, as the script has it, and default ones where it is silent. */

import { readFileSync } from 'node:fs'
import type { Socket } from 'node:net'
import { createSecureContext, type SecureContext, TLSSocket } from 'node:tls'
import { type Move, pathOf, type Received, type Script, type Step, stepOf } from './mail-script.ts'

/** What a session needs of its host. */
export interface SessionHost {
  readonly script: Script | undefined
  readonly capabilities: string[]
  readonly keepsMessages: boolean
  readonly brokenTls: boolean
  note(command: string): void
  spokeEarly(): void
  secured(socket: TLSSocket): void
  received(message: Received): void
}

const newline = 0x0a
const nothing = Buffer.alloc(0)
const terminator = '\r\n.\r\n'
const idBytesMax = 8192
const carry = terminator.length - 1

let sharedContext: SecureContext | undefined

function secureContext(): SecureContext {
  const pem = readFileSync(new URL('./mail-host.pem', import.meta.url))
  sharedContext ??= createSecureContext({ key: pem, cert: pem })
  return sharedContext
}

export class MailSession {
  private socket: Socket
  private readonly host: SessionHost
  private readonly connection: number
  private input: Buffer = nothing
  private output = ''
  private busy = false
  private inMessage = false
  private parts: Buffer[] = []
  private partBytes = 0
  private mailFrom: string | undefined
  private recipients: string[] = []
  private messages = 0
  private wakers: (() => void)[] = []

  constructor(socket: Socket, host: SessionHost, connection: number) {
    this.socket = socket
    this.host = host
    this.connection = connection
    this.listen(socket)
    this.answer('greeting', '')
    this.consume()
  }

  private listen(socket: Socket): void {
    socket.on('data', (chunk: Buffer) => {
      const isEarly = this.busy && !this.host.capabilities.includes('PIPELINING')
      if (isEarly) this.host.spokeEarly()
      this.input = this.input.length === 0 ? chunk : Buffer.concat([this.input, chunk])
      this.wake()
      this.consume()
    })
    socket.on('error', () => socket.destroy())
    socket.on('close', () => this.wake())
  }

  private wake(): void {
    for (const wake of this.wakers.splice(0)) wake()
  }

  private async until(text: string): Promise<void> {
    while (!this.input.includes(text) && !this.socket.destroyed) {
      await new Promise<void>((resolve) => this.wakers.push(resolve))
    }
  }

  private consume(): void {
    while (!this.busy && !this.socket.destroyed) {
      const moved = this.inMessage ? this.readMessage() : this.readCommand()
      if (!moved) break
    }
    if (this.output !== '' && !this.socket.destroyed) this.socket.write(this.output)
    this.output = ''
  }

  private readCommand(): boolean {
    const at = this.input.indexOf(newline)
    if (at < 0) return false
    const line = this.input.toString('utf8', 0, at).trimEnd()
    this.input = this.input.subarray(at + 1)
    const isAlone = this.input.length === 0
    if (!isAlone && !this.host.capabilities.includes('PIPELINING')) this.host.spokeEarly()
    this.host.note(line)
    this.answer(stepOf(line), line)
    return true
  }

  private readMessage(): boolean {
    if (this.input.length === 0) return false
    if (this.partBytes === 0 && this.host.script && this.parts.length === 0) {
      this.parts.push(nothing)
      this.answer('message', '')
      return true
    }
    if (this.partBytes === 0 && this.input.subarray(0, 3).toString() === '.\r\n') {
      return this.endMessage(3)
    }
    const at = this.input.indexOf(terminator)
    if (at >= 0) {
      this.keep(at + 2)
      return this.endMessage(3)
    }
    // The last bytes may be the beginning of the end.
    if (this.input.length > carry) this.keep(this.input.length - carry)
    return false
  }

  private keep(bytes: number): void {
    const part = this.input.subarray(0, bytes)
    this.input = this.input.subarray(bytes)
    if (this.host.keepsMessages || this.partBytes < idBytesMax) this.parts.push(part)
    this.partBytes += bytes
  }

  private endMessage(dotBytes: number): boolean {
    this.input = this.input.subarray(dotBytes)
    this.inMessage = false
    this.messages += 1
    const text = Buffer.concat(this.parts).toString('latin1')
    this.answer('dot', this.host.keepsMessages ? text : text.slice(0, idBytesMax))
    return true
  }

  private answer(step: Step, text: string): void {
    const { script } = this.host
    if (!script) {
      this.act(step, { text, move: undefined })
      return
    }
    const { connection, messages: message } = this
    const move = script({ step, text, connection, message, until: (wanted) => this.until(wanted) })
    if (!(move instanceof Promise)) {
      this.act(step, { text, move })
      return
    }
    this.busy = true
    // What was answered before must not wait for this one.
    if (this.output !== '') this.socket.write(this.output)
    this.output = ''
    move.then((settled) => {
      this.busy = false
      if (this.socket.destroyed) return
      this.act(step, { text, move: settled })
      this.consume()
    })
  }

  private act(step: Step, { text, move }: { text: string; move: Move }): void {
    if (typeof move === 'object' && 'drop' in move) {
      this.socket.end(this.output, () => this.socket.destroy())
      this.output = ''
      this.busy = true
      return
    }
    const reply = typeof move === 'string' ? move : this.usual(step)
    if (typeof move === 'object') {
      this.busy = true
      return
    }
    if (step !== 'message') this.output += `${reply}\r\n`
    this.take(step, { text, reply })
  }

  private take(step: Step, { text, reply }: { text: string; reply: string }): void {
    const isYes = reply.startsWith('2')
    if (step === 'mail' && isYes) this.mailFrom = pathOf(text)
    if (step === 'rcpt' && isYes) this.recipients.push(pathOf(text))
    if (step === 'data' && reply.startsWith('354')) this.beginMessage()
    if (step === 'dot' && isYes) this.record(text)
    if (['dot', 'rset', 'ehlo', 'helo'].includes(step)) this.forgetEnvelope()
    if (step === 'starttls' && isYes) this.secure()
    if (step === 'quit' || reply.startsWith('421')) this.leave()
  }

  private forgetEnvelope(): void {
    this.mailFrom = undefined
    this.recipients = []
  }

  private beginMessage(): void {
    this.inMessage = true
    this.parts = []
    this.partBytes = 0
  }

  private record(text: string): void {
    const { keepsMessages } = this.host
    const unstuffed = keepsMessages ? text.replace(/(^|\n)\.\./g, '$1.') : ''
    this.host.received({
      mailFrom: this.mailFrom ?? '',
      recipients: this.recipients,
      source: keepsMessages ? Buffer.from(unstuffed, 'latin1') : nothing,
      secure: this.socket instanceof TLSSocket,
      connection: this.connection,
      id: /^Subject:.*\[pb:([^\]]+)\]/im.exec(text)?.[1],
    })
  }

  private secure(): void {
    const plain = this.socket
    plain.write(this.output)
    this.output = ''
    if (this.host.brokenTls) {
      plain.once('data', () => plain.end('This is not TLS\r\n'))
      this.busy = true
      return
    }
    plain.removeAllListeners('data')
    this.input = nothing
    const secure = new TLSSocket(plain, { isServer: true, secureContext: secureContext() })
    secure.once('secure', () => this.host.secured(secure))
    this.socket = secure
    this.listen(secure)
  }

  private leave(): void {
    this.busy = true
    this.socket.end(this.output)
    this.output = ''
  }

  private usual(step: Step): string {
    const { capabilities } = this.host
    switch (step) {
      case 'greeting':
        return '220 mail-host.test ESMTP'
      case 'ehlo':
        return lines('250', ['mail-host.test', ...this.offered(capabilities)])
      case 'starttls':
        return '220 2.0.0 Go ahead'
      case 'mail':
        return this.mailFrom === undefined ? '250 2.1.0 Ok' : '503 5.5.1 One at a time'
      case 'rcpt':
        return this.mailFrom === undefined ? '503 5.5.1 MAIL first' : '250 2.1.5 Ok'
      case 'data':
        return this.recipients.length > 0 ? '354 Go ahead' : '503 5.5.1 RCPT first'
      case 'dot':
        return '250 2.0.0 Taken'
      case 'quit':
        return '221 2.0.0 Bye'
      case 'other':
        return '500 5.5.1 Unknown command'
      default:
        return '250 2.0.0 Ok'
    }
  }

  private offered(capabilities: string[]): string[] {
    if (!(this.socket instanceof TLSSocket)) return capabilities
    return capabilities.filter((name) => name !== 'STARTTLS')
  }
}

function lines(code: string, texts: string[]): string {
  return texts.map((text, i) => `${code}${i < texts.length - 1 ? '-' : ' '}${text}`).join('\r\n')
}
