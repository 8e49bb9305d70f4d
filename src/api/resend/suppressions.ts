/** /suppressions in the Resend dialect: the addresses an account sends nothing to. */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { type Static, Type } from 'typebox'
import type { SuppressionReason } from '../../core/suppressions/queries.ts'
import {
  readSuppression,
  readSuppressions,
  type Suppression,
  suppress,
  unsuppress,
} from '../../core/suppressions/suppressions.ts'
import { Refusal } from '../../lib/refusal.ts'
import { isUuid } from '../../lib/uuid.ts'
import type { ApiDeps } from '../deps.ts'
import { senderOf } from './authenticate.ts'
import { PageQuery, pageBody, pageLimitDefault, readPage, rowsWanted } from './pagination.ts'
import { type DialectApp, ErrorAnswer, exampleIds, ListOf, Nullable } from './schemas.ts'

const batchMax = 100
const origins = ['bounce', 'complaint', 'manual', 'unsubscribe'] as const

const Email = Type.String({ minLength: 1, description: 'an email address' })
const Emails = Type.Array(Type.String(), {
  minItems: 1,
  maxItems: batchMax,
  description: `a list of 1 to ${batchMax} email addresses`,
})
const Ids = Type.Array(Type.String(), {
  minItems: 1,
  maxItems: batchMax,
  description: `a list of 1 to ${batchMax} ids`,
})
const NewSuppression = Type.Object(
  { email: Email },
  { description: 'a JSON object', examples: [{ email: 'ada@example.com' }] },
)
const NewSuppressions = Type.Object(
  { emails: Emails },
  { description: 'a JSON object', examples: [{ emails: ['ada@example.com', 'bob@example.com'] }] },
)
const Removal = Type.Object(
  { emails: Type.Optional(Emails), ids: Type.Optional(Ids) },
  { description: 'a JSON object', examples: [{ emails: ['ada@example.com'] }] },
)

/** For the documents; `readPage` and `readOrigin` check. */
const ListQuery = Type.Object({
  ...PageQuery.properties,
  origin: Type.Optional(
    Type.Union(
      origins.map((one) => Type.Literal(one)),
      { description: 'Only those that came about so.' },
    ),
  ),
})

const object = Type.Literal('suppression', { description: 'always `suppression`' })
const Id = Type.String({ description: 'the id of the suppression, a UUID' })
const referenceExample = { object: 'suppression', id: exampleIds.suppression }
const deletedExample = { ...referenceExample, deleted: true }
const listingExample = {
  id: exampleIds.suppression,
  email: 'ada@example.com',
  origin: 'bounce',
  source_id: exampleIds.message,
  created_at: '2026-03-02T09:15:01.000Z',
}
const SuppressionParams = Type.Object({
  id: Type.String({ description: 'the id of the suppression, or its address' }),
})
const Reference = Type.Object(
  { object, id: Id },
  { description: 'The suppression there is now.', examples: [referenceExample] },
)
const Deleted = Type.Object(
  {
    object,
    id: Id,
    deleted: Type.Literal(true, { description: 'always true' }),
  },
  { description: 'Which suppression is gone.', examples: [deletedExample] },
)
const Listing = Type.Object(
  {
    id: Id,
    email: Type.String({ description: 'the address; empty where it was not kept' }),
    origin: Type.Union(
      [
        Type.Literal('bounce'),
        Type.Literal('complaint'),
        Type.Literal('manual'),
        Type.Literal('unsubscribe'),
      ],
      {
        description:
          '`bounce`, `complaint`, `manual` for one made by hand, or `unsubscribe` for one that holds for bulk mail only',
      },
    ),
    source_id: Nullable(
      Type.String({
        description: 'the id of the message that brought it about; null when none did',
      }),
    ),
    created_at: Type.String({ description: 'since when, ISO 8601 in UTC' }),
  },
  { examples: [listingExample] },
)
const Body = Type.Object(
  { object, ...Listing.properties },
  { description: 'The suppression.', examples: [{ object: 'suppression', ...listingExample }] },
)
const References = Type.Object(
  {
    data: Type.Array(Reference, { description: 'one for each address, in their order' }),
  },
  { description: 'The suppressions there are now.', examples: [{ data: [referenceExample] }] },
)
const Removed = Type.Object(
  {
    data: Type.Array(Deleted, { description: 'those that were there' }),
  },
  { description: 'Which suppressions are gone.', examples: [{ data: [deletedExample] }] },
)

export const suppressionRoutes: FastifyPluginAsyncTypebox<ApiDeps> = async (app, deps) => {
  addOne(app, deps)
  list(app, deps)
  addBatch(app, deps)
  removeBatch(app, deps)
  getOne(app, deps)
  removeOne(app, deps)
}

function addOne(app: DialectApp, deps: ApiDeps): void {
  app.route({
    method: 'POST',
    url: '/suppressions',
    config: { scope: 'suppressions:write' },
    schema: {
      operationId: 'addSuppression',
      summary: 'Suppress an address',
      description: 'Nothing is sent to it any more.',
      body: NewSuppression,
      response: { 201: Reference, '4xx': ErrorAnswer },
    },
    handler: async (request, reply) => {
      const [id] = await suppress(deps, senderOf(request), [request.body.email])
      if (id === undefined) throw new Error('a suppression was added without an id')
      return reply.code(201).send({ object: 'suppression', id })
    },
  })
}

function list(app: DialectApp, deps: ApiDeps): void {
  app.route({
    method: 'GET',
    url: '/suppressions',
    config: { scope: 'suppressions:read', documented: { query: ListQuery } },
    schema: {
      operationId: 'listSuppressions',
      summary: 'List suppressions',
      description: 'Newest first, 20 at a time when no limit is given.',
      response: { 200: ListOf(Listing, 'The suppressions.'), '4xx': ErrorAnswer },
    },
    handler: async (request) => {
      const page = readPage(request.query, pageLimitDefault)
      const asked = { ...rowsWanted(page), reason: readOrigin(request.query) }
      const found = await readSuppressions(deps, senderOf(request), asked)
      return pageBody(found, page, listing)
    },
  })
}

function addBatch(app: DialectApp, deps: ApiDeps): void {
  app.route({
    method: 'POST',
    url: '/suppressions/batch/add',
    config: { scope: 'suppressions:write' },
    schema: {
      operationId: 'addSuppressions',
      summary: 'Suppress up to 100 addresses',
      description: 'Nothing is sent to them any more.',
      body: NewSuppressions,
      response: { 201: References, '4xx': ErrorAnswer },
    },
    handler: async (request, reply) => {
      const ids = await suppress(deps, senderOf(request), request.body.emails)
      const data = ids.map((id) => ({ object: 'suppression' as const, id }))
      return reply.code(201).send({ data })
    },
  })
}

function removeBatch(app: DialectApp, deps: ApiDeps): void {
  app.route({
    method: 'POST',
    url: '/suppressions/batch/remove',
    config: { scope: 'suppressions:write' },
    schema: {
      operationId: 'removeSuppressions',
      summary: 'Lift up to 100 suppressions',
      description: 'By addresses or by ids. By an address also where it left bulk mail.',
      body: Removal,
      response: { 200: Removed, '4xx': ErrorAnswer },
    },
    handler: async (request) => {
      const ids = await unsuppress(deps, senderOf(request), readRemoval(request.body))
      return { data: ids.map(deleted) }
    },
  })
}

function getOne(app: DialectApp, deps: ApiDeps): void {
  app.route({
    method: 'GET',
    url: '/suppressions/:id',
    config: { scope: 'suppressions:read' },
    schema: {
      operationId: 'getSuppression',
      summary: 'Read a suppression',
      description:
        'By its id or by the address. An address that left bulk mail may have another one for all mail, which is then answered.',
      params: SuppressionParams,
      response: { 200: Body, '4xx': ErrorAnswer },
    },
    handler: async (request) => {
      const found = await readSuppression(deps, senderOf(request), request.params.id)
      if (!found) throw notFound()
      return { object: 'suppression' as const, ...listing(found) }
    },
  })
}

function removeOne(app: DialectApp, deps: ApiDeps): void {
  app.route({
    method: 'DELETE',
    url: '/suppressions/:id',
    config: { scope: 'suppressions:write' },
    schema: {
      operationId: 'removeSuppression',
      summary: 'Lift a suppression',
      description:
        'By its id or by the address; the next message goes there again. By the address also where it left bulk mail.',
      params: SuppressionParams,
      response: { 200: Deleted, '4xx': ErrorAnswer },
    },
    handler: async (request) => {
      const [id] = await unsuppress(deps, senderOf(request), [request.params.id])
      if (id === undefined) throw notFound()
      return deleted(id)
    },
  })
}

function readOrigin(query: unknown): SuppressionReason | null {
  const { origin } = (query ?? {}) as Record<string, unknown> // a parsed query string
  if (origin === undefined) return null
  const known = origins.find((one) => one === origin)
  if (known) return known
  throw new Refusal(
    'invalid_input',
    'The `origin` parameter must be `bounce`, `complaint`, `manual` or `unsubscribe`.',
  )
}

function readRemoval({ emails, ids }: Static<typeof Removal>): string[] {
  if ((emails === undefined) === (ids === undefined)) {
    throw new Refusal(
      'invalid_input',
      'The request body must have either `emails` or `ids`; give one of them.',
    )
  }
  if (emails) return emails
  if (ids?.every(isUuid)) return ids
  throw new Refusal('invalid_input', 'The `ids` field must be a list of ids, each a UUID.')
}

function listing({
  id,
  address,
  reason,
  messageId,
  createdAt,
}: Suppression): Static<typeof Listing> {
  return {
    id,
    email: address,
    origin: reason,
    source_id: messageId,
    created_at: createdAt.toISOString(),
  }
}

function deleted(id: string): Static<typeof Deleted> {
  return { object: 'suppression', id, deleted: true }
}

function notFound(): Refusal {
  return new Refusal('not_found', 'Suppression not found')
}
