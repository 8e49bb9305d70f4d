/**
 * A mail host for tests: it does what its script says over real sockets, and records what it received. As a program,
 * `node test/support/mail-host.ts [--port N] [--tls] [--keep]` prints its port and then, for each line read on its standard
 * input, its counts as JSON; without --keep it forgets messages, so that 50,000 of them cost no memory but their ids.
 */
import { once } from 'node:events'
import { createServer, type Socket } from 'node:net'
import { createInterface } from 'node:readline'
import type { TLSSocket } from 'node:tls'
import { parseArgs } from 'node:util'
import type { Received, Script } from './mail-script.ts'
import { MailSession, type SessionHost } from './mail-session.ts'

export type { Heard, Move, Received, Script, Step } from './mail-script.ts'

export interface MailHostOptions {
  /** 0 or none: any free one. */
  port?: number
  /** What EHLO offers; STARTTLS works when it is among them. */
  capabilities?: string[]
  script?: Script
  /** false: count messages and forget them. */
  keepsMessages?: boolean
  /** Answers 220 to STARTTLS and then cannot do it. */
  brokenTls?: boolean
}

export interface MailHostCounts {
  /** Messages acknowledged with 2xx. */
  messages: number
  /** Different ids `[pb:RUN:SEQ]` in subjects, and messages whose id had come before. */
  unique: number
  duplicates: number
  connections: number
  open: number
}

export interface MailHost {
  readonly port: number
  /** May change at any moment; undefined restores the usual replies. */
  script: Script | undefined
  readonly capabilities: string[]
  readonly messages: Received[]
  /** Every command line, in the order of arrival. */
  readonly commands: string[]
  /** One for each handshake. */
  readonly handshakes: { resumed: boolean; servername: string | false | null }[]
  /** Times a client that was not offered PIPELINING sent more than one command, or spoke before its reply. */
  readonly earlyInputs: number
  readonly connections: number
  counts(): MailHostCounts
  /** Resolves once a condition on the host holds; it is looked at after every change. */
  until(condition: (host: MailHost) => boolean): Promise<void>
  /** Ends all connections at once. */
  dropAll(): void
  stop(): Promise<void>
}

export const usualCapabilities = [
  'PIPELINING',
  'SIZE 26214400',
  '8BITMIME',
  'SMTPUTF8',
  'ENHANCEDSTATUSCODES',
]

const commandsMax = 10_000

export async function startMailHost(options: MailHostOptions = {}): Promise<MailHost> {
  const sockets = new Set<Socket>()
  const server = createServer({ noDelay: true }, (socket) => host.accept(socket))
  server.on('connection', (socket) => {
    sockets.add(socket)
    socket.on('close', () => {
      sockets.delete(socket)
      host.changed()
    })
  })
  server.listen(options.port ?? 0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no TCP port was bound')
  const host = new ScriptedHost(address.port, options, sockets)
  host.onStop = () => new Promise((resolve) => server.close(() => resolve()))
  return host
}

class ScriptedHost implements MailHost, SessionHost {
  script: Script | undefined
  earlyInputs = 0
  connections = 0
  onStop: () => Promise<void> = () => Promise.resolve()
  readonly port: number
  readonly capabilities: string[]
  readonly keepsMessages: boolean
  readonly brokenTls: boolean
  readonly messages: Received[] = []
  readonly commands: string[] = []
  readonly handshakes: MailHost['handshakes'] = []
  private readonly sockets: Set<Socket>
  private readonly ids = new Set<string>()
  private readonly watchers = new Set<() => void>()
  private messageCount = 0
  private duplicates = 0

  constructor(port: number, options: MailHostOptions, sockets: Set<Socket>) {
    this.port = port
    this.sockets = sockets
    this.script = options.script
    this.capabilities = options.capabilities ?? [...usualCapabilities]
    this.brokenTls = options.brokenTls ?? false
    this.keepsMessages = options.keepsMessages ?? true
  }

  accept(socket: Socket): void {
    this.connections += 1
    new MailSession(socket, this, this.connections)
    this.changed()
  }

  note(command: string): void {
    if (this.keepsMessages && this.commands.length < commandsMax) this.commands.push(command)
    this.changed()
  }

  spokeEarly(): void {
    this.earlyInputs += 1
  }

  secured(socket: TLSSocket): void {
    // The property is there on the server's side (tls.TLSSocket), the type of @types/node lacks it.
    const { servername = null } = socket as { servername?: string | false | null }
    this.handshakes.push({ resumed: socket.isSessionReused(), servername })
  }

  received(message: Received): void {
    this.messageCount += 1
    if (this.keepsMessages) this.messages.push(message)
    if (message.id !== undefined) {
      if (this.ids.has(message.id)) this.duplicates += 1
      this.ids.add(message.id)
    }
    this.changed()
  }

  counts(): MailHostCounts {
    return {
      messages: this.messageCount,
      unique: this.ids.size,
      duplicates: this.duplicates,
      connections: this.connections,
      open: this.sockets.size,
    }
  }

  until(condition: (host: MailHost) => boolean): Promise<void> {
    return new Promise((resolve) => {
      const look = () => {
        if (!condition(this)) return
        this.watchers.delete(look)
        resolve()
      }
      this.watchers.add(look)
      look()
    })
  }

  changed(): void {
    for (const look of [...this.watchers]) look()
  }

  dropAll(): void {
    for (const socket of this.sockets) socket.destroy()
  }

  async stop(): Promise<void> {
    const stopped = this.onStop()
    this.dropAll()
    await stopped
  }
}

if (import.meta.main) {
  const { values } = parseArgs({
    options: {
      port: { type: 'string', default: '0' },
      tls: { type: 'boolean', default: false },
      keep: { type: 'boolean', default: false },
    },
  })
  const capabilities = values.tls ? [...usualCapabilities, 'STARTTLS'] : usualCapabilities
  const keepsMessages = values.keep
  const host = await startMailHost({ port: Number(values.port), capabilities, keepsMessages })
  process.stdout.write(`${host.port}\n`)
  createInterface({ input: process.stdin }).on('line', () => {
    process.stdout.write(`${JSON.stringify(host.counts())}\n`)
  })
}
