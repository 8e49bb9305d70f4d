/**
 * Leaving bulk mail over HTTP, without a key: by a mailbox's one click (RFC 8058) or the button of a page. Looking
 * changes nothing, since scanners of mail look at every link.
 */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { type Static, Type } from 'typebox'
import { readUnsubscribeToken, type UnsubscribeLink } from '../../core/unsubscribes/link.ts'
import {
  findSubscription,
  resubscribe,
  type Standing,
  unsubscribe,
} from '../../core/unsubscribes/queries.ts'
import { RateLimit } from '../../lib/rate-limit.ts'
import { Refusal } from '../../lib/refusal.ts'
import type { ApiDeps } from '../deps.ts'
import {
  actionField,
  undoAction,
  unknownLinkPage,
  unsubscribePage,
  unsubscribePagePolicy,
} from './page.ts'

/** Of callers from one address. A mailbox provider presses for many readers from few addresses. */
const callsPerSecond = 50
/** A form of one field, however it is written. */
const formBytesMax = 4_096

const safeHeaders = {
  'cache-control': 'no-store',
  'content-security-policy': unsubscribePagePolicy,
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'x-robots-tag': 'noindex',
  'cross-origin-resource-policy': 'same-origin',
}

const TokenParams = Type.Object({
  token: Type.String({ description: 'the secret part of the link' }),
})

interface Token {
  Params: Static<typeof TokenParams>
}

export async function unsubscribeRoutes(app: FastifyInstance, deps: ApiDeps): Promise<void> {
  const rate = new RateLimit(deps.clock)
  app.addHook('onRequest', async ({ ip }, reply) => {
    reply.headers(safeHeaders)
    if (!rate.take(ip, callsPerSecond).allowed) throw tooMany()
  })
  app.setErrorHandler((error, request, reply) => sendFault(error, { request, reply, deps }))
  readForms(app)
  app.route<Token>({
    method: 'GET',
    url: '/unsubscribe/:token',
    schema: { params: TokenParams },
    handler: ({ params }, reply) =>
      answer(reply, params.token, { act: (link) => findSubscription(deps.sql, link.h1, link) }),
  })
  app.route<Token>({
    method: 'POST',
    url: '/unsubscribe/:token',
    bodyLimit: formBytesMax,
    schema: { params: TokenParams },
    handler: (request, reply) => {
      const isUndone = wantsUndo(request)
      const change = isUndone ? resubscribe : unsubscribe
      const { token } = request.params
      return answer(reply, token, { act: (link) => change(deps.sql, link.h1, link), isUndone })
    },
  })
}

/** One click is a form of either kind (RFC 8058 §3.1); all that is looked for in it is a wish to undo. */
function readForms(app: FastifyInstance): void {
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('*', { parseAs: 'string' }, async (_: unknown, body: string) => body)
}

function wantsUndo({ body }: FastifyRequest): boolean {
  return typeof body === 'string' && new URLSearchParams(body).get(actionField) === undoAction
}

async function answer(
  reply: FastifyReply,
  token: string,
  {
    act,
    isUndone = false,
  }: { act: (link: UnsubscribeLink) => Promise<Standing | undefined>; isUndone?: boolean },
): Promise<FastifyReply> {
  const link = readUnsubscribeToken(token)
  const standing = link && (await act(link))
  if (!standing) return sendPage(reply.code(404), unknownLinkPage())
  return sendPage(reply, unsubscribePage(standing, { isUndone }))
}

function sendPage(reply: FastifyReply, page: string): FastifyReply {
  return reply.type('text/html; charset=utf-8').send(page)
}

function tooMany(): Refusal {
  return new Refusal('rate_limited', 'Too many requests; try again in a moment.', {
    retryAfterSeconds: 2,
  })
}

function sendFault(
  error: unknown,
  { request, reply, deps }: { request: FastifyRequest; reply: FastifyReply; deps: ApiDeps },
): FastifyReply {
  const say = (status: number, sentence: string) =>
    reply.code(status).type('text/plain; charset=utf-8').send(`${sentence}\n`)
  if (error instanceof Refusal && error.code === 'rate_limited') {
    reply.header('retry-after', error.retryAfterSeconds ?? 1)
    return say(429, error.message)
  }
  if (isTooLarge(error)) return say(413, 'The form is too large; send List-Unsubscribe=One-Click.')
  const fields = { requestId: request.id, route: request.routeOptions.url ?? 'unknown', error }
  deps.log.warn(fields, 'unsubscribing failed')
  reply.header('retry-after', 2)
  return say(503, 'This did not work right now; try again.')
}

function isTooLarge(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'FST_ERR_CTP_BODY_TOO_LARGE'
}
