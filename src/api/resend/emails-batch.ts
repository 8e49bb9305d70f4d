/** /emails/batch in the Resend dialect: up to 100 messages in one call, all or (permissive) what is valid of them. */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import type { FastifyRequest } from 'fastify'
import { Type } from 'typebox'
import { demandSendingDomain } from '../../core/domains/sending-domain.ts'
import type { Draft } from '../../core/messages/accept-message.ts'
import type { Sender } from '../../core/messages/sender.ts'
import { Refusal, type RefusalCode } from '../../lib/refusal.ts'
import { refuseInvalid } from '../../lib/schema-fault.ts'
import type { ApiDeps } from '../deps.ts'
import { senderOf } from './authenticate.ts'
import { IdempotencyHeader, readIdempotency } from './idempotency.ts'
import { emailExample, NewEmail, readNewEmail } from './new-email.ts'
import { EmailId, ErrorAnswer, exampleIds } from './schemas.ts'
import { isValidateOnly, ValidateOnlyHeader, Validation, validation } from './validate-only.ts'

const itemsMax = 100

const wholeBatch = {
  minItems: 1,
  maxItems: itemsMax,
  description: `a JSON array of 1 to ${itemsMax} messages`,
}
const NewEmails = Type.Array(Type.Unknown(), wholeBatch)

const ItemErrors = Type.Array(
  Type.Object({
    index: Type.Integer({ description: 'the place of the message in the request, from 0' }),
    message: Type.String({ description: 'what is wrong with it' }),
  }),
  { description: 'what was not accepted; with permissive validation only' },
)

const BatchAnswer = Type.Object(
  {
    data: Type.Array(EmailId, { description: 'what was accepted, in the order of the request' }),
    errors: Type.Optional(ItemErrors),
  },
  { description: 'The ids in the order of the messages; `errors` in permissive mode only.' },
)

const BatchValidation = Type.Object({
  ...Validation.properties,
  errors: Type.Optional(ItemErrors),
})

/** For the documents; `checkItem` looks at each message by itself, and `readMode` at the header. */
const DocumentedEmails = Type.Array(NewEmail, {
  ...wholeBatch,
  examples: [
    [
      { ...emailExample, to: 'ada@example.com', subject: 'Hello Ada' },
      { ...emailExample, to: 'bob@example.com', subject: 'Hello Bob' },
    ],
  ],
})

const BatchHeaders = Type.Object({
  ...IdempotencyHeader.properties,
  ...ValidateOnlyHeader.properties,
  'x-batch-validation': Type.Optional(
    Type.Union([Type.Literal('strict'), Type.Literal('permissive')], {
      default: 'strict',
      description: '`strict` refuses the whole call for one message, `permissive` that message.',
    }),
  ),
})

/** What is wrong with one item, as opposed to what keeps the whole call from being done. */
const faultsOfItems: ReadonlySet<RefusalCode> = new Set([
  'domain_not_verified',
  'forbidden_field',
  'invalid_attachment',
  'invalid_input',
  'invalid_parameter',
  'missing_field',
  'not_permitted',
])

interface ItemFault {
  index: number
  refusal: Refusal
}

export const emailBatchRoutes: FastifyPluginAsyncTypebox<ApiDeps> = async (app, deps) => {
  app.route({
    method: 'POST',
    url: '/emails/batch',
    config: { scope: 'emails:send', documented: { headers: BatchHeaders, body: DocumentedEmails } },
    schema: {
      operationId: 'sendEmails',
      summary: 'Send up to 100 messages',
      description:
        'All or none, unless `x-batch-validation: permissive` asks for what is right of them; `errors` then names the others by their place.',
      body: NewEmails,
      response: {
        200: Type.Union([BatchAnswer, BatchValidation], {
          description: 'The ids in the order of the messages; `errors` in permissive mode only.',
          examples: [{ data: [{ id: exampleIds.message }, { id: exampleIds.otherMessage }] }],
        }),
        '4xx': ErrorAnswer,
      },
    },
    handler: async (request) => {
      const isPermissive = readMode(request.headers['x-batch-validation'])
      const sender = senderOf(request)
      const endpoint = isPermissive ? 'POST /emails/batch permissive' : 'POST /emails/batch'
      const idempotency = readIdempotency(request, endpoint)
      const { drafts, faults } = await readItems(request, deps, sender)
      const [first] = faults
      if (first && !isPermissive) throw atItem(first)
      const errors = faults.map(({ index, refusal }) => ({ index, message: refusal.message }))
      if (isValidateOnly(request)) {
        return { ...validation(errors.length === 0), ...(isPermissive && { errors }) }
      }
      const ids = drafts.length > 0 ? await deps.door.accept(sender, drafts, idempotency) : []
      const data = ids.map((id) => ({ id }))
      return isPermissive ? { data, errors } : { data }
    },
  })
}

function readMode(header: string | string[] | undefined): boolean {
  if (header === undefined || header === 'strict') return false
  if (header === 'permissive') return true
  throw new Refusal(
    'invalid_input',
    'The x-batch-validation header must be `strict` or `permissive`.',
  )
}

async function readItems(
  request: FastifyRequest,
  { senders, clock }: ApiDeps,
  sender: Sender,
): Promise<{ drafts: Draft[]; faults: ItemFault[] }> {
  const items = request.body as unknown[] // the route's schema says so
  const drafts: Draft[] = []
  const faults: ItemFault[] = []
  for (const [index, item] of items.entries()) {
    try {
      const draft = readNewEmail(checkItem(request, item), { nowMs: clock.now(), isBatch: true })
      await demandSendingDomain(senders, sender, draft)
      drafts.push(draft)
    } catch (error) {
      if (!(error instanceof Refusal) || !faultsOfItems.has(error.code)) throw error
      faults.push({ index, refusal: error })
    }
  }
  return { drafts, faults }
}

/** The schema of one message, compiled once; the array's own schema would refuse the whole call. */
function checkItem(request: FastifyRequest, item: unknown): NewEmail {
  const validate =
    request.getValidationFunction(NewEmail) ?? request.compileValidationSchema(NewEmail)
  if (validate(item)) return item as NewEmail // what validate has just said
  throw refuseInvalid(validate.errors ?? [])
}

function atItem({ index, refusal }: ItemFault): Refusal {
  return new Refusal(refusal.code, `Item ${index}: ${refusal.message}`)
}
