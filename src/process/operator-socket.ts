/**
 * Where the command line reaches the supervisor: lines of JSON. The first shows the operator's token, since a Unix
 * socket cannot tell who calls; each further one asks for one thing.
 */
import { timingSafeEqual } from 'node:crypto'
import { chmodSync } from 'node:fs'
import { createConnection, createServer, type Server, type Socket } from 'node:net'
import type { DatabaseLogin } from '../db/login.ts'
import type { DatabaseRole } from '../db/runtime-logins.ts'
import { readLines, writeLine } from './control-channel.ts'
import { operatorTokenHash } from './secrets.ts'

const connectionsMax = 20
const idleMs = 30_000

export interface OperatorLogin {
  database: DatabaseLogin
  vaultSocket: string
  authorityPublicKey: string | null
}

export interface OperatorStatus {
  processes: { name: string; pids: number[]; restarts: number }[]
  vaultSealed: boolean
}

export interface OperatorAnswers {
  login: OperatorLogin
  'database-url': { url: string }
  status: OperatorStatus
}

export type OperatorOperation = keyof OperatorAnswers

export interface OperatorDesk {
  login(): OperatorLogin
  databaseUrl(role: DatabaseRole): { url: string } | undefined
  status(): OperatorStatus
}

export async function listenForOperator(
  path: string,
  { tokenHash, desk }: { tokenHash: Buffer; desk: OperatorDesk },
): Promise<Server> {
  const server = createServer((socket) => serve(socket, { tokenHash, desk }))
  server.maxConnections = connectionsMax
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(path, resolve)
  })
  chmodSync(path, 0o600)
  return server
}

function serve(
  socket: Socket,
  { tokenHash, desk }: { tokenHash: Buffer; desk: OperatorDesk },
): void {
  let isKnown = false
  socket.setTimeout(idleMs, () => socket.destroy())
  socket.on('error', () => socket.destroy())
  readLines(socket, (value) => {
    if (!isKnown) {
      isKnown = showsToken(value, tokenHash)
      if (!isKnown) socket.destroy()
      return
    }
    const answer = answerTo(value, desk)
    if (answer) writeLine(socket, answer)
    else socket.destroy()
  })
}

function showsToken(value: unknown, tokenHash: Buffer): boolean {
  if (typeof value !== 'object' || value === null || !('token' in value)) return false
  return (
    typeof value.token === 'string' && timingSafeEqual(operatorTokenHash(value.token), tokenHash)
  )
}

function answerTo(value: unknown, desk: OperatorDesk): object | undefined {
  if (typeof value !== 'object' || value === null || !('operation' in value)) return undefined
  if (value.operation === 'login') return desk.login()
  if (value.operation === 'status') return desk.status()
  if (value.operation !== 'database-url' || !('role' in value)) return undefined
  // An unknown role finds no login.
  return desk.databaseUrl(value.role as DatabaseRole)
}

/** Rejects when nothing listens, and when the token or the request is refused. */
export function askSupervisor<Operation extends OperatorOperation>(
  path: string,
  token: string,
  request: { operation: Operation; role?: string },
): Promise<OperatorAnswers[Operation]> {
  return new Promise((resolve, reject) => {
    const socket = createConnection(path)
    socket.setTimeout(idleMs, () => socket.destroy(new Error('the supervisor did not answer')))
    const refused = new Error('the supervisor refused the request')
    socket.once('error', (error: NodeJS.ErrnoException) => {
      // It hangs up on a wrong token, perhaps before the request behind it was written.
      reject(error.code === 'EPIPE' || error.code === 'ECONNRESET' ? refused : error)
    })
    socket.once('close', () => reject(refused))
    readLines(socket, (value) => {
      resolve(value as OperatorAnswers[Operation]) // written by answerTo of the same version
      socket.end()
    })
    writeLine(socket, { token })
    writeLine(socket, request)
  })
}
