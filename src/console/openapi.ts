/** The OpenAPI 3.1 document of console, made of its routes: the dashboard's types come from it. */
import Fastify from 'fastify'
import {
  type Answer,
  bodyOf,
  documentPath,
  type JsonSchema,
  type OpenApi,
  type Operation,
  parametersIn,
  type Reference,
  successesOf,
} from '../lib/openapi.ts'
import type { ConsoleDeps } from './deps.ts'
import { collectRoutes, type DocumentedRoute } from './documented-route.ts'
import { consoleErrors, doorErrors, ErrorBody } from './errors.ts'
import { type ConsoleRoutes, consoleRoutes } from './routes.ts'

/** Answered to a request that was for no operation at all. */
const ofNoOperation: ReadonlySet<number> = new Set([405, 421])

const errors = [
  ...Object.values(consoleErrors),
  ...Object.values(doorErrors),
  { status: 500, code: 'internal_error' },
]
const statuses = [...new Set(errors.map(({ status }) => status))]
  .filter((status) => !ofNoOperation.has(status))
  .sort((one, other) => one - other)

/** What a route does not say of itself is empty here; a test names it. */
export async function describeConsole(
  version: string,
  plugins: readonly ConsoleRoutes[] = consoleRoutes,
): Promise<OpenApi> {
  const routes = await routesOf(plugins)
  const paths: OpenApi['paths'] = {}
  for (const route of routes) {
    const path = documentPath(route.url)
    paths[path] = { ...paths[path], [route.method.toLowerCase()]: describeRoute(route) }
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'Postern console',
      version,
      summary: 'What the dashboard asks for the people of a customer.',
      description:
        'It is made for the dashboard and changes with it. A request that changes something names the console in its Origin header; a body has the fields named here and no others.',
      license: { name: 'Apache 2.0', identifier: 'Apache-2.0' },
    },
    servers: [{ url: '/', description: 'The console that served the dashboard.' }],
    security: [{ session: [] }],
    tags: [...new Set(routes.map(({ url }) => tagOf(url)))].map((name) => ({
      name,
      description: '',
    })),
    paths,
    components: {
      securitySchemes: {
        session: {
          type: 'apiKey',
          in: 'cookie',
          name: 'postern_session',
          description: 'The session of a person who is signed in.',
        },
      },
      headers: {},
      schemas: { Error: JSON.parse(JSON.stringify(ErrorBody)) as JsonSchema }, // a schema is an object
      responses: Object.fromEntries(statuses.map((status) => [`${status}`, errorAnswer(status)])),
    },
  }
}

/** The routes stand alone here: no request reaches what they would need. */
export async function routesOf(plugins: readonly ConsoleRoutes[]): Promise<DocumentedRoute[]> {
  const app = Fastify({ exposeHeadRoutes: false })
  let routes: DocumentedRoute[] = []
  await app.register(
    async (api) => {
      routes = collectRoutes(api)
      for (const one of plugins) await api.register(one, {} as ConsoleDeps)
    },
    { prefix: '/api' },
  )
  await app.close()
  return routes
}

function describeRoute(route: DocumentedRoute): Operation {
  const { schema, scope, url } = route
  const access = {
    none: 'For anybody.',
    session: 'For whoever is signed in.',
  }
  const said =
    scope === 'none' || scope === 'session' ? access[scope] : `Needs the scope \`${scope}\`.`
  const parameters = [
    ...parametersIn('path', schema.params),
    ...parametersIn('query', schema.querystring),
    ...parametersIn('header', schema.headers),
  ]
  const requestBody = bodyOf(schema)
  return {
    operationId: schema.operationId ?? '',
    summary: schema.summary ?? '',
    description: [schema.description, said].filter(Boolean).join(' '),
    tags: [tagOf(url)],
    ...(scope === 'none' && { security: [] }),
    ...(parameters.length > 0 && { parameters }),
    ...(requestBody && { requestBody }),
    responses: { ...successesOf(schema), ...errorReferences() },
  }
}

/** The part after /api. */
function tagOf(url: string): string {
  return url.split('/')[2] ?? ''
}

function errorReferences(): Record<string, Reference> {
  return Object.fromEntries(
    statuses.map((status) => [`${status}`, { $ref: `#/components/responses/${status}` }]),
  )
}

function errorAnswer(status: number): Answer {
  const codes = errors.filter((one) => one.status === status).map(({ code }) => `\`${code}\``)
  return {
    description: `Refused: ${[...new Set(codes)].join(', ')}.`,
    content: { 'application/json': { schema: { $ref: '#/components/schemas/Error' } } },
  }
}
