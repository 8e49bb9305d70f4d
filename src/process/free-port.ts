/** Says in time, and in words, that a door's port is taken. */
import { createServer } from 'node:net'

export async function refuseTakenPort(name: string, host: string, port: number): Promise<void> {
  if (port === 0) return
  const server = createServer()
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) =>
      reject(
        new Error(
          `${sentence(error.code, host, port)}; set ${name} to another, or to 0 for any free port`,
        ),
      ),
    )
    server.listen({ port, host, exclusive: true }, resolve)
  })
  await new Promise((resolve) => server.close(resolve))
}

function sentence(code: string | undefined, host: string, port: number): string {
  if (code === 'EADDRINUSE') return `port ${port} on ${host} is taken by another program`
  if (code === 'EACCES') return `port ${port} on ${host} is for root only`
  return `port ${port} on ${host} cannot be used (${code ?? 'unknown reason'})`
}
