/** One's own name and password. */
import { Type } from 'typebox'
import { changePassword } from '../../core/people/factors.ts'
import { leaveAccount } from '../../core/people/members.ts'
import { renamePerson } from '../../core/people/profile.ts'
import { newSession } from '../../core/people/sign-in.ts'
import { closed, NoContent } from '../lists.ts'
import { PersonName } from '../people/links.ts'
import type { ConsoleRoutes } from '../routes.ts'
import { sessionOf } from '../session.ts'
import { selfOf } from '../session-body.ts'
import { setCookie } from '../sign-in.ts'
import { sessionCookie } from '../signed-in.ts'

const NameBody = Type.Object({ name: PersonName }, closed)
const PasswordBody = Type.Object(
  {
    password: Type.String({
      minLength: 1,
      maxLength: 1024,
      description: 'the new one: 15 characters or more, on no list of those that leaked',
    }),
  },
  closed,
)

export const profileRoutes: ConsoleRoutes = async (app, deps) => {
  app.route({
    method: 'PATCH',
    url: '/me',
    config: { scope: 'session' },
    schema: {
      operationId: 'renameMe',
      summary: 'Changes what the person is called.',
      body: NameBody,
      response: { 204: NoContent },
    },
    handler: async (request, reply) => {
      await renamePerson(deps.people, sessionOf(request), request.body.name)
      return reply.code(204).send(null)
    },
  })

  app.route({
    method: 'DELETE',
    url: '/me/membership',
    config: { scope: 'session' },
    schema: {
      operationId: 'leaveAccount',
      summary: 'Leaves the account of this session, whatever the role. Takes a fresh factor.',
      description:
        'Every session of the person in the account ends. The last owner makes somebody else one first.',
      response: { 204: NoContent },
    },
    handler: async (request, reply) => {
      const session = sessionOf(request)
      await leaveAccount(deps.people, session)
      deps.signedIn.forget(session.h1)
      reply.clearCookie(sessionCookie, { path: '/' })
      return reply.code(204).send(null)
    },
  })

  app.route({
    method: 'PUT',
    url: '/me/password',
    config: { scope: 'session' },
    schema: {
      operationId: 'changePassword',
      summary: 'Changes the password, and ends every other session. Takes a fresh factor.',
      body: PasswordBody,
      response: { 204: NoContent },
    },
    handler: async (request, reply) => {
      const session = sessionOf(request)
      const { name, email } = await selfOf(deps, session)
      const { session: next, proof } = newSession(deps.people, session.browserKey)
      const { password } = request.body
      await changePassword(deps.people, session, { password, name, email, session: next })
      deps.signedIn.forget(session.h1)
      setCookie(deps, { request, reply }, proof.token)
      return reply.code(204).send(null)
    },
  })
}
