/** GET /api/emails/:id and what may still be changed about a message. */
import { Type } from 'typebox'
import { attachmentsOf } from '../../core/attachments/attachments-of.ts'
import {
  cancel,
  type OwnMessage,
  release,
  reschedule,
  sendAgain,
} from '../../core/messages/change-message.ts'
import { readMessage } from '../../core/messages/read-message.ts'
import { parseScheduledAt } from '../../core/messages/scheduled-at.ts'
import { followMessages } from '../../core/messages/search-queries.ts'
import type { Sql } from '../../db/sql.ts'
import { Refusal } from '../../lib/refusal.ts'
import { closed, IdParams, NoContent } from '../lists.ts'
import type { ConsoleRoutes } from '../routes.ts'
import { sessionOf } from '../session.ts'
import { EmailBody, emailBody } from './email-body.ts'

const NewTime = Type.Object(
  {
    scheduled_at: Type.String({
      minLength: 1,
      maxLength: 100,
      description: 'ISO 8601, or words such as `tomorrow at 9am Europe/Berlin`',
    }),
  },
  closed,
)

export const messageRoutes: ConsoleRoutes = async (app, deps) => {
  app.route({
    method: 'GET',
    url: '/emails/:id',
    config: { scope: 'emails:read' },
    schema: {
      operationId: 'getEmail',
      summary: 'One message with its content and its story.',
      params: IdParams,
      response: { 200: EmailBody },
    },
    handler: async (request) => {
      const { h1 } = sessionOf(request)
      const { id } = request.params
      const [message, followed] = await Promise.all([
        readMessage(deps, h1, id),
        followMessages(deps.sql, h1, [id]),
      ])
      const standing = followed[0]?.standing
      if (!message || !standing) throw noMessage()
      const attachments = await attachmentsOf(deps, h1, message)
      return emailBody(message, { standing, attachments }, deps.clock.now())
    },
  })

  app.route({
    method: 'POST',
    url: '/emails/:id/reschedule',
    config: { scope: 'emails:write' },
    schema: {
      operationId: 'rescheduleEmail',
      summary: 'Gives a message that waits for its time another one.',
      params: IdParams,
      body: NewTime,
      response: { 204: NoContent },
    },
    handler: async (request, reply) => {
      const at = new Date(parseScheduledAt(request.body.scheduled_at, deps.clock.now()))
      await reschedule(deps.sql, { h1: sessionOf(request).h1, id: request.params.id }, at)
      return reply.code(204).send(null)
    },
  })
}

interface Change {
  path: string
  operationId: string
  summary: string
  change: (sql: Sql, message: OwnMessage) => Promise<void>
}

const changes: readonly Change[] = [
  {
    path: 'cancel',
    operationId: 'cancelEmail',
    summary: 'Ends a message that waits for its time or is held.',
    change: cancel,
  },
  {
    path: 'release',
    operationId: 'releaseEmail',
    summary: 'Lets a held message go.',
    change: release,
  },
  {
    path: 'resend',
    operationId: 'resendEmail',
    summary: 'Tries the recipients again that did not get it; they count against the quotas.',
    change: sendAgain,
  },
]

export const messageChangeRoutes: ConsoleRoutes = async (app, deps) => {
  for (const { path, operationId, summary, change } of changes) {
    app.route({
      method: 'POST',
      url: `/emails/:id/${path}`,
      config: { scope: 'emails:write' },
      schema: { operationId, summary, params: IdParams, response: { 204: NoContent } },
      handler: async (request, reply) => {
        await change(deps.sql, { h1: sessionOf(request).h1, id: request.params.id })
        return reply.code(204).send(null)
      },
    })
  }
}

export function noMessage(): Refusal {
  return new Refusal('not_found', 'There is no such message in this account.')
}
