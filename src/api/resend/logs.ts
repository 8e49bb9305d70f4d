/** /logs in the Resend dialect: the account's own requests, by their routes; bodies only where the account keeps them. */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { type Static, Type } from 'typebox'
import {
  type RequestDetails,
  type RequestEntry,
  readRequest,
  readRequests,
} from '../../core/requests/read-requests.ts'
import { Refusal } from '../../lib/refusal.ts'
import type { ApiDeps } from '../deps.ts'
import { senderOf } from './authenticate.ts'
import {
  PageQuery,
  pageBody,
  pageLimitDefault,
  readId,
  readPage,
  rowsWanted,
} from './pagination.ts'
import { type DialectApp, ErrorAnswer, exampleIds, IdParams, ListOf, Nullable } from './schemas.ts'

const listingExample = {
  id: exampleIds.request,
  created_at: '2026-03-02T09:15:00.000Z',
  endpoint: '/emails',
  method: 'POST',
  response_status: 200,
  user_agent: 'shop/2.1',
}

const LogListing = Type.Object(
  {
    id: Type.String({
      description: 'the id of the line; of a request by HTTP as `x-request-id` has told it',
    }),
    created_at: Type.String({ description: 'when it was answered, ISO 8601 in UTC' }),
    endpoint: Type.String({
      description: 'the route, with `:id` in the place of ids; `/smtp` for messages by SMTP',
    }),
    method: Type.String({ description: 'the HTTP method, or `SMTP`' }),
    response_status: Type.Integer({
      description: 'the status of the answer; of a reply by SMTP the one that means the same',
    }),
    user_agent: Nullable(
      Type.String({
        description:
          'the program that asked, by its User-Agent or its name in EHLO; null: none was named',
      }),
    ),
  },
  { examples: [listingExample] },
)

const LogBody = Type.Object(
  {
    object: Type.Literal('log', { description: 'always `log`' }),
    ...LogListing.properties,
    request_body: Type.Unknown({
      description: 'the body of the request without its secrets; null unless bodies are kept',
    }),
    response_body: Type.Unknown({
      description: 'the body of the answer without its secrets; null unless bodies are kept',
    }),
    api_key_id: Type.String({ description: 'the id of the key that asked' }),
    client_address: Nullable(
      Type.String({ description: 'the network address it came from; null: not known' }),
    ),
    duration_ms: Type.Integer({ description: 'how long the answer took, in milliseconds' }),
  },
  {
    description: 'The request.',
    examples: [
      {
        object: 'log',
        ...listingExample,
        request_body: null,
        response_body: null,
        api_key_id: exampleIds.key,
        client_address: '203.0.113.7',
        duration_ms: 12,
      },
    ],
  },
)

export const logRoutes: FastifyPluginAsyncTypebox<ApiDeps> = async (app, deps) => {
  listLogs(app, deps)
  getLog(app, deps)
}

function listLogs(app: DialectApp, deps: ApiDeps): void {
  app.route({
    method: 'GET',
    url: '/logs',
    config: { scope: 'logs:read', documented: { query: PageQuery } },
    schema: {
      operationId: 'listLogs',
      summary: 'List requests',
      description:
        'The requests of the account’s keys, newest first, 20 at a time when no limit is given.',
      response: { 200: ListOf(LogListing, 'Requests without their bodies.'), '4xx': ErrorAnswer },
    },
    handler: async (request) => {
      const page = readPage(request.query, pageLimitDefault)
      const entries = await readRequests(deps, senderOf(request), rowsWanted(page))
      return pageBody(entries, page, logListing)
    },
  })
}

function getLog(app: DialectApp, deps: ApiDeps): void {
  app.route({
    method: 'GET',
    url: '/logs/:id',
    config: { scope: 'logs:read' },
    schema: {
      operationId: 'getLog',
      summary: 'Read a request',
      description: 'With its bodies where the account keeps them.',
      params: IdParams,
      response: { 200: LogBody, '4xx': ErrorAnswer },
    },
    handler: async (request) => {
      const found = await readRequest(deps, senderOf(request).h1, readId(request.params))
      if (!found) throw new Refusal('not_found', 'Log not found')
      return logBody(found)
    },
  })
}

function logListing(entry: RequestEntry): Static<typeof LogListing> {
  const { id, at, route, method, status, client } = entry
  return {
    id,
    created_at: at.toISOString(),
    endpoint: route,
    method,
    response_status: status,
    user_agent: client?.userAgent || null,
  }
}

function logBody(request: RequestDetails): Static<typeof LogBody> {
  const { credentialId, durationMs, client, bodies } = request
  return {
    object: 'log',
    ...logListing(request),
    request_body: bodies?.request ?? null,
    response_body: bodies?.response ?? null,
    api_key_id: credentialId,
    client_address: client?.address ?? null,
    duration_ms: durationMs,
  }
}
