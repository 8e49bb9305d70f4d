/** The HTTP server of api: how bodies are read, how requests are named, and the dialects it speaks. */
import { isUtf8 } from 'node:buffer'
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox'
import Fastify, { type FastifyInstance } from 'fastify'
import { uuidv7 } from '../lib/uuid.ts'
import type { ApiDeps } from './deps.ts'
import { findJsonFault } from './json-fault.ts'
import { linkRoutes } from './links/links.ts'
import { collectRoutes, type DocumentedRoute } from './reference/documented-route.ts'
import { referenceRoutes } from './reference/reference-routes.ts'
import { resendDialect, sendError } from './resend/dialect.ts'
import { MalformedRequest } from './resend/errors.ts'
import { answerWireFault } from './resend/wire-fault.ts'
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
const closeIdleEveryMs = 50
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
    // Strings are not numbers, unknown fields are left alone, and each fault brings the rule it broke.
    ajv: { customOptions: { coerceTypes: false, removeAdditional: false, verbose: true } },
    clientErrorHandler: answerWireFault,
    frameworkErrors: (error, request, reply) => void sendError(error, { request, reply, deps }),
  }).withTypeProvider<TypeBoxTypeProvider>()

  app.decorateRequest('bodyBytes', null)
  app.addHook('onRequest', async (request, reply) => {
    reply.header('x-request-id', request.id)
  })
  closeInTime(app)
  readJsonBodies(app)
  app.get('/health', async () => ({ status: 'ok' }))
  await app.register(linkRoutes, deps)
  await app.register(unsubscribeRoutes, deps)
  let routes: DocumentedRoute[] = []
  await app.register(async (door) => {
    routes = collectRoutes(door)
    await door.register(resendDialect, deps)
  })
  await app.register(referenceRoutes, { deps, routes })
  return app
}

/** Connections that were busy when the server began to close stay kept alive after their answer, and closing would wait for them. */
function closeInTime(app: Pick<FastifyInstance, 'addHook' | 'server'>): void {
  app.addHook('preClose', async () => {
    const timer = setInterval(() => app.server.closeIdleConnections(), closeIdleEveryMs)
    app.server.once('close', () => clearInterval(timer))
    // A server that never listened does not close either.
    if (!app.server.listening) clearInterval(timer)
  })
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
      return parseJson(body)
    },
  )
  app.addContentTypeParser('*', async () => {
    throw new MalformedRequest(
      'The body must be JSON; send it with `Content-Type: application/json`.',
    )
  })
}

function parseJson(body: Buffer): unknown {
  if (!isUtf8(body)) throw new MalformedRequest('The body is not valid UTF-8; encode it as UTF-8.')
  const text = body.toString('utf8')
  try {
    return JSON.parse(text)
  } catch {
    const { line, column, reason } = findJsonFault(text)
    throw new MalformedRequest(
      `The body is not valid JSON at line ${line}, column ${column}: ${reason}.`,
    )
  }
}
