/**
 * Vault's socket. A connection first shows role and ticket; after that it may use the operations of its role. A frame,
 * role, ticket or operation that does not belong there ends the connection and is logged as an alarm.
 */
import { createHash, timingSafeEqual } from 'node:crypto'
import type { Server, Socket } from 'node:net'
import { findRole } from '../core/openings/queries.ts'
import type { Sql } from '../db/sql.ts'
import { Refusal } from '../lib/refusal.ts'
import { tokenProof } from '../lib/token.ts'
import type { Log } from '../process/log.ts'
import {
  allowed,
  answerStatus,
  type CallerRole,
  encodeFrame,
  type Frame,
  FrameReader,
  jsonBody,
  type Operation,
  operationOf,
} from './protocol.ts'

export interface Caller {
  role: CallerRole
  ticket: Buffer
  /** Messages opened on this connection, with their account: only these may be signed. */
  opened: OpenedMessages
}

/** Answers one operation of a caller that may use it. */
export type Answer = (caller: Caller, operation: Operation, body: Buffer) => Promise<Buffer>

export interface ServerDeps {
  sql: Sql
  ticket: Buffer
  /** SHA-256 of the operator token's SHA-256, hex. */
  operatorTokenHash: string
  log: Log
  answer: Answer
}

const requestsInFlightMax = 64

export function serve(server: Server, deps: ServerDeps): void {
  server.on('connection', (socket) => {
    socket.setNoDelay(true)
    const connection = new Connection(socket, deps)
    socket.on('data', (chunk) => connection.take(chunk))
    socket.on('error', () => socket.destroy())
  })
}

class Connection {
  private readonly socket: Socket
  private readonly deps: ServerDeps
  private readonly reader = new FrameReader()
  private caller: Promise<Caller> | undefined
  private inFlight = 0

  constructor(socket: Socket, deps: ServerDeps) {
    this.socket = socket
    this.deps = deps
  }

  take(chunk: Buffer): void {
    let frames: Frame[]
    try {
      frames = this.reader.take(chunk)
    } catch {
      this.alarm('malformed frame')
      return
    }
    for (const frame of frames) void this.handle(frame)
  }

  private async handle(frame: Frame): Promise<void> {
    const operation = operationOf(frame.code)
    if (!operation || (operation === 'hello') === (this.caller !== undefined)) {
      return this.alarm('operation out of place')
    }
    if (operation === 'hello') {
      this.caller = greet(this.deps, frame.body)
      this.caller.catch(() => {})
    }
    await this.answerOne(operation, frame)
  }

  private async answerOne(operation: Operation, frame: Frame): Promise<void> {
    if (++this.inFlight >= requestsInFlightMax) this.socket.pause()
    try {
      const caller = await this.caller
      if (!caller) return
      if (operation !== 'hello' && !allowed[caller.role].has(operation)) {
        return this.alarm('operation of another role')
      }
      const body =
        operation === 'hello' ? jsonBody({}) : await this.deps.answer(caller, operation, frame.body)
      this.write({ code: answerStatus.done, requestId: frame.requestId, body })
    } catch (error) {
      this.refuse(error, operation, frame.requestId)
    } finally {
      if (--this.inFlight < requestsInFlightMax) this.socket.resume()
    }
  }

  private refuse(error: unknown, operation: Operation, requestId: number): void {
    const reason = alarmOf(error)
    if (reason) {
      this.alarm(reason)
      return
    }
    const refusal = asRefusal(error)
    if (refusal.code === 'unavailable')
      this.deps.log.warn({ operation, error }, 'request not answered')
    const body = jsonBody({ code: refusal.code, message: refusal.message })
    this.write({ code: answerStatus.refused, requestId, body })
    if (operation === 'hello') this.socket.end()
  }

  private write(frame: Frame): void {
    if (!this.socket.destroyed) this.socket.write(encodeFrame(frame))
  }

  private alarm(reason: string): void {
    this.deps.log.error({ reason }, 'alarm: connection to vault ended')
    this.socket.destroy()
  }
}

class Intruder extends Error {}

/** What only an intruder or a bug of a caller does; anything else is a refusal. */
function alarmOf(error: unknown): string | undefined {
  if (error instanceof Intruder) return 'unknown caller'
  return error instanceof RangeError ? 'malformed request' : undefined
}

function asRefusal(error: unknown): Refusal {
  if (error instanceof Refusal) return error
  return new Refusal('unavailable', 'Vault could not answer now; try again shortly.', {
    cause: error,
  })
}

async function greet(
  { sql, ticket, operatorTokenHash }: ServerDeps,
  body: Buffer,
): Promise<Caller> {
  const { role, proof } = readGreeting(body)
  const caller = { role, ticket: Buffer.from(proof, 'base64url'), opened: new OpenedMessages() }
  if (role === 'operator') {
    const hash = createHash('sha256').update(tokenProof(proof)).digest()
    if (!timingSafeEqual(hash, Buffer.from(operatorTokenHash, 'hex'))) throw new Intruder()
    return caller
  }
  if ((await findRole(sql, ticket, caller.ticket)) !== role) throw new Intruder()
  return caller
}

function readGreeting(body: Buffer): { role: CallerRole; proof: string } {
  const greeting: unknown = parseJson(body)
  if (typeof greeting !== 'object' || greeting === null) throw new Intruder()
  const { role, proof } = greeting as { role?: unknown; proof?: unknown } // both checked below
  if (typeof role !== 'string' || !(role in allowed) || typeof proof !== 'string')
    throw new Intruder()
  return { role: role as CallerRole, proof } // it is a key of `allowed`
}

export function parseJson(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8'))
  } catch {
    throw new RangeError('not JSON')
  }
}

/** Longer than any lease; what is older is forgotten, and at most so many are remembered. */
const openedMs = 300_000
const openedMax = 20_000

/** Message id to account of what one connection has opened, for as long as a lease may last. */
export class OpenedMessages {
  private readonly entries = new Map<string, { accountId: string; at: number }>()

  add(messageId: string, accountId: string, now: number): void {
    this.entries.delete(messageId)
    this.entries.set(messageId, { accountId, at: now })
    for (const [oldest, { at }] of this.entries) {
      if (this.entries.size <= openedMax && now - at <= openedMs) break
      this.entries.delete(oldest)
    }
  }

  accountOf(messageId: string, now: number): string | undefined {
    const entry = this.entries.get(messageId)
    return entry && now - entry.at <= openedMs ? entry.accountId : undefined
  }
}
