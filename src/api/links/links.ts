/** What a link opens, over HTTP and without a key: attachments to download, and shared messages to read. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { type Static, Type } from 'typebox'
import { openAttachmentLink, openMessageLink } from '../../core/links/open-link.ts'
import { Refusal } from '../../lib/refusal.ts'
import { BodyGate } from '../body-gate.ts'
import type { ApiDeps } from '../deps.ts'
import { RateLimit } from '../rate-limit.ts'
import { contentDisposition } from './content-disposition.ts'
import { sharedPage, sharedPagePolicy } from './shared-page.ts'

/** Of callers from one address: whoever guesses is slowed. */
const callsPerSecond = 20
/**
 * An attachment stands in memory sealed and opened, and in the driver's text form: this counts its own bytes, or those of
 * the message it stands within.
 */
const gateLimits = {
  bytesMax: 96_000_000,
  largeBytesMax: 90_000_000,
  accountBytesMax: 60_000_000,
}
/** Of a shared message with its content opened and written as a page. */
const sharedBytes = 10_000_000
/** A reader that takes longer than this would keep others from their turn. */
const answerMs = 10 * 60_000
const tokenForm = /^[A-Za-z0-9_-]{43}$/

const safeHeaders = {
  'cache-control': 'no-store',
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

export async function linkRoutes(app: FastifyInstance, deps: ApiDeps): Promise<void> {
  const gate = new BodyGate(gateLimits)
  const rate = new RateLimit(deps.clock)
  app.addHook('onRequest', async ({ ip }, reply) => {
    reply.headers(safeHeaders)
    if (!rate.take(ip, callsPerSecond).allowed) throw tooMany()
  })
  app.setErrorHandler((error, request, reply) => sendFault(error, { request, reply, deps }))
  app.route<Token>({
    method: 'GET',
    url: '/download/:token',
    schema: { params: TokenParams },
    handler: (request, reply) => download(request, reply, { deps, gate }),
  })
  app.route<Token>({
    method: 'GET',
    url: '/shared/:token',
    schema: { params: TokenParams },
    handler: (request, reply) => share(request, reply, { deps, gate }),
  })
}

async function download(
  { params }: FastifyRequest<Token>,
  reply: FastifyReply,
  { deps, gate }: { deps: ApiDeps; gate: BodyGate },
): Promise<FastifyReply> {
  const file = tokenForm.test(params.token)
    ? await openAttachmentLink(deps, params.token)
    : undefined
  if (!file) return sayNotValid(reply)
  hold(reply, gate.enter(file.accountId, file.sizeBytes))
  const read = await file.read()
  if (!read) return sayNotValid(reply)
  return reply
    .header('content-security-policy', "default-src 'none'; sandbox")
    .header('content-disposition', contentDisposition(read.description.filename))
    .type(read.description.contentType)
    .send(read.bytes)
}

async function share(
  { params }: FastifyRequest<Token>,
  reply: FastifyReply,
  { deps, gate }: { deps: ApiDeps; gate: BodyGate },
): Promise<FastifyReply> {
  if (!tokenForm.test(params.token)) return sayNotValid(reply)
  hold(reply, gate.enter('shared messages', sharedBytes))
  const message = await openMessageLink(deps, params.token)
  if (!message) return sayNotValid(reply)
  return reply
    .header('content-security-policy', sharedPagePolicy)
    .type('text/html; charset=utf-8')
    .send(sharedPage(message))
}

/** Keeps the place in the gate until the answer has been read, or its time is over. */
function hold(reply: FastifyReply, leave: (() => void) | undefined): void {
  if (!leave) throw tooMany()
  const tooLong = setTimeout(() => reply.raw.destroy(), answerMs)
  reply.raw.once('close', () => {
    clearTimeout(tooLong)
    leave()
  })
}

/** The same for whatever is not valid, so that nothing can be learnt from it. */
function sayNotValid(reply: FastifyReply): FastifyReply {
  return say(reply, 404, 'This link is not valid, or no longer.')
}

function say(reply: FastifyReply, status: number, sentence: string): FastifyReply {
  return reply.code(status).type('text/plain; charset=utf-8').send(`${sentence}\n`)
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
  if (error instanceof Refusal && error.code === 'rate_limited') {
    return say(reply.header('retry-after', error.retryAfterSeconds ?? 1), 429, error.message)
  }
  const fields = { requestId: request.id, route: request.routeOptions.url ?? 'unknown', error }
  deps.log.warn(fields, 'link not opened')
  return say(reply.header('retry-after', 2), 503, 'This cannot be shown right now; try again.')
}
