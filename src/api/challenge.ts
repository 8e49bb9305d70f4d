/**
 * What an ACME authority asks for under the host name before it issues a certificate (RFC 8555 §8.3). Public, so it
 * answers everybody, with the same few bytes for whatever is not under way, and not often.
 */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { type Static, Type } from 'typebox'
import { RateLimit } from '../lib/rate-limit.ts'
import { Refusal } from '../lib/refusal.ts'
import type { ApiDeps } from './deps.ts'

/** Of callers from one address, and of all together; authorities look from several places at once. */
const callsPerSecond = 20
const allCallsPerSecond = 100
const everybody = 'everybody'
const tokenForm = /^[A-Za-z0-9_-]{1,128}$/

const TokenParams = Type.Object({ token: Type.String() })

interface Asked {
  Params: Static<typeof TokenParams>
}

export async function challengeRoute(app: FastifyInstance, deps: ApiDeps): Promise<void> {
  const rate = new RateLimit(deps.clock)
  app.addHook('onRequest', async ({ ip }, reply) => {
    reply.headers({ 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' })
    const isAllowed = rate.take(ip, callsPerSecond).allowed
    if (!isAllowed || !rate.take(everybody, allCallsPerSecond).allowed) {
      throw new Refusal('rate_limited', 'Too many requests; try again in a moment.')
    }
  })
  app.setErrorHandler((error, request, reply) => sayFault(error, { request, reply, deps }))
  app.route<Asked>({
    method: 'GET',
    url: '/.well-known/acme-challenge/:token',
    schema: { params: TokenParams },
    handler: async ({ params: { token } }, reply) => {
      const found = tokenForm.test(token) ? await deps.findChallenge?.(token) : undefined
      return found === undefined ? say(reply, 404, 'No such challenge.') : say(reply, 200, found)
    },
  })
}

function say(reply: FastifyReply, status: number, text: string): FastifyReply {
  return reply.code(status).type('text/plain; charset=utf-8').send(text)
}

function sayFault(
  error: unknown,
  { request, reply, deps }: { request: FastifyRequest; reply: FastifyReply; deps: ApiDeps },
): FastifyReply {
  reply.header('retry-after', 2)
  if (error instanceof Refusal && error.code === 'rate_limited') {
    return say(reply, 429, 'Too many requests.')
  }
  const route = request.routeOptions.url ?? 'unknown'
  deps.log.warn({ requestId: request.id, route, error }, 'challenge not answered')
  return say(reply, 503, 'Not now.')
}
