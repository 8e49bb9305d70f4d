/** /api-keys in the Resend dialect: making, listing, renaming and ending an account's keys. */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { type Static, Type } from 'typebox'
import { createCredential, sealCredentialName } from '../../core/credentials/create-credential.ts'
import { type ApiKey, listApiKeys } from '../../core/credentials/list-credentials.ts'
import { renameCredential } from '../../core/credentials/queries.ts'
import { revokeCredential } from '../../core/credentials/revoke-credential.ts'
import { Refusal } from '../../lib/refusal.ts'
import { isUuid } from '../../lib/uuid.ts'
import type { ApiDeps } from '../deps.ts'
import { senderOf } from './authenticate.ts'
import { pageBody, readId, readPage, rowsWanted, wholeListLimit } from './pagination.ts'
import { type DialectApp, ErrorAnswer, IdParams, ListOf, Nullable, Timestamp } from './schemas.ts'

const nameLengthMax = 50
const Name = Type.String({
  maxLength: nameLengthMax,
  description: `a string of at most ${nameLengthMax} characters`,
})

const NewKey = Type.Object(
  {
    name: Name,
    permission: Type.Optional(
      Type.Union([Type.Literal('full_access'), Type.Literal('sending_access'), Type.Null()], {
        description: '`full_access` or `sending_access`',
      }),
    ),
    domain_id: Type.Optional(
      Type.Union([Type.String(), Type.Null()], { description: 'the id of a domain' }),
    ),
  },
  { description: 'a JSON object' },
)
const KeyChange = Type.Object({ name: Name }, { description: 'a JSON object' })

const KeyListing = Type.Object({
  id: Type.String(),
  name: Type.String(),
  created_at: Timestamp,
  last_used_at: Nullable(Timestamp),
})
const KeyReference = Type.Object({ object: Type.Literal('api_key'), id: Type.String() })
const NewKeyAnswer = Type.Object({ ...KeyReference.properties, token: Type.String() })
const DeletedKey = Type.Object({ ...KeyReference.properties, deleted: Type.Literal(true) })

export const apiKeyRoutes: FastifyPluginAsyncTypebox<ApiDeps> = async (app, deps) => {
  createKey(app, deps)
  listKeys(app, deps)
  updateKey(app, deps)
  deleteKey(app, deps)
}

function createKey(app: DialectApp, deps: ApiDeps): void {
  app.route({
    method: 'POST',
    url: '/api-keys',
    schema: {
      operationId: 'createApiKey',
      body: NewKey,
      response: { 201: NewKeyAnswer, '4xx': ErrorAnswer },
    },
    handler: async (request, reply) => {
      const sender = senderOf(request)
      const session = await deps.senders.session(sender)
      const asker = { h1: sender.h1, session }
      const { id, token } = await createCredential(deps, asker, readNewKey(request.body))
      return reply.code(201).send({ object: 'api_key', id, token })
    },
  })
}

function listKeys(app: DialectApp, deps: ApiDeps): void {
  app.route({
    method: 'GET',
    url: '/api-keys',
    schema: {
      operationId: 'listApiKeys',
      response: { 200: ListOf(KeyListing), '4xx': ErrorAnswer },
    },
    handler: async (request) => {
      const page = readPage(request.query, wholeListLimit)
      const keys = await listApiKeys(deps, senderOf(request), rowsWanted(page))
      return pageBody(keys, page, keyListing)
    },
  })
}

function updateKey(app: DialectApp, deps: ApiDeps): void {
  app.route({
    method: 'PATCH',
    url: '/api-keys/:id',
    schema: {
      operationId: 'updateApiKey',
      params: IdParams,
      body: KeyChange,
      response: { 200: KeyReference, '4xx': ErrorAnswer },
    },
    handler: async (request) => {
      const sender = senderOf(request)
      const id = readId(request.params)
      const session = await deps.senders.session(sender)
      const nameSealed = sealCredentialName(session, id, request.body.name)
      const isKnown = await renameCredential(deps.sql, sender.h1, { id, nameSealed })
      if (!isKnown) throw new Refusal('not_found', 'API key not found')
      return { object: 'api_key' as const, id }
    },
  })
}

function deleteKey(app: DialectApp, deps: ApiDeps): void {
  app.route({
    method: 'DELETE',
    url: '/api-keys/:id',
    schema: {
      operationId: 'deleteApiKey',
      params: IdParams,
      response: { 200: DeletedKey, '4xx': ErrorAnswer },
    },
    handler: async (request) => {
      const { h1, credentialId } = senderOf(request)
      const id = readId(request.params)
      await revokeCredential(deps, h1, id)
      if (id === credentialId) deps.senders.forget(h1)
      return { object: 'api_key' as const, id, deleted: true as const }
    },
  })
}

function readNewKey({ name, permission, domain_id: domainId }: Static<typeof NewKey>) {
  if (domainId && !isUuid(domainId)) {
    throw new Refusal('invalid_input', 'The `domain_id` field must be the id of a domain, a UUID.')
  }
  return { name, permission: permission ?? 'full_access', domainId: domainId || null }
}

function keyListing({ id, name, createdAt, lastUsedAt }: ApiKey): Static<typeof KeyListing> {
  return {
    id,
    name,
    created_at: createdAt.toISOString(),
    last_used_at: lastUsedAt?.toISOString() ?? null,
  }
}
