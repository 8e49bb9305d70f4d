/** The OpenAPI 3.1 document of the Resend dialect, made of its routes. */
import {
  type Answer,
  bodyOf,
  documentPath,
  type OpenApi,
  type Operation,
  type Parameter,
  parametersIn,
  type Reference,
  successesOf,
} from '../../lib/openapi.ts'
import type { Documented, DocumentedRoute } from './documented-route.ts'
import { errorAnswers, errorStatuses, isPassing } from './error-answers.ts'
import { tagOf, tagsOf } from './tags.ts'

const whole = { type: 'integer' }

const headers = {
  requestId: {
    description: 'The name of this request, for the operator and the log.',
    schema: { type: 'string', format: 'uuid' },
  },
  rateLimit: { description: 'Requests the account may make in a second.', schema: whole },
  rateRemaining: { description: 'How many of them are left in this second.', schema: whole },
  rateReset: { description: 'Seconds until the next begin to count.', schema: whole },
  ratePolicy: {
    description: 'The same as a policy, such as `100;w=1`: requests, and the seconds they are for.',
    schema: { type: 'string' },
  },
  dailyQuota: {
    description:
      'Recipients accepted since 00:00 UTC before this request; there only where the account has a quota of the day.',
    schema: whole,
  },
  retryAfter: { description: 'Seconds to wait before the same request.', schema: whole },
} as const

const named = headerReferences({ 'x-request-id': 'requestId' })
const later = headerReferences({ 'retry-after': 'retryAfter' })
const shown = {
  ...named,
  ...headerReferences({
    'ratelimit-limit': 'rateLimit',
    'ratelimit-remaining': 'rateRemaining',
    'ratelimit-reset': 'rateReset',
    'ratelimit-policy': 'ratePolicy',
    'x-resend-daily-quota': 'dailyQuota',
  }),
}

/** What a route does not say of itself is empty here; a test names it, since no server should stay down for words. */
export function describeApi(routes: readonly DocumentedRoute[], version: string): OpenApi {
  const paths: OpenApi['paths'] = {}
  for (const route of routes) {
    const path = documentPath(route.url)
    paths[path] = { ...paths[path], [route.method.toLowerCase()]: describeRoute(route) }
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'Postern',
      version,
      summary: 'Sends email, and tells what became of it.',
      description:
        'The API speaks the Resend dialect: clients written for it need another address and nothing else.',
      license: { name: 'Apache 2.0', identifier: 'Apache-2.0' },
    },
    servers: [{ url: '/', description: 'The installation that served this document.' }],
    security: [{ apiKey: [] }],
    tags: tagsOf(routes.map(({ url }) => url)),
    paths,
    components: {
      securitySchemes: {
        apiKey: {
          type: 'http',
          scheme: 'bearer',
          bearerFormat: 'pst_live_…',
          description: 'An API key of the account, as `Authorization: Bearer pst_live_…`.',
        },
      },
      headers,
      ...errorAnswers({ headers: shown, laterHeaders: { ...shown, ...later } }),
    },
  }
}

function describeRoute(route: DocumentedRoute): Operation {
  const { schema, documented } = route
  const parameters = parametersOf(route)
  const requestBody = bodyOf({
    ...schema,
    ...(route.documented.body && { body: route.documented.body }),
  })
  return {
    operationId: schema.operationId ?? '',
    summary: schema.summary ?? '',
    description: [schema.description, accessTo(route)].filter(Boolean).join(' '),
    tags: [tagOf(route.url)],
    ...(documented.open && { security: [] }),
    ...(parameters.length > 0 && { parameters }),
    ...(requestBody && { requestBody }),
    responses: documented.open ? openAnswers(documented.open) : responsesOf(route),
  }
}

function accessTo({ documented, scope }: DocumentedRoute): string {
  if (documented.open) return 'Needs no key.'
  return scope === 'emails:send'
    ? 'Needs the scope `emails:send`; a key with `sending_access` has it.'
    : `Needs the scope \`${scope}\`.`
}

function parametersOf({ schema, documented }: DocumentedRoute): Parameter[] {
  return [
    ...parametersIn('path', schema.params),
    ...parametersIn('query', schema.querystring),
    ...parametersIn('query', documented.query),
    ...parametersIn('header', schema.headers),
    ...parametersIn('header', documented.headers),
  ]
}

function responsesOf(route: DocumentedRoute): Operation['responses'] {
  const responses: Operation['responses'] = successesOf(route.schema, shown)
  for (const status of errorStatuses(route)) {
    responses[status] = { $ref: `#/components/responses/${status}` }
  }
  return responses
}

function openAnswers(answers: NonNullable<Documented['open']>): Operation['responses'] {
  const entries = Object.entries(answers).map(([status, { description, mediaType, example }]) => {
    const schema = { type: 'string', ...(example !== undefined && { examples: [example] }) }
    const answer: Answer = {
      description,
      headers: isPassing(Number(status)) ? { ...named, ...later } : named,
      content: { [mediaType]: { schema } },
    }
    return [status, answer] as const
  })
  return Object.fromEntries(entries)
}

function headerReferences(names: Record<string, keyof typeof headers>): Record<string, Reference> {
  return Object.fromEntries(
    Object.entries(names).map(([name, key]) => [name, { $ref: `#/components/headers/${key}` }]),
  )
}
