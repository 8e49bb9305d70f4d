/** The address of this console, known once it listens: what cookies, passkeys and links hold for. */
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { consoleAddress } from '../process/console-address.ts'
import type { ConsoleDeps } from './deps.ts'
import { ownOrigin } from './own-origin.ts'

export function addressOf(
  { server }: Pick<FastifyInstance, 'server'>,
  deps: Pick<ConsoleDeps, 'consoleUrl'>,
): string {
  const bound = server.address()
  const port = typeof bound === 'object' && bound !== null ? bound.port : 0
  return consoleAddress(deps, port)
}

/** Our origin as the browser that asks sees it; the door has refused every Host that is none of ours. */
export function originOf(
  { headers, server }: Pick<FastifyRequest, 'headers' | 'server'>,
  deps: Pick<ConsoleDeps, 'consoleUrl' | 'bind'>,
): string {
  const address = addressOf(server, deps)
  return ownOrigin(headers.host, { address, bind: deps.bind }) ?? address
}
