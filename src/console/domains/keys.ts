/** The signing keys of a domain: /api/domains/:id/rotate and its standby key. Both take a fresh factor. */
import { replaceStandby, rotateKeys } from '../../core/domains/rotate-keys.ts'
import { IdParams, NoContent } from '../lists.ts'
import type { ConsoleRoutes } from '../routes.ts'
import { sessionOf } from '../session.ts'

export const domainKeyRoutes: ConsoleRoutes = async (app, deps) => {
  app.route({
    method: 'POST',
    url: '/domains/:id/rotate',
    config: { scope: 'domains:write' },
    schema: {
      operationId: 'rotateDomainKeys',
      summary: 'Signs with the standby key from now on.',
      description:
        'Its record is looked for first, which may take some seconds; `not_ready` where it is not published. The former key stays published and stands by. Takes a fresh factor.',
      params: IdParams,
      response: { 204: NoContent },
    },
    handler: async (request, reply) => {
      await rotateKeys(deps, sessionOf(request).h1, request.params.id)
      return reply.code(204).send(null)
    },
  })

  app.route({
    method: 'POST',
    url: '/domains/:id/standby-key',
    config: { scope: 'domains:write' },
    schema: {
      operationId: 'replaceStandbyKey',
      summary: 'Makes another standby key, under the same selector.',
      description:
        '`not_ready` for seven days after a rotation, while mail that the former key has signed may be on its way. A key that is published as TXT has to be published anew. Takes a fresh factor.',
      params: IdParams,
      response: { 204: NoContent },
    },
    handler: async (request, reply) => {
      await replaceStandby(deps, sessionOf(request).h1, request.params.id)
      return reply.code(204).send(null)
    },
  })
}
