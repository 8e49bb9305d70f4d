/** The Resend dialect as one plugin: who asks, what is refused before any route, its errors, and its routes. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { RateLimit } from '../../lib/rate-limit.ts'
import { Refusal } from '../../lib/refusal.ts'
import { findAuthorityField } from '../authority-fields.ts'
import { BodyGate, gateBodies } from '../body-gate.ts'
import type { ApiDeps } from '../deps.ts'
import { demandSignedBody, SignedRequests } from '../signed-requests.ts'
import { apiKeyUsageRoutes } from './api-key-usage.ts'
import { apiKeyRoutes } from './api-keys.ts'
import { authenticate, demandScope } from './authenticate.ts'
import { domainClaimRoutes } from './domain-claims.ts'
import { domainRoutes } from './domains.ts'
import { emailChangeRoutes } from './email-changes.ts'
import { emailLinkRoutes } from './email-links.ts'
import { emailMetricsRoutes } from './email-metrics.ts'
import { emailRoutes } from './emails.ts'
import { emailBatchRoutes } from './emails-batch.ts'
import { rawEmailRoutes } from './emails-raw.ts'
import { answerTo } from './errors.ts'
import { logRoutes } from './logs.ts'
import { keepAnswer, noteRequest } from './note-request.ts'
import { suppressionRoutes } from './suppressions.ts'
import { usageRoutes } from './usage.ts'

/** What another method on one of the paths is answered for; HEAD and OPTIONS have no meaning in the dialect. */
const methods = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']

export async function resendDialect(app: FastifyInstance, deps: ApiDeps): Promise<void> {
  const known = new Map<string, Set<string>>()
  app.decorateRequest('sender', null)
  app.decorateRequest('outsider', null)
  app.decorateRequest('responseText', null)
  app.decorateRequest('contentDigests', null)
  app.addHook('onRoute', (route) => {
    demandScope(route)
    const { url, method } = route
    const allowed = known.get(url) ?? new Set<string>()
    for (const one of [method].flat()) allowed.add(one)
    known.set(url, allowed)
  })
  const signed = new SignedRequests(deps.clock)
  app.addHook('onRequest', authenticate({ ...deps, signed }, new RateLimit(deps.clock)))
  app.addHook('onRequest', gateBodies(new BodyGate()))
  app.addHook('preValidation', async (request) => {
    demandSignedBody(request)
    refuseAuthorityFields(request, deps)
  })
  app.addHook('onSend', async (request, _reply, payload) => keepAnswer(request, payload))
  app.addHook('onResponse', async (request, reply) => noteRequest(request, reply, deps))
  app.setErrorHandler((error, request, reply) => sendError(error, { request, reply, deps }))
  app.setNotFoundHandler(async (_, reply) =>
    reply.code(404).send({
      statusCode: 404,
      name: 'not_found',
      message: 'The requested endpoint does not exist; /docs has those that do.',
    }),
  )
  await app.register(emailRoutes, deps)
  await app.register(emailBatchRoutes, deps)
  await app.register(rawEmailRoutes, deps)
  await app.register(emailChangeRoutes, deps)
  await app.register(emailLinkRoutes, deps)
  await app.register(emailMetricsRoutes, deps)
  await app.register(apiKeyRoutes, deps)
  await app.register(apiKeyUsageRoutes, deps)
  await app.register(domainRoutes, deps)
  await app.register(domainClaimRoutes, deps)
  await app.register(suppressionRoutes, deps)
  await app.register(logRoutes, deps)
  await app.register(usageRoutes, deps)
  for (const [url, allowed] of [...known]) refuseOtherMethods(app, url, allowed)
}

export function sendError(
  error: unknown,
  { request, reply, deps }: { request: FastifyRequest; reply: FastifyReply; deps: ApiDeps },
): FastifyReply {
  const bodyBytesMax = request.routeOptions.bodyLimit ?? request.server.initialConfig.bodyLimit ?? 0
  const { body, retryAfterSeconds, fault } = answerTo(error, {
    requestId: request.id,
    bodyBytesMax,
  })
  if (fault !== undefined) logFault(fault, { request, status: body.statusCode, deps })
  if (retryAfterSeconds !== undefined) reply.header('retry-after', retryAfterSeconds)
  // As a serialised text: a route's own answer schema is for what it answers, not for this.
  const text = JSON.stringify(body)
  return reply.code(body.statusCode).type('application/json; charset=utf-8').send(text)
}

function logFault(
  error: unknown,
  { request, status, deps }: { request: FastifyRequest; status: number; deps: ApiDeps },
): void {
  const fields = {
    requestId: request.id,
    method: request.method,
    route: request.routeOptions.url ?? 'unknown',
    status,
    error,
  }
  if (status === 503) deps.log.warn(fields, 'request refused for now')
  else deps.log.error(fields, 'request failed')
}

function refuseOtherMethods(app: FastifyInstance, url: string, allowed: Set<string>): void {
  const message = `This endpoint takes ${[...allowed].join(', ')} only.`
  app.route({
    url,
    method: methods.filter((method) => !allowed.has(method)),
    config: { scope: 'none', documented: false },
    // Before the body is read, whatever it is.
    onRequest: async (_, reply) =>
      reply
        .code(405)
        .header('allow', [...allowed].join(', '))
        .send({ statusCode: 405, name: 'method_not_allowed', message }),
    handler: async () => undefined,
  })
}

function refuseAuthorityFields(request: FastifyRequest, { log }: ApiDeps): void {
  // A whole message has no fields of ours.
  if (Buffer.isBuffer(request.body)) return
  const found = findAuthorityField(request.body, request.routeOptions.config.ownFields)
  if (!found) return
  if (found.kind === 'too_deep') {
    throw new Refusal(
      'invalid_input',
      'The request body must be nested at most 32 levels deep; flatten it.',
    )
  }
  const { id: requestId, sender } = request
  const { accountId, credentialId } = sender ?? {}
  log.warn(
    { requestId, ...(accountId && { accountId }), ...(credentialId && { credentialId }) },
    'alarm: authority field in a request',
  )
  throw new Refusal(
    'forbidden_field',
    `The \`${found.path.slice(0, 200)}\` field cannot be set by a request; leave it out. Nothing was changed.`,
  )
}
