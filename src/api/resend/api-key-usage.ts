/** GET /api-keys/{id}/usage, an endpoint of ours: what would stand still without the key. */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { type Static, Type } from 'typebox'
import {
  type CredentialUsage,
  readCredentialUsage,
} from '../../core/credentials/credential-usage.ts'
import type { ApiDeps } from '../deps.ts'
import { senderOf } from './authenticate.ts'
import { readId } from './pagination.ts'
import { ErrorAnswer, exampleIds, IdParams, Nullable } from './schemas.ts'

const Day = Type.String({ description: 'the day in UTC, such as 2026-03-02' })
const count = (description: string) => Type.Integer({ description })
const since = (of: string) =>
  Type.String({
    description: `from when on these are all ${of}, ISO 8601 in UTC: 30 days ago, or later where an account has very many`,
  })

const KeyUsage = Type.Object(
  {
    object: Type.Literal('api_key_usage', { description: 'always `api_key_usage`' }),
    id: Type.String({ description: 'the id of the key, a UUID' }),
    last_used_at: Nullable(
      Type.String({ description: 'when it was last used, ISO 8601 in UTC; null: never yet' }),
    ),
    requests_since: since('requests over HTTP'),
    requests: Type.Array(
      Type.Object({
        day: Day,
        method: Type.String({ description: 'the method of the requests' }),
        route: Type.String({ description: 'the pattern of their path' }),
        requests: count('how many there were'),
      }),
      { description: 'requests over HTTP by day and route, newest day first, 1000 at most' },
    ),
    messages_since: since('messages'),
    messages: Type.Array(
      Type.Object({
        day: Day,
        domain: Nullable(
          Type.String({
            description: 'the sending domain; null: the sandbox, or one deleted since',
          }),
        ),
        stream: Type.String({ description: '`urgent`, `transactional` or `bulk`' }),
        messages: count('how many were accepted, over HTTP and SMTP'),
        recipients: count('how many recipients they have'),
      }),
      { description: 'messages by day, domain and stream, newest day first, 1000 at most' },
    ),
  },
  {
    description: 'What the key was used for.',
    examples: [
      {
        object: 'api_key_usage',
        id: exampleIds.key,
        last_used_at: '2026-03-02T09:15:00.000Z',
        requests_since: '2026-01-31T09:20:00.000Z',
        requests: [{ day: '2026-03-02', method: 'POST', route: '/emails', requests: 41 }],
        messages_since: '2026-01-31T09:20:00.000Z',
        messages: [
          {
            day: '2026-03-02',
            domain: 'example.com',
            stream: 'transactional',
            messages: 41,
            recipients: 43,
          },
        ],
      },
    ],
  },
)

export const apiKeyUsageRoutes: FastifyPluginAsyncTypebox<ApiDeps> = async (app, { sql }) => {
  app.route({
    method: 'GET',
    url: '/api-keys/:id/usage',
    config: { scope: 'keys:read' },
    schema: {
      operationId: 'getApiKeyUsage',
      summary: 'Read what an API key was used for',
      description:
        'In the last 30 days: what would stand still without it. Ended keys are shown too.',
      params: IdParams,
      response: { 200: KeyUsage, '4xx': ErrorAnswer },
    },
    handler: async (request) => {
      const id = readId(request.params)
      return usageBody(id, await readCredentialUsage(sql, senderOf(request).h1, id))
    },
  })
}

function usageBody(id: string, usage: CredentialUsage): Static<typeof KeyUsage> {
  return {
    object: 'api_key_usage',
    id,
    last_used_at: usage.lastUsedAt?.toISOString() ?? null,
    requests_since: usage.requestsSince.toISOString(),
    requests: usage.requests,
    messages_since: usage.messagesSince.toISOString(),
    messages: usage.messages,
  }
}
