/** The address of this console, known once it listens: what cookies, passkeys and links hold for. */
import type { FastifyInstance } from 'fastify'
import { consoleAddress } from '../process/console-address.ts'
import type { ConsoleDeps } from './deps.ts'

export function addressOf(
  { server }: Pick<FastifyInstance, 'server'>,
  deps: Pick<ConsoleDeps, 'consoleUrl'>,
): string {
  const bound = server.address()
  const port = typeof bound === 'object' && bound !== null ? bound.port : 0
  return consoleAddress(deps, port)
}
