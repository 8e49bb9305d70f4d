/** /api/logs: the requests of an account's API keys; bodies only where the account keeps them. */
import { type Static, Type } from 'typebox'
import {
  type RequestDetails,
  type RequestEntry,
  readRequest,
  readRequests,
} from '../core/requests/read-requests.ts'
import { Refusal } from '../lib/refusal.ts'
import { closed, IdParams, ListOf, ListQuery, listBody, rowsWanted } from './lists.ts'
import type { ConsoleRoutes } from './routes.ts'
import { Id, Instant, Nullable, Text } from './schemas.ts'
import { sessionOf } from './session.ts'

const LogListing = Type.Object(
  {
    id: Id('of the request, as `x-request-id` has told it'),
    at: Instant('when it was answered'),
    method: Text('the HTTP method'),
    route: Text('the route, with `:id` in the place of ids'),
    status: Type.Integer({ description: 'of the answer' }),
    user_agent: Nullable(Text('the program that asked; null when it named none')),
  },
  closed,
)
const LogBody = Type.Object(
  {
    ...LogListing.properties,
    key_id: Id('of the API key that asked'),
    client_address: Nullable(Text('the network address it came from; null: not known')),
    duration_ms: Type.Integer({ description: 'how long the answer took' }),
    request_body: Nullable(Text('as JSON, without its secrets; null unless bodies are kept')),
    response_body: Nullable(Text('as JSON, without its secrets; null unless bodies are kept')),
  },
  { ...closed, description: 'The request.' },
)

export const logRoutes: ConsoleRoutes = async (app, deps) => {
  app.route({
    method: 'GET',
    url: '/logs',
    config: { scope: 'logs:read' },
    schema: {
      operationId: 'listLogs',
      summary: 'Requests of API keys, newest first.',
      querystring: ListQuery,
      response: { 200: ListOf(LogListing, 'Requests without their bodies.') },
    },
    handler: async (request) => {
      const rows = await readRequests(deps, sessionOf(request), rowsWanted(request.query))
      return listBody(rows, request.query, logListing)
    },
  })

  app.route({
    method: 'GET',
    url: '/logs/:id',
    config: { scope: 'logs:read' },
    schema: {
      operationId: 'getLog',
      summary: 'One request, with its bodies where the account keeps them.',
      params: IdParams,
      response: { 200: LogBody },
    },
    handler: async (request) => {
      const found = await readRequest(deps, sessionOf(request).h1, request.params.id)
      if (!found) throw new Refusal('not_found', 'There is no such request in this account.')
      return logBody(found)
    },
  })
}

function logListing(entry: RequestEntry): Static<typeof LogListing> {
  const { id, at, method, route, status, client } = entry
  return { id, at: at.toISOString(), method, route, status, user_agent: client?.userAgent || null }
}

function logBody(request: RequestDetails): Static<typeof LogBody> {
  const { credentialId, durationMs, client, bodies } = request
  return {
    ...logListing(request),
    key_id: credentialId,
    client_address: client?.address ?? null,
    duration_ms: durationMs,
    request_body: jsonText(bodies?.request),
    response_body: jsonText(bodies?.response),
  }
}

function jsonText(body: unknown): string | null {
  return body === undefined || body === null ? null : JSON.stringify(body, null, 2)
}
