/** The API keys of an account: /api/keys. What makes a key or gives one away takes a fresh factor, which vault asks for. */
import { Type } from 'typebox'
import type { SignedRow } from '../../core/authority/signed-row.ts'
import { createCredential, sealCredentialName } from '../../core/credentials/create-credential.ts'
import { readCredentialUsage } from '../../core/credentials/credential-usage.ts'
import { renameCredential } from '../../core/credentials/queries.ts'
import { readApiKey, readApiKeys } from '../../core/credentials/read-credential.ts'
import { revokeAndHold, revokeCredential } from '../../core/credentials/revoke-credential.ts'
import { rollApiKey } from '../../core/credentials/roll-credential.ts'
import { Refusal } from '../../lib/refusal.ts'
import { beginSession, type SealingSession } from '../../lib/seal.ts'
import type { ConsoleDeps } from '../deps.ts'
import { closed, IdParams, ListOf, ListQuery, listBody, NoContent, rowsWanted } from '../lists.ts'
import type { ConsoleRoutes } from '../routes.ts'
import { type Session, sessionOf } from '../session.ts'
import {
  KeyBody,
  KeyChangeBody,
  keyBody,
  NewKeyAnswer,
  NewKeyBody,
  RevokedKeyAnswer,
  RollBody,
  RolledKeyAnswer,
} from './key-body.ts'
import { KeyUsageBody, keyUsageBody } from './key-usage-body.ts'
import { readNewKey } from './new-key.ts'

const HoldQuery = Type.Object(
  {
    hold: Type.Optional(
      Type.Boolean({
        description: 'true or false: whether what the key has submitted waits for a release',
      }),
    ),
  },
  closed,
)

export const keyRoutes: ConsoleRoutes = async (app, deps) => {
  await app.register(readingKeys, deps)
  await app.register(keyUsage, deps)
  await app.register(changingKeys, deps)
}

const readingKeys: ConsoleRoutes = async (app, deps) => {
  app.route({
    method: 'GET',
    url: '/keys',
    config: { scope: 'keys:read' },
    schema: {
      operationId: 'listKeys',
      summary: 'The API keys that work.',
      querystring: ListQuery,
      response: { 200: ListOf(KeyBody, 'The keys, without their tokens.') },
    },
    handler: async (request) => {
      const session = sessionOf(request)
      const rows = await readApiKeys(reader(deps, session), session.h1, rowsWanted(request.query))
      return listBody(rows, request.query, keyBody)
    },
  })

  app.route({
    method: 'GET',
    url: '/keys/:id',
    config: { scope: 'keys:read' },
    schema: {
      operationId: 'getKey',
      summary: 'One API key that was not revoked.',
      params: IdParams,
      response: { 200: KeyBody },
    },
    handler: async (request) => {
      const session = sessionOf(request)
      const key = await readApiKey(reader(deps, session), session.h1, request.params.id)
      if (!key) throw notFound()
      return keyBody(key)
    },
  })
}

const keyUsage: ConsoleRoutes = async (app, deps) => {
  app.route({
    method: 'GET',
    url: '/keys/:id/usage',
    config: { scope: 'keys:read' },
    schema: {
      operationId: 'getKeyUsage',
      summary: 'What a key was used for in the last 30 days: what would stand still without it.',
      params: IdParams,
      response: { 200: KeyUsageBody },
    },
    handler: async (request) => {
      const { h1 } = sessionOf(request)
      return keyUsageBody(await readCredentialUsage(deps.sql, h1, request.params.id))
    },
  })
}

const changingKeys: ConsoleRoutes = async (app, deps) => {
  await app.register(makingKeys, deps)
  app.route({
    method: 'PATCH',
    url: '/keys/:id',
    config: { scope: 'keys:write' },
    schema: {
      operationId: 'renameKey',
      summary: 'Gives a key another name.',
      description: 'Its token and what it may do stay as they are.',
      params: IdParams,
      body: KeyChangeBody,
      response: { 204: NoContent },
    },
    handler: async (request, reply) => {
      const { h1 } = sessionOf(request)
      const { id } = request.params
      const sealing = await sealingOf(deps, h1)
      const nameSealed = sealCredentialName(sealing, id, request.body.name.trim())
      if (!(await renameCredential(deps.sql, h1, { id, nameSealed }))) throw notFound()
      return reply.code(204).send(null)
    },
  })

  app.route({
    method: 'DELETE',
    url: '/keys/:id',
    config: { scope: 'keys:write' },
    schema: {
      operationId: 'revokeKey',
      summary: 'Ends a key at every door, within a second; this cannot be undone.',
      params: IdParams,
      querystring: HoldQuery,
      response: { 200: RevokedKeyAnswer },
    },
    handler: async (request) => {
      const { h1 } = sessionOf(request)
      const { id } = request.params
      if (request.query.hold) {
        const { held } = await revokeAndHold(deps, h1, id)
        return { held }
      }
      await revokeCredential(deps, h1, id)
      return { held: null }
    },
  })
}

const makingKeys: ConsoleRoutes = async (app, deps) => {
  app.route({
    method: 'POST',
    url: '/keys',
    config: { scope: 'keys:write' },
    schema: {
      operationId: 'createKey',
      summary: 'Makes an API key.',
      description: 'Its token is in this answer and never again. Takes a fresh factor.',
      body: NewKeyBody,
      response: { 201: NewKeyAnswer },
    },
    handler: async (request, reply) => {
      const { h1 } = sessionOf(request)
      const asker = { h1, session: await sealingOf(deps, h1) }
      const made = await createCredential(deps, asker, readNewKey(request.body))
      return reply.code(201).send(made)
    },
  })

  app.route({
    method: 'POST',
    url: '/keys/:id/roll',
    config: { scope: 'keys:write' },
    schema: {
      operationId: 'rollKey',
      summary: 'Makes a key in the place of an old one, which goes on for a while.',
      description:
        'The new key has the name, scopes and restrictions of the old one, and another public key for signed requests where one is given. Takes a fresh factor.',
      params: IdParams,
      body: RollBody,
      response: { 201: RolledKeyAnswer },
    },
    handler: async (request, reply) => {
      const { id: credentialId } = request.params
      const { overlap_seconds: overlapSeconds, signature } = request.body
      const signatureKey = signature && { signatureKey: signature.public_key }
      const asked = { credentialId, overlapSeconds, ...signatureKey }
      const { id, token, predecessorExpiresAt } = await rollApiKey(
        deps,
        sessionOf(request).h1,
        asked,
      )
      const predecessor = { id: credentialId, expires_at: predecessorExpiresAt.toISOString() }
      return reply.code(201).send({ id, token, predecessor })
    },
  })
}

async function sealingOf({ vault }: ConsoleDeps, h1: Buffer): Promise<SealingSession> {
  return beginSession(await vault.accountKeys(h1))
}

/** What vault has not signed is no key, and is said to the operator. */
function reader({ sql, vault, check, log }: ConsoleDeps, { accountId }: Session) {
  const isGenuine = (row: SignedRow<'credential'>) => {
    const { id: credentialId, accountId: owner } = row.columns
    const reason =
      check.distrust(row, credentialId) ?? (owner === accountId ? undefined : 'misplaced')
    if (reason === undefined) return true
    log.error({ accountId, credentialId, reason }, 'alarm: authority row not signed by vault')
    return false
  }
  return { sql, vault, isGenuine }
}

function notFound(): Refusal {
  return new Refusal('not_found', 'API key not found')
}
