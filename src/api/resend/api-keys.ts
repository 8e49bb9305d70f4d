/** /api-keys in the Resend dialect: making, listing, renaming and ending an account's keys; showing and rolling are ours. */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { type Static, Type } from 'typebox'
import type { SignedRow } from '../../core/authority/signed-row.ts'
import { resolveAccess } from '../../core/credentials/access-wish.ts'
import { createCredential, sealCredentialName } from '../../core/credentials/create-credential.ts'
import { listApiKeys } from '../../core/credentials/list-credentials.ts'
import { renameCredential } from '../../core/credentials/queries.ts'
import { readApiKey } from '../../core/credentials/read-credential.ts'
import type { Restrictions } from '../../core/credentials/restrictions.ts'
import { revokeAndHold, revokeCredential } from '../../core/credentials/revoke-credential.ts'
import {
  overlapSecondsDefault,
  overlapSecondsMax,
  rollApiKey,
} from '../../core/credentials/roll-credential.ts'
import { Refusal } from '../../lib/refusal.ts'
import { isUuid } from '../../lib/uuid.ts'
import type { ApiDeps } from '../deps.ts'
import {
  DeletedKey,
  KeyBody,
  KeyChange,
  KeyListing,
  KeyReference,
  keyBody,
  keyListing,
  NewKey,
  NewKeyAnswer,
  NewSignature,
  RolledKey,
} from './api-key-body.ts'
import { senderOf } from './authenticate.ts'
import { PageQuery, pageBody, readId, readPage, rowsWanted, wholeListLimit } from './pagination.ts'
import { type DialectApp, ErrorAnswer, IdParams, ListOf } from './schemas.ts'

const Rolling = Type.Object(
  {
    signature: Type.Optional(
      Type.Union([NewSignature, Type.Null()], {
        description:
          'an object with a `public_key` that requests of the new key are signed for; without one, that of the old key goes on',
      }),
    ),
    overlap_seconds: Type.Optional(
      Type.Integer({
        minimum: 0,
        maximum: overlapSecondsMax,
        description: `a whole number of seconds from 0 to ${overlapSecondsMax}, for which the old key goes on`,
      }),
    ),
  },
  { description: 'a JSON object', examples: [{ overlap_seconds: 3600 }] },
)

/** For the documents; `readHold` checks. */
const HoldQuery = Type.Object({
  hold: Type.Optional(
    Type.Boolean({ description: 'Whether what the key has submitted waits for a release.' }),
  ),
})

export const apiKeyRoutes: FastifyPluginAsyncTypebox<ApiDeps> = async (app, deps) => {
  createKey(app, deps)
  listKeys(app, deps)
  getKey(app, deps)
  updateKey(app, deps)
  rollKey(app, deps)
  deleteKey(app, deps)
}

function createKey(app: DialectApp, deps: ApiDeps): void {
  app.route({
    method: 'POST',
    url: '/api-keys',
    config: { scope: 'keys:write', ownFields: ['signature'] },
    schema: {
      operationId: 'createApiKey',
      summary: 'Make an API key',
      description: 'Its token is shown in this answer and never again.',
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
    config: { scope: 'keys:read', documented: { query: PageQuery } },
    schema: {
      operationId: 'listApiKeys',
      summary: 'List API keys',
      description: 'All of them when no limit is given, newest first.',
      response: { 200: ListOf(KeyListing, 'The keys without their tokens.'), '4xx': ErrorAnswer },
    },
    handler: async (request) => {
      const page = readPage(request.query, wholeListLimit)
      const keys = await listApiKeys(deps, senderOf(request), rowsWanted(page))
      return pageBody(keys, page, keyListing)
    },
  })
}

function getKey(app: DialectApp, deps: ApiDeps): void {
  app.route({
    method: 'GET',
    url: '/api-keys/:id',
    config: { scope: 'keys:read' },
    schema: {
      operationId: 'getApiKey',
      summary: 'Read an API key',
      description: 'What it may do, and where it was last used from. Never its token.',
      params: IdParams,
      response: { 200: KeyBody, '4xx': ErrorAnswer },
    },
    handler: async (request) => {
      const { h1, accountId } = senderOf(request)
      const id = readId(request.params)
      const isGenuine = (row: SignedRow<'credential'>) => isOwn(deps, row, accountId)
      const key = await readApiKey({ ...deps, isGenuine }, h1, id)
      if (!key) throw notFound()
      return keyBody(key)
    },
  })
}

function updateKey(app: DialectApp, deps: ApiDeps): void {
  app.route({
    method: 'PATCH',
    url: '/api-keys/:id',
    config: { scope: 'keys:write' },
    schema: {
      operationId: 'updateApiKey',
      summary: 'Rename an API key',
      description: 'Its token and what it may do stay as they are.',
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
      if (!isKnown) throw notFound()
      return { object: 'api_key' as const, id }
    },
  })
}

function rollKey(app: DialectApp, deps: ApiDeps): void {
  app.route({
    method: 'POST',
    url: '/api-keys/:id/roll',
    config: { scope: 'keys:write', ownFields: ['signature'] },
    schema: {
      operationId: 'rollApiKey',
      summary: 'Roll an API key',
      description:
        'Makes a new key with the same rights; the old one goes on for a while, then ends.',
      params: IdParams,
      body: Rolling,
      response: { 201: RolledKey, '4xx': ErrorAnswer },
    },
    // Everything in it may be left out, and then it may be left out itself.
    preValidation: async (request) => {
      request.body ??= {}
    },
    handler: async (request, reply) => {
      const { h1 } = senderOf(request)
      const id = readId(request.params)
      const overlapSeconds = request.body.overlap_seconds ?? overlapSecondsDefault
      const rolling = { credentialId: id, overlapSeconds, ...readSignature(request.body) }
      const rolled = await rollApiKey(deps, h1, rolling)
      const predecessor = { id, expires_at: rolled.predecessorExpiresAt.toISOString() }
      const made = { object: 'api_key' as const, id: rolled.id, token: rolled.token }
      return reply.code(201).send({ ...made, predecessor })
    },
  })
}

function deleteKey(app: DialectApp, deps: ApiDeps): void {
  app.route({
    method: 'DELETE',
    url: '/api-keys/:id',
    config: { scope: 'keys:write', documented: { query: HoldQuery } },
    schema: {
      operationId: 'deleteApiKey',
      summary: 'Revoke an API key',
      description: 'It works no more, at no door; this cannot be undone.',
      params: IdParams,
      response: { 200: DeletedKey, '4xx': ErrorAnswer },
    },
    handler: async (request) => {
      const { h1, credentialId } = senderOf(request)
      const id = readId(request.params)
      const deleted = { object: 'api_key' as const, id, deleted: true as const }
      if (readHold(request.query)) {
        demandOther(id, credentialId)
        const { signed, held } = await revokeAndHold(deps, h1, id)
        deps.check.distrust(signed, id)
        return { ...deleted, held }
      }
      // Seen by this door, no earlier row of it stands here again.
      deps.check.distrust(await revokeCredential(deps, h1, id), id)
      if (id === credentialId) deps.senders.forget(h1)
      return deleted
    },
  })
}

function readNewKey(body: Static<typeof NewKey>) {
  const { name } = body
  const { permission, scopes } = resolveAccess({
    permission: body.permission ?? undefined,
    preset: body.preset ?? undefined,
    scopes: body.scopes ?? undefined,
  })
  return {
    name,
    permission,
    domainId: null,
    domainIds: readDomains(body),
    restrictions: { ...readRestrictions(body), ...(scopes && { scopes }) },
  }
}

/** One as Resend's clients say it, or several in a field of ours. */
function readDomains({
  domain_id: one,
  domain_ids: several,
}: Pick<Static<typeof NewKey>, 'domain_id' | 'domain_ids'>): string[] {
  if (one && several) {
    throw new Refusal('invalid_input', 'Give `domain_id` or `domain_ids`; leave the other out.')
  }
  const ids = several ?? (one ? [one] : [])
  const wrong = ids.findIndex((id) => !isUuid(id))
  if (wrong < 0) return ids
  const field = several ? `domain_ids[${wrong}]` : 'domain_id'
  throw new Refusal('invalid_input', `The \`${field}\` field must be the id of a domain, a UUID.`)
}

function readRestrictions(body: Static<typeof NewKey>): Restrictions {
  const { expires_at: expiry, source_cidrs: sourceCidrs, hourly_max: hourlyMax } = body
  const { holds, keeps_content: keepsContent, streams, canary } = body
  return {
    ...(expiry != null && { expiresAt: readTime(expiry) }),
    ...(sourceCidrs != null && { sourceCidrs }),
    ...(hourlyMax != null && { hourlyMax }),
    ...(holds != null && { holds }),
    ...(keepsContent != null && { keepsContent }),
    ...(streams != null && { streams }),
    ...readSignature(body),
    ...(canary != null && { canary }),
  }
}

function readSignature({
  signature,
}: Pick<Static<typeof NewKey>, 'signature'>): Pick<Restrictions, 'signatureKey'> {
  if (signature == null) return {}
  const { public_key: key } = signature
  return { signatureKey: typeof key === 'string' ? key : JSON.stringify(key) }
}

/** With a zone, since without one it would be the zone of this machine. */
function readTime(text: string): Date {
  const isIso = /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d{1,9})?)?(Z|[+-]\d\d:\d\d)$/i.test(text)
  const at = new Date(isIso ? text : Number.NaN)
  if (!Number.isNaN(at.getTime())) return at
  throw new Refusal(
    'invalid_input',
    'The `expires_at` field must be a time in ISO 8601 with its zone, such as 2027-01-31T12:00:00Z.',
  )
}

function readHold(query: unknown): boolean {
  const { hold } = (query ?? {}) as Record<string, unknown> // a parsed query string
  if (hold === undefined || hold === 'false') return false
  if (hold === 'true') return true
  throw new Refusal('invalid_input', 'The `hold` parameter must be `true` or `false`.')
}

function demandOther(id: string, asking: string): void {
  if (id !== asking) return
  throw new Refusal(
    'invalid_input',
    'A key that ends itself cannot hold what it has submitted; use another key of the account.',
  )
}

function isOwn({ check, log }: ApiDeps, row: SignedRow<'credential'>, accountId: string): boolean {
  const { id } = row.columns
  const isPlaced = row.columns.accountId === accountId
  const reason = check.distrust(row, id) ?? (isPlaced ? undefined : 'misplaced')
  if (reason === undefined) return true
  log.error({ accountId, credentialId: id, reason }, 'alarm: authority row not signed by vault')
  return false
}

function notFound(): Refusal {
  return new Refusal('not_found', 'API key not found')
}
