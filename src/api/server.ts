/** The HTTP server of api: how bodies are read, how requests are named, and the dialects it speaks. */
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox'
import Fastify, { type FastifyInstance } from 'fastify'
import { closeIdleUntilClosed } from '../lib/close-idle.ts'
import { MalformedRequest, parseJsonBody } from '../lib/json-body.ts'
import { schemaController } from '../lib/schema-compilers.ts'
import { uuidv7 } from '../lib/uuid.ts'
import { wireFaultAnswerer } from '../lib/wire-fault.ts'
import { challengeRoute } from './challenge.ts'
import type { ApiDeps } from './deps.ts'
import { linkRoutes } from './links/links.ts'
import { collectRoutes, type DocumentedRoute } from './reference/documented-route.ts'
import { referenceRoutes } from './reference/reference-routes.ts'
import { resendDialect, sendError } from './resend/dialect.ts'
import { leakedKeyRoutes } from './scan/leaked-keys.ts'
import { unsubscribeRoutes } from './unsubscribe/unsubscribe.ts'

declare module 'fastify' {
  interface FastifyRequest {
    /** The body as it came; null when there was none. */
    bodyBytes: Buffer | null
  }
}

const bodyBytesMax = 10_000_000
const requestMs = 60_000
const keepAliveMs = 72_000
/** An address of 254 bytes, each of them percent-encoded. */
const pathPartLengthMax = 762

/**
 * Fastify loads parts of itself at their first use, when the process may have become a user who cannot reach them. So a
 * server is built once, before that, and thrown away.
 */
export async function loadFramework(): Promise<void> {
  const app = await buildServer({} as ApiDeps) // no request ever reaches it
  await app.ready()
  await app.close()
}

export async function buildServer(deps: ApiDeps): Promise<FastifyInstance> {
  const app = Fastify({
    logger: false,
    bodyLimit: bodyBytesMax,
    requestTimeout: requestMs,
    keepAliveTimeout: keepAliveMs,
    forceCloseConnections: 'idle',
    return503OnClosing: false,
    exposeHeadRoutes: false,
    trustProxy: [...(deps.trustedProxies ?? [])],
    routerOptions: { maxParamLength: pathPartLengthMax },
    genReqId: () => uuidv7(deps.clock.now()),
    schemaController,
    // Strings are not numbers, unknown fields are left alone, and each fault brings the rule it broke.
    ajv: { customOptions: { coerceTypes: false, removeAdditional: false, verbose: true } },
    clientErrorHandler: wireFaultAnswerer(({ status, message }) => ({
      body: { statusCode: status, name: 'validation_error', message },
    })),
    frameworkErrors: (error, request, reply) => void sendError(error, { request, reply, deps }),
  }).withTypeProvider<TypeBoxTypeProvider>()

  app.decorateRequest('bodyBytes', null)
  app.addHook('onRequest', async (request, reply) => {
    reply.header('x-request-id', request.id)
  })
  app.addHook('preClose', async () => closeIdleUntilClosed(app.server))
  readJsonBodies(app)
  app.get('/health', async () => ({ status: 'ok' }))
  await app.register(challengeRoute, deps)
  await app.register(unsubscribeRoutes, deps)
  let routes: DocumentedRoute[] = []
  await app.register(async (door) => {
    routes = collectRoutes(door)
    await door.register(linkRoutes, deps)
    await door.register(leakedKeyRoutes, deps)
    await door.register(resendDialect, deps)
  })
  await app.register(referenceRoutes, { deps, routes })
  return app
}

function readJsonBodies(app: Pick<FastifyInstance, keyof FastifyInstance>): void {
  app.removeAllContentTypeParsers()
  app.addContentTypeParser<Buffer>(
    'application/json',
    { parseAs: 'buffer' },
    async (request: { bodyBytes: Buffer | null }, body: Buffer) => {
      // Clients name the content type also where there is no body.
      if (body.length === 0) return undefined
      request.bodyBytes = body
      return parseJsonBody(body)
    },
  )
  app.addContentTypeParser('*', async () => {
    throw new MalformedRequest(
      'The body must be JSON; send it with `Content-Type: application/json`.',
    )
  })
}
