import type { Server } from 'node:http'

const everyMs = 50

/** Connections that were busy when a server began to close stay kept alive after their answer, and closing would wait for them. */
export function closeIdleUntilClosed(server: Server): void {
  const timer = setInterval(() => server.closeIdleConnections(), everyMs)
  server.once('close', () => clearInterval(timer))
  // A server that never listened does not close either.
  if (!server.listening) clearInterval(timer)
}
