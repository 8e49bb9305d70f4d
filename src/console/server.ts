/** The HTTP server of console: what every request must pass, how bodies are read, and where its routes stand. */
import cookie from '@fastify/cookie'
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox'
import Fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify'
import { closeIdleUntilClosed } from '../lib/close-idle.ts'
import { parseJsonBody } from '../lib/json-body.ts'
import { schemaController } from '../lib/schema-compilers.ts'
import { uuidv7 } from '../lib/uuid.ts'
import { wireFaultAnswerer } from '../lib/wire-fault.ts'
import { addressOf } from './address.ts'
import { demandClosedSchemas } from './closed-schemas.ts'
import { dashboardFiles } from './dashboard-files.ts'
import type { ConsoleDeps } from './deps.ts'
import { answerTo, DoorFault, doorErrors, errorBody } from './errors.ts'
import { type OwnAddress, refuseCrossSite, refuseForeignHost } from './own-origin.ts'
import { readQueryValues } from './query-values.ts'
import { type ConsoleRoutes, consoleRoutes } from './routes.ts'
import { securityHeaders } from './security-headers.ts'
import { demandScopes } from './session.ts'
import { viewPages } from './view-pages.ts'

const bodyBytesMax = 1024 * 1024
const noBody = Buffer.alloc(0)
const requestMs = 60_000
const keepAliveMs = 72_000
/** An address of 254 bytes, each of them percent-encoded. */
const pathPartLengthMax = 762
const methods = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']

/**
 * Fastify loads parts of itself at their first use, when the process may have become a user who cannot reach them. So a
 * server is built once, before that, and thrown away.
 */
export async function loadFramework(): Promise<void> {
  const app = await buildServer({} as ConsoleDeps) // no request ever reaches it
  await app.ready()
  await app.close()
}

export async function buildServer(
  deps: ConsoleDeps,
  routes: readonly ConsoleRoutes[] = consoleRoutes,
): Promise<FastifyInstance> {
  const own = (): OwnAddress => ({ address: addressOf(app, deps), bind: deps.bind })
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
    // Strings are not numbers, unknown fields are refused by closed schemas, and each fault brings the rule it broke.
    ajv: { customOptions: { coerceTypes: false, removeAdditional: false, verbose: true } },
    clientErrorHandler: wireFaultAnswerer(({ message }) => {
      const requestId = uuidv7(deps.clock.now())
      const { code } = doorErrors.malformed_request
      return {
        body: errorBody({ code, message, requestId }),
        headers: { ...securityHeaders(own().address), 'x-request-id': requestId },
      }
    }),
    frameworkErrors: (error, request, reply) => {
      tellBrowser(request, reply, own())
      sendError(error, { request, reply, deps })
    },
  }).withTypeProvider<TypeBoxTypeProvider>()

  await app.register(cookie)
  app.addHook('preClose', async () => closeIdleUntilClosed(app.server))
  app.addHook('onRequest', async (request, reply) => tellBrowser(request, reply, own()))
  app.setErrorHandler((error, request, reply) => sendError(error, { request, reply, deps }))
  readJsonBodies(app)
  // For whoever watches over the process: it may come by any name, and tells nothing.
  app.get('/healthz', async () => ({ status: 'ok' }))
  await app.register(async (door) => {
    door.addHook('onRequest', async ({ headers }) => refuseForeignHost(headers, own()))
    door.setNotFoundHandler(async () => {
      throw new DoorFault('not_found', 'There is nothing at this address.')
    })
    await door.register(
      async (api) => {
        api.addHook('onRequest', async (request) => refuseCrossSite(request, own()))
        await registerApi(api, deps, routes)
      },
      { prefix: '/api' },
    )
    await door.register(viewPages, deps)
    if (deps.dashboard) await door.register(dashboardFiles, deps.dashboard)
  })
  return app
}

function tellBrowser(request: FastifyRequest, reply: FastifyReply, { address }: OwnAddress): void {
  reply.headers({ ...securityHeaders(address), 'x-request-id': request.id })
}

async function registerApi(
  api: FastifyInstance,
  deps: ConsoleDeps,
  routes: readonly ConsoleRoutes[],
): Promise<void> {
  const known = new Map<string, Set<string>>()
  api.addHook('onRoute', ({ url, method }) => {
    const allowed = known.get(url) ?? new Set<string>()
    for (const one of [method].flat()) allowed.add(one)
    known.set(url, allowed)
  })
  demandScopes(api, deps)
  demandClosedSchemas(api)
  api.addHook('preValidation', async (request) => readQueryValues(request))
  for (const one of routes) await api.register(one, deps)
  for (const [url, allowed] of [...known]) refuseOtherMethods(api, url, allowed)
}

function refuseOtherMethods(api: FastifyInstance, url: string, allowed: Set<string>): void {
  const taken = [...allowed].join(', ')
  api.route({
    url: url.slice(api.prefix.length),
    method: methods.filter((method) => !allowed.has(method)),
    config: { scope: 'none', operation: false },
    // Before the body is read, whatever it is.
    onRequest: async (_, reply) => {
      reply.header('allow', taken)
      throw new DoorFault('method_not_allowed', `This address takes ${taken} only.`)
    },
    handler: async () => undefined,
  })
}

function readJsonBodies(app: Pick<FastifyInstance, keyof FastifyInstance>): void {
  app.decorateRequest('rawBody')
  app.addHook('onRequest', async (request) => {
    request.rawBody = noBody
  })
  app.removeAllContentTypeParsers()
  app.addContentTypeParser<Buffer>(
    'application/json',
    { parseAs: 'buffer' },
    // Clients name the content type also where there is no body.
    async (request: FastifyRequest, body: Buffer) => {
      request.rawBody = body
      return body.length === 0 ? undefined : parseJsonBody(body)
    },
  )
  app.addContentTypeParser('*', async () => {
    throw new DoorFault(
      'not_json',
      'The body must be JSON; send it with `Content-Type: application/json`.',
    )
  })
}

function sendError(
  error: unknown,
  { request, reply, deps }: { request: FastifyRequest; reply: FastifyReply; deps: ConsoleDeps },
): FastifyReply {
  const { status, body, retryAfterSeconds, fault } = answerTo(error, request.id)
  if (fault !== undefined) {
    const { id: requestId, method } = request
    const fields = { requestId, method, route: request.routeOptions.url ?? 'unknown', status }
    if (status === 503) deps.log.warn({ ...fields, error: fault }, 'request refused for now')
    else deps.log.error({ ...fields, error: fault }, 'request failed')
  }
  if (retryAfterSeconds !== undefined) reply.header('retry-after', retryAfterSeconds)
  // As a serialised text: a route's own answer schema is for what it answers, not for this.
  return reply.code(status).type('application/json; charset=utf-8').send(JSON.stringify(body))
}
