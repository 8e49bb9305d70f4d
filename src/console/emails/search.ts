/** GET /api/emails and what keeps a list of them current. */
import { type Static, Type } from 'typebox'
import {
  countMessages,
  findMessages,
  type MessageFilter,
} from '../../core/messages/search-messages.ts'
import { followMessages, searchedStates } from '../../core/messages/search-queries.ts'
import { streams } from '../../core/messages/stream.ts'
import { Refusal } from '../../lib/refusal.ts'
import { idMs, isUuid } from '../../lib/uuid.ts'
import { closed, ListQuery } from '../lists.ts'
import type { ConsoleRoutes } from '../routes.ts'
import { Id, Instant, Nullable } from '../schemas.ts'
import { sessionOf } from '../session.ts'
import { EmailListing, emailListing, FollowedBody, followedBody } from './email-body.ts'

const limitDefault = 50
const newMax = 100
const followedMax = 100

const Filters = {
  recipient: Type.Optional(
    Type.String({
      minLength: 1,
      maxLength: 320,
      description: 'a whole address, or a whole domain',
    }),
  ),
  message_id: Type.Optional(
    Type.String({
      minLength: 1,
      maxLength: 400,
      description: 'an id, or a Message-ID made of one',
    }),
  ),
  tag: Type.Optional(Type.String({ minLength: 1, maxLength: 600, description: '`name:value`' })),
  state: Type.Optional(
    Type.Enum([...searchedStates], { description: 'what it is for one recipient at least' }),
  ),
  stream: Type.Optional(Type.Enum([...streams], { description: 'the queue it was put in' })),
  from: Type.Optional(Instant('accepted then or later')),
  to: Type.Optional(Instant('accepted before')),
}
const SearchQuery = Type.Object({ ...Filters, ...ListQuery.properties }, closed)
const ChangesQuery = Type.Object(
  {
    ...Filters,
    newest: Type.Optional(Id('the newest message in view')),
    ids: Type.Optional(
      Type.String({
        maxLength: 37 * followedMax,
        description: 'ids of up to 100 messages in view, with commas between them',
      }),
    ),
  },
  closed,
)

const Emails = Type.Object(
  {
    data: Type.Array(EmailListing, { description: 'newest first' }),
    next: Nullable(Id('give it as `after` to go on; null: there is nothing older')),
    searched_to: Nullable(
      Instant('how far back was looked; null when everything that can be was looked at'),
    ),
  },
  { ...closed, description: 'Messages that fit.' },
)
const Changes = Type.Object(
  {
    new_count: Type.Integer({ description: 'messages that fit and are newer, at most 100' }),
    data: Type.Array(FollowedBody, { description: 'those of the ids that are there' }),
  },
  { ...closed, description: 'What has changed since.' },
)

export const searchRoutes: ConsoleRoutes = async (app, deps) => {
  app.route({
    method: 'GET',
    url: '/emails',
    config: { scope: 'emails:read' },
    schema: {
      operationId: 'listEmails',
      summary: 'Messages, newest first.',
      description:
        'A search looks at 10,000 messages at most and says in `searched_to` how far it came; go on with `next`.',
      querystring: SearchQuery,
      response: { 200: Emails },
    },
    handler: async (request) => {
      const { limit = limitDefault, ...filter } = request.query
      const asked = { filter: filterOf(filter), limit }
      const { messages, next } = await findMessages(deps, sessionOf(request), asked)
      const isShort = next !== null && messages.length < limit
      const nowMs = deps.clock.now()
      return {
        data: messages.map((message) => emailListing(message, nowMs)),
        next,
        searched_to: isShort ? new Date(idMs(next)).toISOString() : null,
      }
    },
  })

  app.route({
    method: 'GET',
    url: '/email-changes',
    config: { scope: 'emails:read' },
    schema: {
      operationId: 'listEmailChanges',
      summary: 'What has happened to messages in view, and how many newer ones there are.',
      description: 'Nothing is opened for it, so that it may be asked every few seconds.',
      querystring: ChangesQuery,
      response: { 200: Changes },
    },
    handler: async (request) => {
      const { newest, ids = '', ...filter } = request.query
      const session = sessionOf(request)
      const wanted = { ...filterOf(filter), newerThan: newest }
      const [newCount, followed] = await Promise.all([
        newest === undefined ? 0 : countMessages(deps, session, { filter: wanted, most: newMax }),
        followMessages(deps.sql, session.h1, readIds(ids)),
      ])
      const nowMs = deps.clock.now()
      return { new_count: newCount, data: followed.map((one) => followedBody(one, nowMs)) }
    },
  })
}

function filterOf(query: Omit<Static<typeof SearchQuery>, 'limit'>): MessageFilter {
  const { message_id: messageId, from, to, ...same } = query
  return {
    ...same,
    messageId,
    ...(from !== undefined && { from: new Date(from) }),
    ...(to !== undefined && { to: new Date(to) }),
  }
}

function readIds(text: string): string[] {
  const ids = text === '' ? [] : text.split(',')
  if (ids.length <= followedMax && ids.every(isUuid)) return ids
  throw new Refusal(
    'invalid_parameter',
    `The \`ids\` must be up to ${followedMax} UUIDs with commas between them.`,
    { field: 'ids' },
  )
}
