/** The two ports of submission, what all their sessions share, and the clock that looks after them. */
import { createServer, type Server, type Socket } from 'node:net'
import type { SecureContext } from 'node:tls'
import type { Clock } from '../lib/clock.ts'
import { Budget, Tally } from './budget.ts'
import type { SubmissionDoor } from './conversation.ts'
import { addressGroup, Failures, isLoopback } from './failures.ts'
import { type SmtpLimits, smtpLimits } from './limits.ts'
import { Pace } from './pace.ts'
import { type Reply, replies } from './replies.ts'
import { Session, type SessionDeps } from './session.ts'

export interface SmtpOptions {
  host: string
  /** 0 means any free port. */
  smtpPort: number
  smtpsPort: number
  hostname: string
  door: SubmissionDoor
  clock: Clock
  secureContext: () => SecureContext | undefined
  /** Whether AUTH is taken without TLS from this machine itself: while mail goes to the local inbox. */
  trustsLoopback: boolean
  onFault: (error: unknown) => void
  limits?: Partial<SmtpLimits>
}

export interface SmtpServer {
  ports: { smtp: number; smtps: number }
  /** Messages under way are finished, within the given time. */
  close: (graceMs: number) => Promise<void>
}

export async function startSmtp(options: SmtpOptions): Promise<SmtpServer> {
  const limits = { ...smtpLimits, ...options.limits }
  const sessions = new Sessions(options, limits)
  const smtp = sessions.server({ isImplicitTls: false })
  const smtps = sessions.server({ isImplicitTls: true })
  const ports = {
    smtp: await listen(smtp, options.smtpPort, options.host),
    smtps: await listen(smtps, options.smtpsPort, options.host),
  }
  const sweep = setInterval(() => sessions.tick(), limits.sweepMs)
  return {
    ports,
    close: async (graceMs) => {
      const closed = Promise.all([smtp, smtps].map(closeServer))
      sessions.stop()
      const deadline = setTimeout(() => sessions.destroy(), graceMs)
      await closed
      clearTimeout(deadline)
      clearInterval(sweep)
    },
  }
}

class Sessions {
  private readonly open = new Set<Session>()
  private readonly addresses: Tally
  private readonly options: SmtpOptions
  private readonly limits: SmtpLimits
  private readonly deps: SessionDeps

  constructor(options: SmtpOptions, limits: SmtpLimits) {
    const { clock, door, hostname, secureContext, onFault } = options
    this.options = options
    this.limits = limits
    this.addresses = new Tally(limits.sessionsPerAddressMax)
    this.deps = {
      hostname,
      limits,
      clock,
      door,
      secureContext,
      onFault,
      budget: new Budget(limits.messageBytesInFlightMax),
      failures: new Failures(clock, { max: limits.failuresMax, windowMs: limits.failuresMs }),
      pace: new Pace(clock, limits.paceMs),
      accounts: new Tally(limits.sessionsPerAccountMax),
    }
  }

  server({ isImplicitTls }: { isImplicitTls: boolean }): Server {
    // A client may say its last and still wait for the answer.
    const options = { noDelay: true, allowHalfOpen: true }
    return createServer(options, (socket) => this.welcome(socket, isImplicitTls))
  }

  tick(): void {
    const now = this.options.clock.now()
    for (const session of this.open) session.tick(now)
  }

  stop(): void {
    for (const session of this.open) session.stop()
  }

  destroy(): void {
    for (const session of this.open) session.destroy()
  }

  private welcome(socket: Socket, isImplicitTls: boolean): void {
    const address = socket.remoteAddress
    const group = addressGroup(address ?? '')
    const refusal = this.refusal(address, group)
    if (refusal !== undefined || address === undefined) {
      // Where TLS comes first there is nothing to say in clear.
      turnAway(socket, isImplicitTls ? '' : `${refusal}\r\n`)
      return
    }
    const isTrustedPlain = this.options.trustsLoopback && isLoopback(address)
    const session = new Session(socket, this.deps, {
      client: { address, group },
      isTrustedPlain,
      isImplicitTls,
      onClosed: () => {
        this.open.delete(session)
        this.addresses.leave(group)
      },
    })
    this.open.add(session)
  }

  /** A client without an address is gone already. */
  private refusal(address: string | undefined, group: string): Reply | undefined {
    if (address === undefined || this.open.size >= this.limits.sessionsMax) {
      return replies.tooManySessions
    }
    return this.addresses.enter(group) ? undefined : replies.tooManyFromAddress
  }
}

function turnAway(socket: Socket, lastWords: string): void {
  socket.on('error', () => socket.destroy())
  socket.resume()
  socket.end(lastWords)
  socket.destroySoon()
}

async function listen(server: Server, port: number, host: string): Promise<number> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen({ port, host }, () => {
      server.removeListener('error', reject)
      resolve()
    })
  })
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no TCP port was bound')
  return address.port
}

function closeServer(server: Server): Promise<void> {
  return new Promise((resolve) => server.close(() => resolve()))
}
