/** From a host's name to a connection that is ready for MAIL: lookup, connect, greeting, EHLO, STARTTLS. */
import { isIP, type Socket } from 'node:net'
import { createSecureContext, type SecureContext, type TLSSocket } from 'node:tls'
import type { Clock } from '../../lib/clock.ts'
import type { Reply } from '../../mail/reply.ts'
import { type Capabilities, noCapabilities, readCapabilities } from './capabilities.ts'
import { recordClient, recordServer } from './conversation.ts'
import type { Patience } from './patience.ts'
import type { Phase, TlsFacts } from './transaction.ts'
import { Wire, type WireOwner } from './wire.ts'

export interface OpenSettings {
  /** What EHLO says. */
  helloName: string
  tls: 'opportunistic' | 'require'
  /** A failed handshake is followed by clear connections to that host for so long. */
  clearSeconds: number
  patience: Patience
  clock: Clock
  lookup: (host: string) => Promise<string[]>
  connect: (address: { host: string; port: number }) => Socket
}

/** What one destination's earlier handshakes taught. */
export interface TlsMemory {
  session: Buffer | undefined
  clearUntilMs: number
}

export interface Opened {
  wire: Wire
  capabilities: Capabilities
  tls: TlsFacts | null
  remoteAddress: string
  conversation: string[]
}

export interface NotOpened {
  phase: Phase
  reason: string
  /** TLS was demanded and could not be had. */
  lacksTls: boolean
  remoteAddress: string | null
  conversation: string[]
}

export interface OpenTarget {
  host: string
  port: number
  tlsMemory: TlsMemory
  signal: AbortSignal
}

const addressesMax = 4

/** Made once: a context of its own for each handshake would cost a third more. No store of authorities is loaded. */
const secureContext: SecureContext = createSecureContext({ minVersion: 'TLSv1.2', ca: [] })

/** Tries the host's addresses in their order. A 4xx or 5xx greeting counts like no connection. */
export async function openConnection(
  target: OpenTarget,
  settings: OpenSettings,
): Promise<Opened | NotOpened> {
  const addresses = await findAddresses(target.host, settings)
  let failed: NotOpened = {
    phase: 'connect',
    reason: typeof addresses === 'string' ? addresses : 'the host has no address',
    lacksTls: false,
    remoteAddress: null,
    conversation: [],
  }
  if (typeof addresses === 'string') return failed
  for (const address of addresses.slice(0, addressesMax)) {
    if (target.signal.aborted) break
    const result = await openAt(address, target, settings)
    if ('wire' in result) return result
    failed = result
  }
  return failed
}

/** The addresses, or why there are none. */
async function findAddresses(host: string, settings: OpenSettings): Promise<string[] | string> {
  if (isIP(host) !== 0) return [host]
  const { connectSeconds } = settings.patience
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<string>((resolve) => {
    const text = `the name of the host was not resolved within ${connectSeconds} s`
    timer = setTimeout(() => resolve(text), connectSeconds * 1000)
  })
  const found = settings.lookup(host).catch(() => 'the name of the host could not be resolved')
  const addresses = await Promise.race([found, late])
  clearTimeout(timer)
  return addresses
}

async function openAt(
  address: string,
  target: OpenTarget,
  settings: OpenSettings,
): Promise<Opened | NotOpened> {
  const opening = new Opening(address, target, settings)
  const result = await opening.run()
  if ('wire' in result || !opening.mayRetryInClear) return result
  target.tlsMemory.clearUntilMs = settings.clock.now() + settings.clearSeconds * 1000
  target.tlsMemory.session = undefined
  return new Opening(address, target, settings).run()
}

/** The dialogue before the first transaction, one command at a time. */
class Opening implements WireOwner {
  /** The handshake failed, and the setting allows going on without. */
  mayRetryInClear = false
  private readonly address: string
  private readonly target: OpenTarget
  private readonly settings: OpenSettings
  private readonly conversation: string[] = []
  private readonly wire: Wire
  private phase: Phase = 'connect'
  private failure: string | undefined
  private wake: ((reply: Reply | undefined) => void) | undefined
  private tls: TlsFacts | null = null
  private lacksTls = false

  constructor(address: string, target: OpenTarget, settings: OpenSettings) {
    this.address = address
    this.target = target
    this.settings = settings
    const socket = settings.connect({ host: address, port: target.port })
    socket.setNoDelay(true)
    this.wire = new Wire(socket, this)
    this.wire.expectWithin(settings.patience.connectSeconds, 'connection')
    socket.once('connect', () => {
      this.phase = 'greeting'
      this.wire.expectWithin(settings.patience.greetingSeconds, 'greeting')
    })
  }

  async run(): Promise<Opened | NotOpened> {
    const cut = () => this.wire.end('delivery is stopping')
    this.target.signal.addEventListener('abort', cut, { once: true })
    const capabilities = await this.greet()
    this.target.signal.removeEventListener('abort', cut)
    const { wire, tls, address: remoteAddress, conversation, phase } = this
    if (capabilities && this.failure === undefined) {
      wire.relax()
      return { wire, capabilities, tls, remoteAddress, conversation }
    }
    wire.destroy()
    const reason = this.failure ?? 'the connection failed'
    return {
      phase,
      reason,
      lacksTls: this.lacksTls,
      remoteAddress: phase === 'connect' ? null : remoteAddress,
      conversation,
    }
  }

  replied(reply: Reply): void {
    recordServer(this.conversation, reply)
    const { wake } = this
    this.wake = undefined
    if (wake) wake(reply)
    // Only a 421 may come unasked (RFC 5321 §3.8); text behind a 220 to STARTTLS is an injection.
    else this.wire.end('the host spoke out of turn')
  }

  ended(reason: string): void {
    this.failure ??= reason
    this.wake?.(undefined)
    this.wake = undefined
  }

  private async greet(): Promise<Capabilities | undefined> {
    const greeting = await this.hear()
    if (greeting?.code !== 220) return this.refused('the connection', greeting)
    this.phase = 'ehlo'
    const capabilities = await this.hello()
    if (!capabilities) return undefined
    const { tls, clock } = this.settings
    const clear = tls !== 'require' && clock.now() < this.target.tlsMemory.clearUntilMs
    if (!capabilities.startTls) return tls === 'require' ? this.noTls() : capabilities
    return clear ? capabilities : this.secure(capabilities)
  }

  private async hello(): Promise<Capabilities | undefined> {
    const { helloName } = this.settings
    const extended = await this.ask(`EHLO ${helloName}`)
    if (extended?.code === 250) return readCapabilities(extended)
    if (!extended || extended.code < 500) return this.refused('EHLO', extended)
    const simple = await this.ask(`HELO ${helloName}`)
    return simple?.code === 250 ? noCapabilities : this.refused('HELO', simple)
  }

  /** RFC 3207: after the handshake everything known before is forgotten, so EHLO again. */
  private async secure(inClear: Capabilities): Promise<Capabilities | undefined> {
    this.phase = 'starttls'
    const reply = await this.ask('STARTTLS')
    if (!reply) return undefined
    if (reply.code !== 220) return this.settings.tls === 'require' ? this.noTls() : inClear
    const secured = await this.shakeHands()
    if (!secured) return undefined
    this.phase = 'ehlo'
    return this.hello()
  }

  private shakeHands(): Promise<boolean> {
    const { target, settings } = this
    if (this.failure !== undefined) return Promise.resolve(false)
    this.wire.expectWithin(settings.patience.handshakeSeconds, 'TLS handshake')
    return new Promise((resolve) => {
      let begun = false
      this.wake = () => {
        this.mayRetryInClear = begun && settings.tls === 'opportunistic' && !target.signal.aborted
        this.failure = `no TLS: ${this.failure}`
        this.lacksTls = settings.tls === 'require'
        resolve(false)
      }
      begun = this.wire.startTls({
        secureContext,
        servername: isIP(target.host) === 0 ? target.host : '',
        session: target.tlsMemory.session,
        onSession: (session) => {
          target.tlsMemory.session = session
        },
        onSecure: (socket) => {
          this.wake = undefined
          this.tls = tlsFacts(socket)
          resolve(true)
        },
      })
    })
  }

  private ask(command: string): Promise<Reply | undefined> {
    recordClient(this.conversation, command)
    this.wire.expectWithin(this.settings.patience.commandSeconds)
    this.wire.write(`${command}\r\n`)
    return this.hear()
  }

  /** undefined: the wire ended instead. */
  private hear(): Promise<Reply | undefined> {
    if (this.failure !== undefined) return Promise.resolve(undefined)
    return new Promise((resolve) => {
      this.wake = resolve
    })
  }

  private refused(what: string, reply: Reply | undefined): undefined {
    if (reply) this.failure ??= `${what} was answered with ${reply.code}`
  }

  private noTls(): undefined {
    this.lacksTls = true
    this.failure ??= 'no TLS: the host does not offer it'
  }
}

function tlsFacts(socket: TLSSocket): TlsFacts {
  const { standardName, name } = socket.getCipher()
  return { version: socket.getProtocol() ?? 'unknown', cipher: standardName ?? name }
}
