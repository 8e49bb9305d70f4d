/** /api/suppressions: the addresses an account sends nothing to. */
import { type Static, Type } from 'typebox'
import {
  readSuppression,
  readSuppressions,
  type Suppression,
  suppress,
  unsuppress,
} from '../core/suppressions/suppressions.ts'
import { Refusal } from '../lib/refusal.ts'
import { closed, IdParams, ListOf, ListQuery, listBody, NoContent, rowsWanted } from './lists.ts'
import type { ConsoleRoutes } from './routes.ts'
import { Id, Instant, Nullable, Text } from './schemas.ts'
import { sessionOf } from './session.ts'

const batchMax = 100
const Reason = Type.Enum(['bounce', 'complaint', 'manual', 'unsubscribe'], {
  description: 'how it came about',
})
const Address = Type.String({ minLength: 1, maxLength: 320, description: 'a whole address' })
const SuppressionBody = Type.Object(
  {
    id: Id('of the suppression'),
    address: Text('empty where it was not kept'),
    reason: Reason,
    scope: Type.Enum(['all', 'bulk'], { description: '`bulk`: it left bulk mail only' }),
    message_id: Nullable(Id('of the message that brought it about; null when none did')),
    created_at: Instant('since when'),
  },
  closed,
)
const SuppressionQuery = Type.Object(
  {
    ...ListQuery.properties,
    reason: Type.Optional(Reason),
    address: Type.Optional(Address),
  },
  closed,
)
const NewSuppressions = Type.Object(
  {
    addresses: Type.Array(Address, {
      minItems: 1,
      maxItems: batchMax,
      description: `1 to ${batchMax} addresses`,
    }),
  },
  closed,
)

export const suppressionRoutes: ConsoleRoutes = async (app, deps) => {
  app.route({
    method: 'GET',
    url: '/suppressions',
    config: { scope: 'suppressions:read' },
    schema: {
      operationId: 'listSuppressions',
      summary: 'Suppressed addresses, newest first.',
      querystring: SuppressionQuery,
      response: { 200: ListOf(SuppressionBody, 'The suppressions.') },
    },
    handler: async (request) => {
      const { reason = null, address, ...page } = request.query
      const session = sessionOf(request)
      if (address !== undefined) {
        const found = await readSuppression(deps, session, address)
        const isWanted = found && (reason === null || found.reason === reason)
        return { data: isWanted ? [suppressionBody(found)] : [], has_more: false }
      }
      const rows = await readSuppressions(deps, session, { ...rowsWanted(page), reason })
      return listBody(rows, page, suppressionBody)
    },
  })

  app.route({
    method: 'POST',
    url: '/suppressions',
    config: { scope: 'suppressions:write' },
    schema: {
      operationId: 'addSuppressions',
      summary: 'Suppresses addresses: nothing is sent to them any more.',
      body: NewSuppressions,
      response: { 204: NoContent },
    },
    handler: async (request, reply) => {
      await suppress(deps, sessionOf(request), request.body.addresses)
      return reply.code(204).send(null)
    },
  })

  app.route({
    method: 'DELETE',
    url: '/suppressions/:id',
    config: { scope: 'suppressions:write' },
    schema: {
      operationId: 'removeSuppression',
      summary: 'Lifts a suppression: the next message goes there again.',
      params: IdParams,
      response: { 204: NoContent },
    },
    handler: async (request, reply) => {
      const [id] = await unsuppress(deps, sessionOf(request), [request.params.id])
      if (id !== undefined) return reply.code(204).send(null)
      throw new Refusal('not_found', 'There is no such suppression in this account.')
    },
  })
}

function suppressionBody({
  id,
  address,
  reason,
  messageId,
  createdAt,
}: Suppression): Static<typeof SuppressionBody> {
  return {
    id,
    address,
    reason,
    scope: reason === 'unsubscribe' ? 'bulk' : 'all',
    message_id: messageId,
    created_at: createdAt.toISOString(),
  }
}
