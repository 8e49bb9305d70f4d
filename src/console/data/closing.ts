/** Closing the account, and keeping it after all: /api/account/closing. */
import { Type } from 'typebox'
import { closeAccount, reopenAccount } from '../../core/people/closing.ts'
import type { ConsoleRoutes } from '../routes.ts'
import { closed, NoContent } from '../schemas.ts'
import { sessionOf } from '../session.ts'

export const closingRoutes: ConsoleRoutes = async (app, { people }) => {
  app.route({
    method: 'POST',
    url: '/account/closing',
    config: { scope: 'account:write' },
    schema: {
      operationId: 'closeAccount',
      summary:
        'Closes the account: nothing is sent from now on, and two weeks later its keys are destroyed. An owner only, with a fresh factor.',
      body: Type.Object(
        {
          account_name: Type.String({
            maxLength: 200,
            description: 'what the account is called, typed by who means it',
          }),
        },
        closed,
      ),
      response: { 204: NoContent },
    },
    handler: async (request, reply) => {
      await closeAccount(people, sessionOf(request), request.body.account_name)
      return reply.code(204).send(null)
    },
  })

  app.route({
    method: 'DELETE',
    url: '/account/closing',
    config: { scope: 'account:write' },
    schema: {
      operationId: 'keepAccount',
      summary: 'Keeps the account after all, while its time has not come. An owner only.',
      response: { 204: NoContent },
    },
    handler: async (request, reply) => {
      await reopenAccount(people, sessionOf(request))
      return reply.code(204).send(null)
    },
  })
}
