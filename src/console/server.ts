/** The HTTP server of console. */
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox'
import Fastify, { type FastifyInstance } from 'fastify'
import { uuidv7 } from '../lib/uuid.ts'
import type { ConsoleDeps } from './deps.ts'

const bodyBytesMax = 1024 * 1024

/** As in api: what Fastify loads at its first use must be loaded before the process becomes its own user. */
export async function loadFramework(): Promise<void> {
  const app = await buildServer({} as ConsoleDeps) // no request ever reaches it
  await app.ready()
  await app.close()
}

export async function buildServer(deps: ConsoleDeps): Promise<FastifyInstance> {
  const app = Fastify({
    logger: false,
    bodyLimit: bodyBytesMax,
    forceCloseConnections: 'idle',
    return503OnClosing: false,
    exposeHeadRoutes: false,
    trustProxy: [...(deps.trustedProxies ?? [])],
    genReqId: () => uuidv7(deps.clock.now()),
  }).withTypeProvider<TypeBoxTypeProvider>()
  app.get('/healthz', async () => ({ status: 'ok' }))
  return app
}
