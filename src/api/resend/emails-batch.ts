/** /emails/batch in the Resend dialect: up to 100 messages in one call, all or (permissive) what is valid of them. */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import type { FastifyRequest } from 'fastify'
import { Type } from 'typebox'
import type { Draft } from '../../core/messages/accept-message.ts'
import type { Sender } from '../../core/messages/sender.ts'
import { Refusal, type RefusalCode } from '../../lib/refusal.ts'
import type { ApiDeps } from '../deps.ts'
import { senderOf } from './authenticate.ts'
import { refuseInvalid } from './errors.ts'
import { readIdempotency } from './idempotency.ts'
import { demandSendingDomain, NewEmail, readNewEmail } from './new-email.ts'
import { EmailId, ErrorAnswer } from './schemas.ts'
import { isValidateOnly, Validation, validation } from './validate-only.ts'

const itemsMax = 100

const NewEmails = Type.Array(Type.Unknown(), {
  minItems: 1,
  maxItems: itemsMax,
  description: `a JSON array of 1 to ${itemsMax} messages`,
})

const ItemErrors = Type.Array(
  Type.Object({
    index: Type.Integer({ description: 'the place of the message in the request, from 0' }),
    message: Type.String({ description: 'what is wrong with it' }),
  }),
  { description: 'what was not accepted; with permissive validation only' },
)

const BatchAnswer = Type.Object({
  data: Type.Array(EmailId, { description: 'what was accepted, in the order of the request' }),
  errors: Type.Optional(ItemErrors),
})

const BatchValidation = Type.Object({
  ...Validation.properties,
  errors: Type.Optional(ItemErrors),
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
    config: { sendingAccess: true },
    schema: {
      operationId: 'sendEmails',
      body: NewEmails,
      response: { 200: Type.Union([BatchAnswer, BatchValidation]), '4xx': ErrorAnswer },
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
