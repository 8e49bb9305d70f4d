/**
 * The way to vault, and the only file of its folder that other processes import. One kept connection, many requests under
 * way; a lost one is made again, and requests wait a moment for that before they are refused as `unavailable`.
 */
import { connect, type Socket } from 'node:net'
import { Refusal, type RefusalCode } from '../lib/refusal.ts'
import { secretKey } from '../lib/seal.ts'
import type { Log } from '../process/log.ts'
import {
  readAccountKeys,
  readKeys,
  readSigned,
  writeLeasedItems,
  writeOpenFor,
  writeSignItems,
  writeWaitingAttachments,
} from './bodies.ts'
import type { Authorised, InstanceKeys, OpenedLink, VaultClient } from './contract.ts'
import type { NamedRecord, PersonOutcome } from './people/contract.ts'
import {
  answerStatus,
  type CallerRole,
  encodeFrame,
  type Frame,
  FrameReader,
  jsonBody,
  type Operation,
  operations,
} from './protocol.ts'

export type * from './contract.ts'
export type * from './people/contract.ts'

export interface VaultAddress {
  socket: string
  role: CallerRole
  /** The process's ticket (base64url), or the operator's token. */
  ticket: string
  log: Log
}

/** How long a request waits for a connection before it is refused. */
const patienceMs = 2_000
const reconnectMs = 50
const keysRetryMs = 250
const requestsWaitingMax = 10_000

export function connectVault(address: VaultAddress): VaultClient {
  const link = new Link(address)
  const json = async (operation: Operation, value: unknown): Promise<unknown> =>
    JSON.parse((await link.ask(operation, jsonBody(value))).toString('utf8'))

  return {
    async keys() {
      for (;;) {
        try {
          return instanceKeys(await json('keys', {}))
        } catch (error) {
          if (link.closed || !(error instanceof Refusal) || error.code !== 'unavailable')
            throw error
          await new Promise((resolve) => setTimeout(resolve, keysRetryMs))
        }
      }
    },
    accountKeys: async (h1) => readAccountKeys(await link.ask('accountKeys', h1)),
    openLeased: async (items) => readKeys(await link.ask('openLeased', writeLeasedItems(items))),
    openFor: async (h1, items) => readKeys(await link.ask('openFor', writeOpenFor(h1, items))),
    openAttachments: async (items) =>
      readKeys(await link.ask('openAttachments', writeWaitingAttachments(items))),
    openLink: async (h1) => openedLink((await link.ask('openLink', h1)).toString('utf8')),
    sign: async (items) => readSigned(await link.ask('sign', writeSignItems(items))),
    authorise: async (prover, change) => {
      const h1 = typeof prover === 'object' && 'h1' in prover ? prover.h1.toString('hex') : null
      return (await json('authorise', { h1, change })) as Authorised // vault's own answer
    },
    people: async (h1, request) =>
      (await json('people', { h1: h1?.toString('hex') ?? null, request })) as PersonOutcome, // vault's own answer
    openPeople: async (h1, records) =>
      openedKeys(await json('openPeople', { h1: h1.toString('hex'), records: records.map(named) })),
    openNotice: async (noticeId, record) =>
      openedKeys(await json('openNotice', { noticeId, record: named(record) }))[0] ?? null,
    noteIdentity: async (noted) => void (await json('noteIdentity', noted)),
    status: async () => (await json('status', {})) as { sealed: boolean }, // vault's own answer
    unseal: async (_operatorToken, rootKey) => void (await json('unseal', { rootKey })),
    close: () => link.close(),
  }
}

function named(record: NamedRecord) {
  return { ...record, sessionPublic: record.sessionPublic.toString('hex') }
}

function openedKeys(answer: unknown): (Buffer | null)[] {
  const keys = answer as (string | null)[] // vault's own answer
  return keys.map((key) => (key === null ? null : Buffer.from(key, 'hex')))
}

function openedLink(answer: string): OpenedLink | null {
  const opened = JSON.parse(answer) as { link: OpenedLink['link']; key: string } | null // vault's own answer
  return opened && { ...opened, key: Buffer.from(opened.key, 'hex') }
}

function instanceKeys(answer: unknown): InstanceKeys {
  const keys = answer as Record<keyof InstanceKeys, string | null> // vault's own answer
  const bytes = (hex: string | null) => (hex === null ? null : Buffer.from(hex, 'hex'))
  const key = (hex: string | null) => (hex === null ? null : secretKey(Buffer.from(hex, 'hex')))
  return {
    destinationKey: key(keys.destinationKey),
    returnPathKey: key(keys.returnPathKey),
    fileKey: bytes(keys.fileKey),
    identityKey: key(keys.identityKey),
  }
}

interface Waiting {
  resolve: (body: Buffer) => void
  reject: (error: Refusal) => void
}

/** The connection with its greeting, its requests under way, and those that wait for it. */
class Link {
  closed = false
  private readonly address: VaultAddress
  private socket: Socket | undefined
  private greeted = false
  private readonly underWay = new Map<number, Waiting>()
  private queue: {
    frame: (requestId: number) => Buffer
    waiting: Waiting
    timer: NodeJS.Timeout
  }[] = []
  private lastId = 0

  constructor(address: VaultAddress) {
    this.address = address
    this.connect()
  }

  ask(operation: Operation, body: Buffer): Promise<Buffer> {
    return new Promise((resolve, reject) => {
      const waiting = { resolve, reject }
      const frame = (requestId: number) =>
        encodeFrame({ code: operations[operation], requestId, body })
      if (this.greeted) return this.send(frame, waiting)
      if (this.closed || this.queue.length >= requestsWaitingMax) return reject(away())
      const timer = setTimeout(() => {
        this.queue = this.queue.filter((entry) => entry.waiting !== waiting)
        reject(away())
      }, patienceMs)
      this.queue.push({ frame, waiting, timer })
    })
  }

  async close(): Promise<void> {
    this.closed = true
    this.socket?.destroy()
    this.failAll()
  }

  private send(frame: (requestId: number) => Buffer, waiting: Waiting): void {
    this.lastId = (this.lastId + 1) >>> 0
    const bytes = frame(this.lastId)
    this.underWay.set(this.lastId, waiting)
    this.socket?.write(bytes)
  }

  private connect(): void {
    const { socket: path, role, ticket } = this.address
    const reader = new FrameReader()
    const socket = connect(path)
    this.socket = socket
    socket.on('connect', () => {
      this.send(
        (requestId) =>
          encodeFrame({
            code: operations.hello,
            requestId,
            body: jsonBody({ role, proof: ticket }),
          }),
        { resolve: () => this.open(), reject: () => socket.destroy() },
      )
    })
    socket.on('data', (chunk) => {
      for (const frame of reader.take(chunk)) this.settle(frame)
    })
    socket.on('error', () => {})
    socket.on('close', () => this.reconnect())
  }

  private open(): void {
    this.greeted = true
    const waited = this.queue
    this.queue = []
    for (const { frame, waiting, timer } of waited) {
      clearTimeout(timer)
      this.send(frame, waiting)
    }
  }

  private settle({ code, requestId, body }: Frame): void {
    const waiting = this.underWay.get(requestId)
    this.underWay.delete(requestId)
    if (!waiting) return
    if (code === answerStatus.done) waiting.resolve(Buffer.from(body))
    else waiting.reject(readRefusal(body))
  }

  private reconnect(): void {
    this.greeted = false
    const lost = [...this.underWay.values()]
    this.underWay.clear()
    for (const { reject } of lost) reject(away())
    if (!this.closed) setTimeout(() => !this.closed && this.connect(), reconnectMs)
  }

  private failAll(): void {
    for (const { waiting, timer } of this.queue) {
      clearTimeout(timer)
      waiting.reject(away())
    }
    this.queue = []
  }
}

function away(): Refusal {
  return new Refusal('unavailable', 'A part of Postern is restarting; try again in a second.', {
    retryAfterSeconds: 1,
  })
}

function readRefusal(body: Buffer): Refusal {
  const { code, message } = JSON.parse(body.toString('utf8')) as {
    code: RefusalCode
    message: string
  } // vault's own
  return new Refusal(code, message, code === 'unavailable' ? { retryAfterSeconds: 1 } : {})
}
