/** The log of answered requests, written once a second in batches; a request never waits for it. */
import { sealClass, sealNamed } from '../../lib/seal.ts'
import type { Sender, Senders } from '../messages/sender.ts'
import { packClient } from './client.ts'
import type { RequestLine } from './queries.ts'
import { type Bodies, packBodies } from './read-requests.ts'

/** Takes notes of answered requests without delaying them. */
export interface RequestNotes {
  note(request: NotedRequest): void
}

export interface NotedRequest {
  sender: Sender
  id: string
  atMs: number
  method: string
  /** The pattern of the route, never the path. */
  route: string
  status: number
  durationMs: number
  clientAddress: string
  userAgent: string
  /** False for a request that was refused for where it came from. */
  isUse: boolean
  /** What may be kept of its bodies; null unless the account wants that. */
  exchange: NotedExchange | null
}

export interface NotedExchange {
  /** Of both bodies as they were on the wire. */
  bytes: number
  /** Without their secrets; asked for when there is time. */
  bodies(): Bodies
}

/** Writes lines of several accounts, all or none. */
export type RequestRecorder = (lines: readonly RequestLine[]) => Promise<void>

export interface RequestLogDeps {
  record: RequestRecorder
  senders: Pick<Senders, 'session'>
  log: {
    debug(fields: { error: unknown }, event: string): void
    warn(fields: { count: number }, event: string): void
  }
}

const flushEveryMs = 1_000
const waitingMax = 10_000
/** Answers that wait to be sealed; beyond it lines are written without their bodies. */
const waitingBytesMax = 32 * 1024 * 1024
const linesMax = 1_000
const batchBytesMax = 4 * 1024 * 1024
const userAgentLengthMax = 256

export class RequestLog implements RequestNotes {
  private readonly deps: RequestLogDeps
  private waiting: NotedRequest[] = []
  private waitingBytes = 0
  private lost = 0
  private flushing: Promise<void> = Promise.resolve()
  private timer: NodeJS.Timeout | undefined

  constructor(deps: RequestLogDeps) {
    this.deps = deps
  }

  note(request: NotedRequest): void {
    if (this.waiting.length >= waitingMax) {
      this.lost++
      return
    }
    const bytes = bodyBytes(request)
    const fits = this.waitingBytes + bytes <= waitingBytesMax
    if (fits) this.waitingBytes += bytes
    this.waiting.push(fits ? request : { ...request, exchange: null })
    this.timer ??= setTimeout(() => {
      this.timer = undefined
      void this.flush()
    }, flushEveryMs)
  }

  /** Resolves when everything noted before is written, or has been given up. */
  flush(): Promise<void> {
    this.flushing = this.flushing.then(() => this.writeAll())
    return this.flushing
  }

  async stop(): Promise<void> {
    clearTimeout(this.timer)
    await this.flush()
  }

  private async writeAll(): Promise<void> {
    while (this.waiting.length > 0) {
      const batch = this.takeBatch()
      const sealed = await Promise.allSettled(batch.map((request) => this.seal(request)))
      const lines = sealed.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []))
      // A second try would delay what comes after; the database's absence is said by those who need it.
      const written = await this.write(lines)
      this.lost += batch.length - written
    }
    if (this.lost > 0) this.deps.log.warn({ count: this.lost }, 'requests missing in the log')
    this.lost = 0
  }

  private takeBatch(): NotedRequest[] {
    let bytes = 0
    const end = this.waiting.findIndex((request, index) => {
      bytes += bodyBytes(request)
      return index >= linesMax || (index > 0 && bytes > batchBytesMax)
    })
    const batch = this.waiting.splice(0, end === -1 ? this.waiting.length : end)
    this.waitingBytes -= batch.reduce((sum, request) => sum + bodyBytes(request), 0)
    return batch
  }

  private async write(lines: RequestLine[]): Promise<number> {
    if (lines.length === 0) return 0
    try {
      await this.deps.record(lines)
      return lines.length
    } catch (error) {
      this.deps.log.debug({ error }, 'request log not written')
      return 0
    }
  }

  private async seal(request: NotedRequest): Promise<RequestLine> {
    const { sender, id, atMs, method, route, status, durationMs, isUse, exchange } = request
    const session = await this.deps.senders.session(sender)
    const userAgent = request.userAgent.slice(0, userAgentLengthMax)
    const client = packClient({ address: request.clientAddress, userAgent })
    const bodies = exchange && packBodies(exchange.bodies())
    const sealAs = (kind: (typeof sealClass)['client' | 'bodies'], bytes: Buffer) =>
      sealNamed(session, { recordId: id, class: kind }, bytes)
    return {
      accountId: sender.accountId,
      credentialId: sender.credentialId,
      id,
      at: new Date(atMs),
      method,
      route,
      status,
      durationMs: Math.round(durationMs),
      isUse,
      clientSealed: sealAs(sealClass.client, client),
      bodiesSealed: bodies && sealAs(sealClass.bodies, bodies),
    }
  }
}

function bodyBytes({ exchange }: NotedRequest): number {
  return exchange === null ? 0 : exchange.bytes
}
