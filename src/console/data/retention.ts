/** For how long the account keeps things: /api/retention. */
import { type Static, Type } from 'typebox'
import { changeRetention, type Retention, readRetention } from '../../core/people/retention.ts'
import type { ConsoleRoutes } from '../routes.ts'
import { closed, NoContent, Nullable } from '../schemas.ts'
import { sessionOf } from '../session.ts'

const days = (what: string) =>
  Nullable(
    Type.Integer({ minimum: 1, description: `for how many days ${what}; null: the operator’s` }),
  )
const RetentionFields = {
  content_days: days('bodies and attachments are kept'),
  messages_days: days('messages with their deliveries, attempts and events are kept'),
  logs_days: days('the log of requests is kept'),
}
const kept = (what: string) =>
  Type.Integer({ description: `for how many days ${what} kept as things are` })
const RetentionBody = Type.Object(
  {
    operator_days: Type.Integer({
      description: 'for how many days this installation keeps things at most',
    }),
    ...RetentionFields,
    kept: Type.Object(
      {
        content_days: kept('bodies and attachments are'),
        messages_days: kept('messages are'),
        logs_days: kept('the log of requests is'),
      },
      closed,
    ),
  },
  { ...closed, description: 'What is kept for how long.' },
)

export const retentionRoutes: ConsoleRoutes = async (app, { people, retentionDays }) => {
  app.route({
    method: 'GET',
    url: '/retention',
    config: { scope: 'members:read' },
    schema: {
      operationId: 'getRetention',
      summary: 'For how long the account keeps what.',
      response: { 200: RetentionBody },
    },
    handler: async (request) =>
      retentionBody(await readRetention(people, sessionOf(request), retentionDays)),
  })

  app.route({
    method: 'PUT',
    url: '/retention',
    config: { scope: 'account:write' },
    schema: {
      operationId: 'setRetention',
      summary: 'Says for how long the account keeps what, at most as long as the operator does.',
      body: Type.Object(RetentionFields, closed),
      response: { 204: NoContent },
    },
    handler: async (request, reply) => {
      const { content_days: content, messages_days: messages, logs_days: logs } = request.body
      const wanted = { content, messages, logs }
      await changeRetention(people, sessionOf(request), { wanted, operatorDays: retentionDays })
      return reply.code(204).send(null)
    },
  })
}

function retentionBody({
  operatorDays,
  own,
  kept: present,
}: Retention): Static<typeof RetentionBody> {
  return {
    operator_days: operatorDays,
    content_days: own.content ?? null,
    messages_days: own.messages ?? null,
    logs_days: own.logs ?? null,
    kept: {
      content_days: present.content,
      messages_days: present.messages,
      logs_days: present.logs,
    },
  }
}
