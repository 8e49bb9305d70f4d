/** /emails/:id in the Resend dialect: changing when a message goes, whether it goes, and that it goes again. */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { type Static, Type } from 'typebox'
import {
  cancel,
  type OwnMessage,
  release,
  reschedule,
  sendAgain,
} from '../../core/messages/change-message.ts'
import { parseScheduledAt } from '../../core/messages/scheduled-at.ts'
import type { Sql } from '../../db/sql.ts'
import type { ApiDeps } from '../deps.ts'
import { senderOf } from './authenticate.ts'
import { ScheduledAt } from './new-email.ts'
import { readId } from './pagination.ts'
import { type DialectApp, ErrorAnswer, exampleIds, IdParams } from './schemas.ts'

const NewTime = Type.Object(
  { scheduled_at: Type.String(ScheduledAt) },
  { description: 'a JSON object', examples: [{ scheduled_at: 'in 10 minutes' }] },
)

const EmailName = Type.Object(
  {
    object: Type.Literal('email', { description: 'always `email`' }),
    id: Type.String({ description: 'the id of the message, a UUID' }),
  },
  {
    description: 'Which message it was done to.',
    examples: [{ object: 'email', id: exampleIds.message }],
  },
)

export const emailChangeRoutes: FastifyPluginAsyncTypebox<ApiDeps> = async (app, deps) => {
  rescheduleEmail(app, deps)
  changeRoute(app, deps, {
    path: 'cancel',
    operationId: 'cancelEmail',
    summary: 'Cancel a message',
    description:
      'Only while it waits for its time or is held; what has gone cannot be called back.',
    change: cancel,
  })
  changeRoute(app, deps, {
    path: 'release',
    operationId: 'releaseEmail',
    summary: 'Release a held message',
    description: 'Ends the holds of a key or of the account; what the operator holds stays.',
    change: release,
  })
  changeRoute(app, deps, {
    path: 'resend',
    operationId: 'resendEmail',
    summary: 'Send a message again',
    description:
      'Tries the recipients again that did not get it; they count against the quotas once more.',
    change: sendAgain,
  })
}

function rescheduleEmail(app: DialectApp, { sql, clock }: ApiDeps): void {
  app.route({
    method: 'PATCH',
    url: '/emails/:id',
    config: { scope: 'emails:write' },
    schema: {
      operationId: 'rescheduleEmail',
      summary: 'Reschedule a message',
      description: 'Only while it waits for its time.',
      params: IdParams,
      body: NewTime,
      response: { 200: EmailName, '4xx': ErrorAnswer },
    },
    handler: async (request) => {
      const id = readId(request.params)
      const at = new Date(parseScheduledAt(request.body.scheduled_at, clock.now()))
      await reschedule(sql, { h1: senderOf(request).h1, id }, at)
      return emailName(id)
    },
  })
}

function changeRoute(
  app: DialectApp,
  { sql }: ApiDeps,
  {
    path,
    operationId,
    summary,
    description,
    change,
  }: {
    path: string
    operationId: string
    summary: string
    description: string
    change: (sql: Sql, message: OwnMessage) => Promise<void>
  },
): void {
  app.route({
    method: 'POST',
    url: `/emails/:id/${path}`,
    config: { scope: 'emails:write' },
    schema: {
      operationId,
      summary,
      description,
      params: IdParams,
      response: { 200: EmailName, '4xx': ErrorAnswer },
    },
    handler: async (request) => {
      const id = readId(request.params)
      await change(sql, { h1: senderOf(request).h1, id })
      return emailName(id)
    },
  })
}

function emailName(id: string): Static<typeof EmailName> {
  return { object: 'email', id }
}
