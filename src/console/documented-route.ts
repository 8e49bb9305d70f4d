/** The routes of console as they are registered, for its document. */
import type { FastifyInstance } from 'fastify'
import type { OperationSchema } from '../lib/openapi.ts'
import type { RouteScope } from './session.ts'

declare module 'fastify' {
  interface FastifyContextConfig {
    /** False for routes that are no operations. */
    operation?: false
  }
}

export interface DocumentedRoute {
  method: string
  url: string
  schema: OperationSchema
  scope: RouteScope
}

/** Call it before the routes are registered; the list is whole once they are. */
export function collectRoutes(app: Pick<FastifyInstance, 'addHook'>): DocumentedRoute[] {
  const routes: DocumentedRoute[] = []
  app.addHook('onRoute', ({ method, url, schema, config }) => {
    const { scope = 'none', operation } = config ?? {}
    if (operation === false) return
    // Routes are written with TypeBox, and operationId, summary and description stand beside its schemas.
    const described = (schema ?? {}) as OperationSchema
    for (const one of [method].flat()) routes.push({ method: one, url, schema: described, scope })
  })
  return routes
}
