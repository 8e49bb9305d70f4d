/** One destination: what waits for it, first come first served, and the connections it is carried over. */
import { Connection, type ConnectionOwner } from './connection.ts'
import {
  type NotOpened,
  type Opened,
  type OpenSettings,
  openConnection,
  type TlsMemory,
} from './open-connection.ts'
import type { Waiting } from './running.ts'
import type { Slots, SlotUser } from './slots.ts'
import { type Answer, NotAttempted } from './transaction.ts'

export interface DestinationSettings extends OpenSettings {
  connectionsMax: number
  idleSeconds: number
  messagesPerConnection: number
  /** After a failure the host is left alone for so long, then twice as long, up to the second figure. */
  backoffSeconds: number
  backoffSecondsMax: number
  /** What has not begun by then is given back to the caller. */
  waitSeconds: number
  waitingMax: number
}

/** While a destination without a connection waits in line, one that carried so many makes room. */
const carriedWhenContested = 50

interface Failure extends NotOpened {
  durationMs: number
}

export class Destination implements ConnectionOwner, SlotUser {
  /** Transactions waiting and under way. */
  inFlight = 0
  private readonly address: { host: string; port: number }
  private readonly slots: Slots
  private readonly settings: DestinationSettings
  private readonly waiting: Waiting[] = []
  private readonly connections = new Set<Connection>()
  private readonly idleConnections = new Map<Connection, NodeJS.Timeout>()
  private readonly tlsMemory: TlsMemory = { session: undefined, clearUntilMs: 0 }
  private readonly aborter = new AbortController()
  private opening = 0
  private failuresInRow = 0
  /** Why the host is left alone, and until when. */
  private failure: Failure | undefined
  private deadUntilMs = 0
  /** It refused one connection more, while others go on. */
  private crowdedUntilMs = 0
  private waitTimer: NodeJS.Timeout | undefined
  private stopping = false

  constructor(
    address: { host: string; port: number },
    slots: Slots,
    settings: DestinationSettings,
  ) {
    this.address = address
    this.slots = slots
    this.settings = settings
  }

  /** Nothing is under way, and nothing learnt would be lost with it. */
  get isForgettable(): boolean {
    const learntUntilMs = Math.max(this.deadUntilMs, this.tlsMemory.clearUntilMs)
    return this.inFlight === 0 && this.isStarving && this.settings.clock.now() >= learntUntilMs
  }

  get isStarving(): boolean {
    return this.connections.size === 0 && this.opening === 0
  }

  add({ job, resolve, reject }: Pick<Waiting, 'job' | 'resolve' | 'reject'>): void {
    const { clock, waitingMax } = this.settings
    const waiting: Waiting = {
      job,
      enqueuedAtMs: clock.now(),
      lostConnections: 0,
      resolve: (answer) => {
        this.settle(answer)
        resolve(answer)
      },
      reject: (error) => {
        this.inFlight -= 1
        reject(error)
      },
    }
    this.inFlight += 1
    if (this.waiting.length >= waitingMax) {
      waiting.reject(new NotAttempted('too many messages wait for this host'))
    } else if (this.failure && waiting.enqueuedAtMs < this.deadUntilMs) {
      this.giveUp(waiting, { ...this.failure, durationMs: 0 })
    } else {
      this.waiting.push(waiting)
      this.watchQueue()
      this.pump()
    }
  }

  /** Gives work to idle connections, and opens more while what waits asks for them. */
  pump(): void {
    while (!this.stopping && this.waiting.length > 0) {
      const connection = this.lastIdle()
      if (!connection) break
      this.leaveIdle(connection)
      connection.run()
    }
    while (this.wantsConnection() && this.slots.claim(this)) this.open()
  }

  closeIdle(): boolean {
    const [connection] = this.idleConnections.keys()
    connection?.quit()
    return connection !== undefined
  }

  /** Nothing new begins; what is under way may finish. */
  drain(): void {
    this.stopping = true
    clearTimeout(this.waitTimer)
    for (const waiting of this.waiting.splice(0)) waiting.reject(stopping())
    this.aborter.abort()
    for (const connection of [...this.idleConnections.keys()]) connection.quit()
  }

  cut(): void {
    for (const connection of [...this.connections]) connection.cut()
  }

  take(connection: Connection): Waiting | undefined {
    return this.shouldClose(connection) ? undefined : this.waiting.shift()
  }

  idle(connection: Connection): void {
    if (this.shouldClose(connection) || this.slots.isContested) {
      connection.quit()
      return
    }
    const timer = setTimeout(() => connection.quit(), this.settings.idleSeconds * 1000)
    this.idleConnections.set(connection, timer)
    this.slots.offer(this)
  }

  giveBack(waiting: Waiting): void {
    if (this.stopping) waiting.reject(stopping())
    else {
      this.waiting.unshift(waiting)
      this.watchQueue()
    }
  }

  closed(connection: Connection, hostFailed: string | undefined): void {
    this.leaveIdle(connection)
    this.connections.delete(connection)
    if (hostFailed !== undefined) {
      const { remoteAddress } = connection
      const failed = { phase: 'connect', reason: hostFailed, lacksTls: false } as const
      this.failed({ ...failed, remoteAddress, conversation: [], durationMs: 0 })
    }
    this.slots.release()
    this.pump()
  }

  private settle(answer: Answer): void {
    this.inFlight -= 1
    if (answer.kind !== 'answered') return
    this.failuresInRow = 0
    this.failure = undefined
  }

  /** The last one used goes first, so that those not needed grow old and close. */
  private lastIdle(): Connection | undefined {
    return [...this.idleConnections.keys()].at(-1)
  }

  private leaveIdle(connection: Connection): void {
    clearTimeout(this.idleConnections.get(connection))
    this.idleConnections.delete(connection)
    if (this.idleConnections.size === 0) this.slots.withdraw(this)
  }

  private shouldClose({ carried }: Connection): boolean {
    if (this.stopping || carried >= this.settings.messagesPerConnection) return true
    if (!this.slots.isContested || carried === 0) return false
    return this.connections.size > 1 || carried >= carriedWhenContested
  }

  /** Doubles from one, so that a dead host holds a single slot and a live one soon has all it may. */
  private wantsConnection(): boolean {
    const { connections, opening } = this
    if (this.stopping || this.waiting.length <= opening) return false
    if (connections.size + opening >= this.settings.connectionsMax) return false
    if (connections.size > 0 && this.settings.clock.now() < this.crowdedUntilMs) return false
    return opening < Math.max(1, connections.size)
  }

  private open(): void {
    const { clock } = this.settings
    const { address, tlsMemory, aborter } = this
    const startedAtMs = clock.now()
    this.opening += 1
    openConnection({ ...address, tlsMemory, signal: aborter.signal }, this.settings).then(
      (result) => {
        this.opening -= 1
        if ('wire' in result) this.opened(result)
        else {
          this.failed({ ...result, durationMs: clock.now() - startedAtMs })
          this.slots.release()
          this.pump()
        }
      },
      (bug: Error) => {
        this.opening -= 1
        for (const waiting of this.waiting.splice(0)) waiting.reject(bug)
        this.slots.release()
      },
    )
  }

  private opened(opened: Opened): void {
    const { patience, clock } = this.settings
    const connection = new Connection(opened, this, { host: this.address.host, patience, clock })
    this.connections.add(connection)
    connection.run()
    this.pump()
  }

  private failed(failure: Failure): void {
    const { clock, backoffSeconds, backoffSecondsMax } = this.settings
    this.failuresInRow += 1
    const seconds = Math.min(backoffSeconds * 2 ** (this.failuresInRow - 1), backoffSecondsMax)
    this.crowdedUntilMs = clock.now() + seconds * 1000
    if (!this.isStarving || this.stopping) return
    this.failure = failure
    this.deadUntilMs = this.crowdedUntilMs
    for (const waiting of this.waiting.splice(0)) this.giveUp(waiting, failure)
  }

  private giveUp({ resolve }: Waiting, failure: Failure): void {
    const { conversation, ...facts } = failure
    const { host } = this.address
    resolve({ kind: 'unreachable', ...facts, host, tls: null, conversation: [...conversation] })
  }

  private watchQueue(): void {
    const oldest = this.waiting[0]
    if (this.waitTimer || !oldest) return
    const { clock, waitSeconds } = this.settings
    const waitedMs = clock.now() - oldest.enqueuedAtMs
    this.waitTimer = setTimeout(
      () => {
        this.waitTimer = undefined
        this.releaseLate()
        this.watchQueue()
      },
      Math.max(0, waitSeconds * 1000 - waitedMs) + 1,
    )
    this.waitTimer.unref()
  }

  private releaseLate(): void {
    const { clock, waitSeconds } = this.settings
    const lateMs = clock.now() - waitSeconds * 1000
    while (this.waiting[0] && this.waiting[0].enqueuedAtMs <= lateMs) {
      this.waiting.shift()?.reject(new NotAttempted('the message waited too long for its turn'))
    }
  }
}

function stopping(): NotAttempted {
  return new NotAttempted('delivery is stopping')
}
