/** A line for the log of each request whose key is known, with its bodies where the account wants them kept. */
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { NotedExchange } from '../../core/requests/request-log.ts'
import type { ApiDeps } from '../deps.ts'
import { keptBodies } from '../kept-bodies.ts'

declare module 'fastify' {
  interface FastifyRequest {
    /** The answer, kept until the request is noted; null unless the account wants bodies kept. */
    responseText: string | null
  }
}

/** A hook before the answer is sent; it changes nothing. */
export function keepAnswer(request: FastifyRequest, payload: unknown): void {
  if (request.sender?.logsBodies && typeof payload === 'string') request.responseText = payload
}

export function noteRequest(request: FastifyRequest, reply: FastifyReply, deps: ApiDeps): void {
  const sender = request.sender ?? request.outsider
  if (!sender) return
  deps.requestLog.note({
    sender,
    id: request.id,
    atMs: deps.clock.now(),
    method: request.method,
    route: routeOf(request),
    status: reply.statusCode,
    durationMs: reply.elapsedTime,
    clientAddress: request.ip,
    userAgent: request.headers['user-agent'] ?? '',
    isUse: request.sender !== null,
    exchange: exchangeOf(request),
  })
}

function exchangeOf(request: FastifyRequest): NotedExchange | null {
  const { sender, method, body, bodyBytes, responseText } = request
  if (!sender?.logsBodies) return null
  const exchange = { method, route: routeOf(request), requestBody: body ?? null, responseText }
  return {
    bytes: (bodyBytes?.length ?? 0) + (responseText?.length ?? 0),
    bodies: () => keptBodies(exchange),
  }
}

function routeOf({ routeOptions }: FastifyRequest): string {
  return routeOptions.url ?? 'unknown'
}
