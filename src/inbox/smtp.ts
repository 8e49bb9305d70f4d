/** The inbox's mail host: listens on loopback and hands each message to whoever keeps it. */
import { createServer, type Server, type Socket } from 'node:net'
import { smtpLimits } from './limits.ts'
import { listenLocally } from './listen.ts'
import { type Received, Session } from './session.ts'

export interface SmtpOptions {
  /** 0 means any free port. */
  port: number
  /** Resolves once the message is written; only then is it acknowledged. */
  keep: (received: Received) => Promise<void>
  /** While false, connections are told to come back later. */
  isReady: () => boolean
  onTrouble: (error: unknown) => void
  slowMs?: number
}

export interface SmtpServer {
  port: number
  /** Messages at hand are finished, within the given time. */
  close: (graceMs: number) => Promise<void>
}

export async function startSmtp(options: SmtpOptions): Promise<SmtpServer> {
  const sessions = new Map<Socket, Session>()
  let receivingBytes = 0
  const deps = {
    keep: options.keep,
    onTrouble: options.onTrouble,
    slowMs: options.slowMs ?? smtpLimits.slowMs,
    reserve: (bytes: number) => {
      if (receivingBytes + bytes > smtpLimits.receivingBytesMax) return false
      receivingBytes += bytes
      return true
    },
    release: (bytes: number) => {
      receivingBytes -= bytes
    },
  }
  const server = createServer({ noDelay: true }, (socket) => {
    if (!options.isReady()) {
      turnAway(socket, '421 4.3.2 The local inbox is not open yet')
    } else if (sessions.size >= smtpLimits.connectionsMax) {
      turnAway(socket, '421 4.7.0 Too many connections')
    } else {
      sessions.set(socket, new Session(socket, deps))
      socket.on('close', () => sessions.delete(socket))
    }
  })
  const port = await listenLocally(server, options.port)
  const close = (graceMs: number) => closeAll(server, sessions, graceMs)
  return { port, close }
}

function turnAway(socket: Socket, reply: string): void {
  socket.on('error', () => socket.destroy())
  socket.resume()
  socket.end(`${reply}\r\n`)
  socket.destroySoon()
}

async function closeAll(
  server: Server,
  sessions: Map<Socket, Session>,
  graceMs: number,
): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()))
  for (const session of sessions.values()) session.stop()
  const deadline = setTimeout(() => {
    for (const socket of sessions.keys()) socket.destroy()
  }, graceMs)
  await closed
  clearTimeout(deadline)
}
