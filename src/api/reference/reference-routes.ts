/** /openapi.json, and /docs: the same for readers. Without a key, since neither holds anything of an account. */
import { readFileSync } from 'node:fs'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { readVersion } from '../../config/version.ts'
import { RateLimit } from '../../lib/rate-limit.ts'
import { Refusal } from '../../lib/refusal.ts'
import type { ApiDeps } from '../deps.ts'
import { sendError } from '../resend/dialect.ts'
import { addressOf } from './address.ts'
import type { DocumentedRoute } from './documented-route.ts'
import { describeApi } from './openapi.ts'
import { addressPlace, referencePage } from './page.ts'

/** Read before the process becomes a user who may be unable to. */
const files = {
  '/docs/reference.css': pageFile('reference.css', 'text/css'),
  '/docs/reference.js': pageFile('reference.js', 'text/javascript'),
  '/docs/icon.svg': pageFile('icon.svg', 'image/svg+xml'),
}
const version = readVersion()

const requestsPerSecond = 50

const pageHeaders = {
  'content-security-policy': [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; '),
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'cache-control': 'no-cache',
}

export interface ReferenceOptions {
  deps: ApiDeps
  /** Whole by the time of the registration. */
  routes: readonly DocumentedRoute[]
}

export async function referenceRoutes(
  app: FastifyInstance,
  { deps, routes }: ReferenceOptions,
): Promise<void> {
  const document = describeApi(routes, version)
  // Most installations are asked for them seldom, so neither delays the start.
  const json = once(() => `${JSON.stringify(document, null, 2)}\n`)
  const page = once(() => referencePage(document))
  const rate = new RateLimit(deps.clock)
  app.setErrorHandler((error, request, reply) => sendError(error, { request, reply, deps }))
  app.addHook('onRequest', async (request, reply) => {
    limitRate(rate, request)
    reply.headers(pageHeaders)
  })
  // For tools that run in a browser elsewhere; there is nothing in it but what everybody may know.
  const open = {
    'access-control-allow-origin': '*',
    'cross-origin-resource-policy': 'cross-origin',
  }
  app.get('/openapi.json', async (_, reply) =>
    send(reply.headers(open), 'application/json', json()),
  )
  app.get('/docs', async (request, reply) => {
    const text = page().replaceAll(addressPlace, addressOf(request, app.server.address()))
    return send(reply, 'text/html', text)
  })
  for (const [path, { type, bytes }] of Object.entries(files)) {
    app.get(path, async (_, reply) => send(reply, type, bytes))
  }
}

function once(make: () => string): () => string {
  let made: string | undefined
  return () => {
    made ??= make()
    return made
  }
}

function limitRate(rate: RateLimit, { ip }: FastifyRequest): void {
  if (rate.take(ip, requestsPerSecond).allowed) return
  throw new Refusal(
    'rate_limited',
    `Too many requests: at most ${requestsPerSecond} a second. Wait for the seconds in retry-after.`,
    { retryAfterSeconds: 1 },
  )
}

function send(reply: FastifyReply, type: string, content: string | Buffer): FastifyReply {
  return reply.type(`${type}; charset=utf-8`).send(content)
}

function pageFile(name: string, type: string): { type: string; bytes: Buffer } {
  return { type, bytes: readFileSync(new URL(`./page/${name}`, import.meta.url)) }
}
