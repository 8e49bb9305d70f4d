/** /emails in the Resend dialect: sending one message, and reading what was sent. */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import { demandSendingDomain } from '../../core/domains/sending-domain.ts'
import { readMessage, readMessages } from '../../core/messages/read-message.ts'
import { Refusal } from '../../lib/refusal.ts'
import type { ApiDeps } from '../deps.ts'
import { senderOf } from './authenticate.ts'
import { EmailBody, EmailListing, emailBody, emailListing } from './email-body.ts'
import { IdempotencyHeader, readIdempotency } from './idempotency.ts'
import { NewEmail, readNewEmail } from './new-email.ts'
import {
  PageQuery,
  pageBody,
  pageLimitDefault,
  readId,
  readPage,
  rowsWanted,
} from './pagination.ts'
import { type DialectApp, EmailId, ErrorAnswer, exampleIds, IdParams, ListOf } from './schemas.ts'
import { isValidateOnly, ValidateOnlyHeader, Validation, validation } from './validate-only.ts'

/** 40 MB of attachments in base64, and as much as any request beside them. */
const bodyBytesMax = 50_000_000

const SentEmail = Type.Union([EmailId, Validation], {
  description: 'The id of the message, which is stored and will be delivered.',
  examples: [{ id: exampleIds.message }],
})
const SendingHeaders = Type.Object({
  ...IdempotencyHeader.properties,
  ...ValidateOnlyHeader.properties,
})

export const emailRoutes: FastifyPluginAsyncTypebox<ApiDeps> = async (app, deps) => {
  sendEmail(app, deps)
  listEmails(app, deps)
  getEmail(app, deps)
}

function sendEmail(app: DialectApp, deps: ApiDeps): void {
  app.route({
    method: 'POST',
    url: '/emails',
    config: { scope: 'emails:send', documented: { headers: SendingHeaders } },
    bodyLimit: bodyBytesMax,
    schema: {
      operationId: 'sendEmail',
      summary: 'Send a message',
      description:
        'The answer comes once the message is on disk. Each recipient gets a copy of their own, and nobody sees `bcc`.',
      body: NewEmail,
      response: { 200: SentEmail, '4xx': ErrorAnswer },
    },
    handler: async (request) => {
      const sender = senderOf(request)
      const idempotency = readIdempotency(request, 'POST /emails')
      const draft = readNewEmail(request.body, { nowMs: deps.clock.now(), isBatch: false })
      await demandSendingDomain(deps.senders, sender, draft)
      if (isValidateOnly(request)) return validation(true)
      const [id] = await deps.door.accept(sender, [draft], idempotency)
      if (id === undefined) throw new Error('the door answered without a message id')
      return { id }
    },
  })
}

function listEmails(app: DialectApp, deps: ApiDeps): void {
  app.route({
    method: 'GET',
    url: '/emails',
    config: { scope: 'emails:read', documented: { query: PageQuery } },
    schema: {
      operationId: 'listEmails',
      summary: 'List messages',
      description: 'Newest first, 20 at a time when no limit is given.',
      response: {
        200: ListOf(EmailListing, 'Messages without their content.'),
        '4xx': ErrorAnswer,
      },
    },
    handler: async (request) => {
      const page = readPage(request.query, pageLimitDefault)
      const messages = await readMessages(deps, senderOf(request).h1, rowsWanted(page))
      const nowMs = deps.clock.now()
      return pageBody(messages, page, (message) => emailListing(message, nowMs))
    },
  })
}

function getEmail(app: DialectApp, deps: ApiDeps): void {
  app.route({
    method: 'GET',
    url: '/emails/:id',
    config: { scope: 'emails:read' },
    schema: {
      operationId: 'getEmail',
      summary: 'Read a message',
      description: 'The message with each delivery, each try, and the story in sentences.',
      params: IdParams,
      response: { 200: EmailBody, '4xx': ErrorAnswer },
    },
    handler: async (request) => {
      const message = await readMessage(deps, senderOf(request).h1, readId(request.params))
      if (!message) throw new Refusal('not_found', 'Email not found')
      return emailBody(message, deps.clock.now())
    },
  })
}
