/** The routes of a dialect as they are registered, with what their schemas cannot say. */
import type { FastifyInstance } from 'fastify'
import type { TSchema } from 'typebox'
import type { OperationSchema } from '../../lib/openapi.ts'

/** What stands in the documents and is checked elsewhere: by a reader that has words of its own for what is wrong. */
export interface Documented {
  query?: TSchema
  headers?: TSchema
  /** In place of the route's own schema, where that says less. */
  body?: TSchema
  /** Statuses that this route answers and others do not. */
  statuses?: readonly number[]
  /** For a route that asks for no key and is not of the dialect: all its answers, the refusals too. */
  open?: Readonly<Record<number, OpenAnswer>>
}

export interface OpenAnswer {
  description: string
  mediaType: string
  /** Left out for bytes. */
  example?: string
}

declare module 'fastify' {
  interface FastifyContextConfig {
    /** False for routes that are no operations. */
    documented?: Documented | false
  }
}

export interface DocumentedRoute {
  method: string
  url: string
  schema: OperationSchema
  documented: Documented
  /** What a key must be allowed; none: no key is asked for. */
  scope: string
}

/** Call it before the routes are registered; the list is whole once they are. */
export function collectRoutes(app: Pick<FastifyInstance, 'addHook'>): DocumentedRoute[] {
  const routes: DocumentedRoute[] = []
  app.addHook('onRoute', ({ method, url, schema, config }) => {
    const { documented = {}, scope = 'none' } = config ?? {}
    if (documented === false) return
    // Routes are written with TypeBox, and operationId, summary and description stand beside its schemas.
    const described = (schema ?? {}) as OperationSchema
    for (const one of [method].flat()) {
      routes.push({ method: one, url, schema: described, documented, scope })
    }
  })
  return routes
}
