/** Strict by construction: an object that a request brings and whose schema is open keeps the server from starting. */
import type { FastifyInstance } from 'fastify'

/** Call it before the routes are registered. */
export function demandClosedSchemas(app: FastifyInstance): void {
  app.addHook('onRoute', ({ method, url, schema }) => {
    for (const part of ['body', 'querystring', 'params'] as const) {
      const open = findOpen(schema?.[part], part)
      if (open === undefined) continue
      throw new Error(`${method} ${url}: set additionalProperties: false on ${open}`)
    }
  })
}

/** The first object with named properties that takes others as well. */
function findOpen(schema: unknown, path: string): string | undefined {
  if (typeof schema !== 'object' || schema === null) return undefined
  if ('properties' in schema && (schema as Closed).additionalProperties !== false) return path
  for (const [key, inner] of Object.entries(schema)) {
    const open = findOpen(inner, `${path}.${key}`)
    if (open !== undefined) return open
  }
  return undefined
}

interface Closed {
  additionalProperties?: unknown
}
