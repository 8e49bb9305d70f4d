/** What a link opens, over HTTP and without a key: attachments to download, and shared messages to read. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { type Static, Type } from 'typebox'
import { openAttachmentLink, openMessageLink } from '../../core/links/open-link.ts'
import { RateLimit } from '../../lib/rate-limit.ts'
import { Refusal } from '../../lib/refusal.ts'
import { contentDisposition } from '../../mail/content-disposition.ts'
import { BodyGate } from '../body-gate.ts'
import type { ApiDeps } from '../deps.ts'
import type { OpenAnswer } from '../reference/documented-route.ts'
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
const notValid = 'This link is not valid, or no longer; ask whoever gave it to you for a new one.'
const tooManySentence = 'Too many requests; wait for the seconds in retry-after, then try again.'
const awaySentence =
  'This cannot be shown right now; wait for the seconds in retry-after, then try again.'

const safeHeaders = {
  'cache-control': 'no-store',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'x-robots-tag': 'noindex',
  'cross-origin-resource-policy': 'same-origin',
}

const TokenParams = Type.Object({
  token: Type.String({ description: 'The secret part of the link, 43 characters.' }),
})

/** For the documents. The same for whatever is not valid, so that nothing can be learnt from it. */
const refusals = {
  404: plainAnswer('The link is not valid, or no longer.', notValid),
  429: plainAnswer('Too many requests from one address, or for one account.', tooManySentence),
  503: plainAnswer('The database or vault are away for a moment.', awaySentence),
} as const
const fileAnswer = {
  mediaType: 'application/octet-stream',
  description: 'The file as it was sent, under its own media type.',
}
const pageAnswer = { mediaType: 'text/html', description: 'The message as a page without scripts.' }

const downloadSchema = {
  operationId: 'downloadAttachment',
  summary: 'Download an attachment',
  description: 'What `download_url` of an attachment leads to. It ends an hour after it was made.',
  params: TokenParams,
}
const sharedSchema = {
  operationId: 'readSharedEmail',
  summary: 'Read a shared message',
  description:
    'What the `url` of `POST /emails/{id}/share` leads to. It shows no `bcc`, and ends when that was asked for.',
  params: TokenParams,
}

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
    config: { documented: { open: { 200: fileAnswer, ...refusals } } },
    schema: downloadSchema,
    handler: (request, reply) => download(request, reply, { deps, gate }),
  })
  app.route<Token>({
    method: 'GET',
    url: '/shared/:token',
    config: { documented: { open: { 200: pageAnswer, ...refusals } } },
    schema: sharedSchema,
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

function plainAnswer(description: string, sentence: string): OpenAnswer {
  return { description, mediaType: 'text/plain', example: `${sentence}\n` }
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
  return say(reply, 404, notValid)
}

function say(reply: FastifyReply, status: number, sentence: string): FastifyReply {
  return reply.code(status).type('text/plain; charset=utf-8').send(`${sentence}\n`)
}

function tooMany(): Refusal {
  return new Refusal('rate_limited', tooManySentence, {
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
  return say(reply.header('retry-after', 2), 503, awaySentence)
}
