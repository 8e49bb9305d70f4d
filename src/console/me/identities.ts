/** How single sign-on knows the person. */
import { Type } from 'typebox'
import { readIdentities, unlinkIdentity } from '../../core/people/identities.ts'
import { closed, IdParams, NoContent } from '../lists.ts'
import type { ConsoleRoutes } from '../routes.ts'
import { sessionOf } from '../session.ts'

const IdentityList = Type.Object(
  {
    data: Type.Array(
      Type.Object(
        {
          id: Type.String({ format: 'uuid', description: 'of the identity' }),
          is_current: Type.Boolean({
            description: 'whether it is of the provider that is in use; another lets in nobody',
          }),
          linked_at: Type.String({ format: 'date-time', description: 'when it was linked' }),
        },
        closed,
      ),
      { description: 'oldest first' },
    ),
  },
  { ...closed, description: 'By which single sign-on lets in as the person.' },
)

export const identityRoutes: ConsoleRoutes = async (app, deps) => {
  app.route({
    method: 'GET',
    url: '/me/identities',
    config: { scope: 'session' },
    schema: {
      operationId: 'listMyIdentities',
      summary: 'The identities of single sign-on that are linked to the person.',
      response: { 200: IdentityList },
    },
    handler: async (request) => {
      const issuer = deps.singleSignOn?.offer.issuer ?? null
      const identities = await readIdentities(deps.people, sessionOf(request), issuer)
      return {
        data: identities.map(({ id, isCurrent, linkedAt }) => ({
          id,
          is_current: isCurrent,
          linked_at: linkedAt.toISOString(),
        })),
      }
    },
  })

  app.route({
    method: 'DELETE',
    url: '/me/identities/:id',
    config: { scope: 'session' },
    schema: {
      operationId: 'unlinkMyIdentity',
      summary: 'Unlinks single sign-on, unless it is the only way in. Takes a fresh factor.',
      params: IdParams,
      response: { 204: NoContent },
    },
    handler: async (request, reply) => {
      await unlinkIdentity(deps.people, sessionOf(request), request.params.id)
      return reply.code(204).send(null)
    },
  })
}
