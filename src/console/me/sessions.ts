/** Where one is signed in, and ending that. */
import { type Static, Type } from 'typebox'
import {
  endOtherSessions,
  endSession,
  type OwnSession,
  readSessions,
} from '../../core/people/sessions.ts'
import { newSession } from '../../core/people/sign-in.ts'
import { closed, IdParams, NoContent } from '../lists.ts'
import type { ConsoleRoutes } from '../routes.ts'
import { sessionOf } from '../session.ts'
import { setCookie } from '../sign-in.ts'

const OrNull = <Schema extends Type.TSchema>(schema: Schema, description: string) =>
  Type.Union([schema, Type.Null()], { description })

const OwnSessionBody = Type.Object(
  {
    id: Type.String({ format: 'uuid', description: 'of the session' }),
    account_id: Type.String({ format: 'uuid', description: 'the account it is in' }),
    created_at: Type.String({ format: 'date-time', description: 'when it began' }),
    expires_at: Type.String({ format: 'date-time', description: 'when it ends at the latest' }),
    last_used_at: OrNull(
      Type.String({ format: 'date-time' }),
      'when something was last asked with it; null when nothing was since it began',
    ),
    address: OrNull(Type.String(), 'from where it was used last; null when that is not known'),
    user_agent: OrNull(Type.String(), 'what the browser says of itself'),
    is_present: Type.Boolean({ description: 'whether it is the session that asks' }),
  },
  closed,
)

const OwnSessions = Type.Object(
  { data: Type.Array(OwnSessionBody, { description: 'newest first' }) },
  { ...closed, description: 'Every session of the person that lives, in all their accounts.' },
)

export const ownSessionRoutes: ConsoleRoutes = async (app, deps) => {
  app.route({
    method: 'GET',
    url: '/me/sessions',
    config: { scope: 'session' },
    schema: {
      operationId: 'listMySessions',
      summary: 'Where the person is signed in.',
      response: { 200: OwnSessions },
    },
    handler: async (request) => {
      const sessions = await readSessions(deps.people, sessionOf(request))
      return { data: sessions.map(ownSessionBody) }
    },
  })

  app.route({
    method: 'DELETE',
    url: '/me/sessions/:id',
    config: { scope: 'session' },
    schema: {
      operationId: 'endMySession',
      summary: 'Ends a session, within a second.',
      params: IdParams,
      response: { 204: NoContent },
    },
    handler: async (request, reply) => {
      await endSession(deps.people, sessionOf(request).h1, request.params.id)
      return reply.code(204).send(null)
    },
  })

  app.route({
    method: 'POST',
    url: '/me/sessions/end-others',
    config: { scope: 'session' },
    schema: {
      operationId: 'endMyOtherSessions',
      summary: 'Ends every session but this one, which goes on under a new token.',
      response: { 204: NoContent },
    },
    handler: async (request, reply) => {
      const { h1, browserKey } = sessionOf(request)
      const { session, proof } = newSession(deps.people, browserKey)
      await endOtherSessions(deps.people, h1, session)
      deps.signedIn.forget(h1)
      setCookie(deps, { request, reply }, proof.token)
      return reply.code(204).send(null)
    },
  })
}

function ownSessionBody(session: OwnSession): Static<typeof OwnSessionBody> {
  const { id, accountId, createdAt, expiresAt, lastUsedAt, client, isPresent } = session
  return {
    id,
    account_id: accountId,
    created_at: createdAt.toISOString(),
    expires_at: expiresAt.toISOString(),
    last_used_at: lastUsedAt?.toISOString() ?? null,
    address: client?.address ?? null,
    user_agent: client?.userAgent ?? null,
    is_present: isPresent,
  }
}
