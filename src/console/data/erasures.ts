/** Erasing a person by their address: /api/erasures. */
import { type Static, Type } from 'typebox'
import { beginErasure, findPersonData } from '../../core/erasures/erasures.ts'
import { type ErasureRow, listErasures } from '../../core/erasures/queries.ts'
import type { ConsoleRoutes } from '../routes.ts'
import { closed, Id, Instant, Nullable } from '../schemas.ts'
import { sessionOf } from '../session.ts'

const listedMax = 20
const Address = Type.String({ minLength: 1, maxLength: 320, description: 'a whole address' })
const whole = (description: string) => Type.Integer({ description })

const ErasureBody = Type.Object(
  {
    id: Id('of the erasure'),
    state: Type.Enum(['running', 'done'], { description: 'whether it is done' }),
    messages: whole('messages that are gone so far'),
    cancelled: whole('deliveries that it has cancelled'),
    lifts_suppression: Type.Boolean({ description: 'whether the suppression goes as well' }),
    created_at: Instant('when it was asked for'),
    finished_at: Nullable(Instant('when it was done')),
  },
  closed,
)

const FoundBody = Type.Object(
  {
    messages: whole('messages of the account that went, or are to go, to that address'),
    waiting: whole('of these, those with deliveries that have not ended: they would be cancelled'),
    is_whole: Type.Boolean({
      description: 'false: the account has older messages that were not looked at',
    }),
    is_suppressed: Type.Boolean({ description: 'whether nothing is sent there any more' }),
  },
  { ...closed, description: 'What an erasure would find.' },
)

export const erasureRoutes: ConsoleRoutes = async (app, deps) => {
  await listRoutes(app, deps)
  await eraseRoute(app, deps)
}

const listRoutes: ConsoleRoutes = async (app, { people, senders }) => {
  app.route({
    method: 'GET',
    url: '/erasures',
    config: { scope: 'data:erase' },
    schema: {
      operationId: 'listErasures',
      summary: 'The newest erasures of persons, without their addresses: these are not kept.',
      response: {
        200: Type.Object(
          { data: Type.Array(ErasureBody, { description: 'newest first' }) },
          { ...closed, description: 'The erasures.' },
        ),
      },
    },
    handler: async (request) => {
      const rows = await listErasures(people.sql, sessionOf(request).h1, listedMax)
      return { data: rows.map(erasureBody) }
    },
  })

  app.route({
    method: 'POST',
    url: '/erasures/preview',
    config: { scope: 'data:erase' },
    schema: {
      operationId: 'previewErasure',
      summary: 'What the account keeps of whoever has that address. Nothing is changed.',
      body: Type.Object({ address: Address }, closed),
      response: { 200: FoundBody },
    },
    handler: async (request) => {
      const { address } = request.body
      const found = await findPersonData({ people, senders }, sessionOf(request), address)
      const { messages, waiting, isWhole, isSuppressed } = found
      return { messages, waiting, is_whole: isWhole, is_suppressed: isSuppressed }
    },
  })
}

const eraseRoute: ConsoleRoutes = async (app, { people, senders }) => {
  app.route({
    method: 'POST',
    url: '/erasures',
    config: { scope: 'data:erase' },
    schema: {
      operationId: 'erasePerson',
      summary:
        'Erases every message of the account that has that address among its recipients. It takes a fresh factor and cannot be taken back.',
      body: Type.Object(
        {
          address: Address,
          lift_suppression: Type.Boolean({
            description: 'true: forget as well that nothing is to be sent there',
          }),
        },
        closed,
      ),
      response: {
        202: Type.Object(
          { id: Id('of the erasure') },
          { ...closed, description: 'It is under way; the list tells how far it is.' },
        ),
      },
    },
    handler: async (request, reply) => {
      const { address, lift_suppression: liftsSuppression } = request.body
      const wanted = { address, liftsSuppression }
      const id = await beginErasure({ people, senders }, sessionOf(request), wanted)
      return reply.code(202).send({ id })
    },
  })
}

function erasureBody(row: ErasureRow): Static<typeof ErasureBody> {
  const { id, state, messages, cancelled, liftsSuppression, createdAt, finishedAt } = row
  return {
    id,
    state,
    messages,
    cancelled,
    lifts_suppression: liftsSuppression,
    created_at: createdAt.toISOString(),
    finished_at: finishedAt?.toISOString() ?? null,
  }
}
