/** One's own address: /api/me/address, confirmed by the link that went to the new one. */
import { Type } from 'typebox'
import {
  askAddress,
  changeAddress,
  keepAddress,
  readAddressChange,
} from '../../core/people/address.ts'
import { newSession } from '../../core/people/sign-in.ts'
import { RateLimit } from '../../lib/rate-limit.ts'
import { Refusal } from '../../lib/refusal.ts'
import { Email, TokenParams } from '../people/links.ts'
import type { ConsoleRoutes } from '../routes.ts'
import { closed, Instant, NoContent, Nullable, Text } from '../schemas.ts'
import { sessionOf } from '../session.ts'
import { setCookie } from '../sign-in.ts'

const windowMs = 15 * 60_000
/** One that asks for a fresh factor first counts twice. */
const asksMax = 10

const AddressChange = Type.Object(
  {
    email: Text('the new address'),
    created_at: Instant('when it was asked for'),
    expires_at: Instant('until when it can be confirmed'),
  },
  { ...closed, description: 'waits for its link to be confirmed' },
)

const AddressBody = Type.Object(
  { change: Nullable(AddressChange) },
  { ...closed, description: 'The change that is under way, if there is one.' },
)

const Asked = Type.Null({ description: 'A link is on its way to the new address.' })

export const addressRoutes: ConsoleRoutes = async (app, deps) => {
  await app.register(askingRoutes, deps)
  app.route({
    method: 'POST',
    url: '/links/:token/address',
    config: { scope: 'session' },
    schema: {
      operationId: 'changeAddress',
      summary: 'Confirms a new address by the link that went to it.',
      description:
        'Only in a session of who asked, with a fresh factor. Every other session of theirs ends.',
      params: TokenParams,
      response: { 204: NoContent },
    },
    handler: async (request, reply) => {
      const asking = sessionOf(request)
      const { session, proof } = newSession(deps.people, asking.browserKey)
      await changeAddress(deps.people, asking, { token: request.params.token, session })
      deps.signedIn.forget(asking.h1)
      setCookie(deps, { request, reply }, proof.token)
      return reply.code(204).send(null)
    },
  })
}

const askingRoutes: ConsoleRoutes = async (app, deps) => {
  const rate = new RateLimit(deps.clock, windowMs)
  app.route({
    method: 'GET',
    url: '/me/address',
    config: { scope: 'session' },
    schema: {
      operationId: 'getAddressChange',
      summary: 'The change of one’s own address that is under way.',
      response: { 200: AddressBody },
    },
    handler: async (request) => {
      const change = await readAddressChange(deps.people, sessionOf(request))
      if (!change) return { change: null }
      const { email, createdAt, expiresAt } = change
      const times = { created_at: createdAt.toISOString(), expires_at: expiresAt.toISOString() }
      return { change: { email, ...times } }
    },
  })

  app.route({
    method: 'PUT',
    url: '/me/address',
    config: { scope: 'session' },
    schema: {
      operationId: 'askAddress',
      summary: 'Asks for another address. Takes a fresh factor.',
      description:
        'A link goes to the new address and works once, for 20 minutes; the old one is told. The answer never tells whether somebody has that address already.',
      body: Type.Object({ email: Email }, closed),
      response: { 202: Asked },
    },
    handler: async (request, reply) => {
      const session = sessionOf(request)
      if (!deps.mail.isReady) {
        throw new Refusal(
          'unavailable',
          'This installation cannot send mail of its own yet. Ask its operator.',
        )
      }
      if (!rate.take(session.userId, asksMax).allowed) {
        const retryAfterSeconds = windowMs / 1000
        throw new Refusal(
          'rate_limited',
          'Too many links were asked for. Wait a quarter of an hour.',
          { retryAfterSeconds },
        )
      }
      await askAddress(deps, session, request.body.email)
      return reply.code(202).send(null)
    },
  })

  app.route({
    method: 'DELETE',
    url: '/me/address',
    config: { scope: 'session' },
    schema: {
      operationId: 'keepAddress',
      summary: 'Calls off the change of one’s own address: its link is dead.',
      response: { 204: NoContent },
    },
    handler: async (request, reply) => {
      await keepAddress(deps.people, sessionOf(request))
      return reply.code(204).send(null)
    },
  })
}
