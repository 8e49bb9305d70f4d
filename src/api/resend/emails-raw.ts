/** /emails/raw: a whole message (RFC 5322) as a program has made it. Not in the vendor's dialect. */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import type { FastifyRequest } from 'fastify'
import { Type } from 'typebox'
import { demandSendingDomain } from '../../core/domains/sending-domain.ts'
import { readRawDraft } from '../../core/messages/raw-draft.ts'
import { Refusal } from '../../lib/refusal.ts'
import { explainMailboxes, parseMailboxes } from '../../mail/mailbox-list.ts'
import type { ApiDeps } from '../deps.ts'
import { senderOf } from './authenticate.ts'
import { IdempotencyHeader, idempotencyOf, readIdempotencyKey } from './idempotency.ts'
import { EmailId, ErrorAnswer, exampleIds } from './schemas.ts'
import { isValidateOnly, ValidateOnlyHeader, Validation, validation } from './validate-only.ts'

const messageBytesMax = 40_000_000
const mediaType = 'message/rfc822'

const SentEmail = Type.Union([EmailId, Validation], {
  description: 'The id of the message, which is stored and will be delivered.',
  examples: [{ id: exampleIds.message }],
})
/** For the documents; `messageOf` checks. */
const RawMessage = Type.String({
  description: `the message itself, of at most ${messageBytesMax / 1_000_000} MB, lines ended by CR LF`,
  examples: [
    [
      'From: Shop <shop@postern.localhost>',
      'To: ada@example.com',
      'Subject: Your order',
      '',
      'It is on its way.',
      '',
    ].join('\r\n'),
  ],
})
const SendingHeaders = Type.Object({
  ...IdempotencyHeader.properties,
  ...ValidateOnlyHeader.properties,
})

export const rawEmailRoutes: FastifyPluginAsyncTypebox<ApiDeps> = async (app, deps) => {
  app.addContentTypeParser<Buffer>(
    mediaType,
    { parseAs: 'buffer' },
    async (request: FastifyRequest, body: Buffer) => {
      request.bodyBytes = body
      return body
    },
  )
  app.route({
    method: 'POST',
    url: '/emails/raw',
    config: { scope: 'emails:send', documented: { headers: SendingHeaders, body: RawMessage } },
    bodyLimit: messageBytesMax,
    schema: {
      operationId: 'sendRawEmail',
      summary: 'Send a whole message',
      description:
        'A message as a program has made it (RFC 5322), kept byte for byte. Not part of the vendor’s dialect.',
      consumes: [mediaType],
      headers: Type.Object({
        'postern-recipients': Type.Optional(
          Type.String({
            description: 'a list of addresses between commas; without it To, Cc and Bcc name them',
          }),
        ),
      }),
      response: { 200: SentEmail, '4xx': ErrorAnswer },
    },
    handler: async (request) => {
      const sender = senderOf(request)
      const bytes = messageOf(request)
      const recipients = readRecipients(request.headers['postern-recipients'])
      const submission = recipients ? { bytes, recipients } : { bytes }
      const { draft, idempotencyKey } = readRawDraft(submission, deps.clock.now())
      await demandSendingDomain(deps.senders, sender, draft)
      const key = readIdempotencyKey(request.headers['idempotency-key'] ?? idempotencyKey)
      if (isValidateOnly(request)) return validation(true)
      const idempotency = key === null ? null : idempotencyOf(request, 'POST /emails/raw', key)
      const [id] = await deps.door.accept(sender, [draft], idempotency)
      if (id === undefined) throw new Error('the door answered without a message id')
      return { id }
    },
  })
}

function messageOf({ body }: FastifyRequest): Buffer {
  if (Buffer.isBuffer(body)) return body
  throw new Refusal(
    'invalid_input',
    `The body must be the message itself; send it with \`Content-Type: ${mediaType}\`.`,
  )
}

function readRecipients(header: string | undefined): string[] | undefined {
  if (header === undefined) return undefined
  const mailboxes = parseMailboxes(header)
  if (mailboxes) return mailboxes.map(({ address }) => address)
  throw new Refusal(
    'invalid_input',
    `The Postern-Recipients header must be a list of addresses. ${explainMailboxes(header)}`,
  )
}
