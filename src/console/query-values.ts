/** An address holds text only: where a query's schema wants a number, true or false, or a list, the text becomes one. */
import type { FastifyRequest } from 'fastify'
import type { TSchema } from 'typebox'

export function readQueryValues(request: FastifyRequest): void {
  const { schema } = request.routeOptions
  const wanted = (schema?.querystring as TSchema | undefined) ?? {} // routes are written with TypeBox
  if (!('properties' in wanted)) return
  // Fastify's parser makes an object without a prototype, of strings and lists of strings.
  const query = request.query as Record<string, unknown>
  for (const [name, property] of Object.entries(wanted.properties as Record<string, object>)) {
    if (Object.hasOwn(query, name)) query[name] = asWanted(query[name], property)
  }
}

function asWanted(value: unknown, schema: { type?: unknown; items?: object }): unknown {
  if (schema.type === 'array') {
    return [value].flat().map((one) => asWanted(one, schema.items ?? {}))
  }
  if (typeof value !== 'string') return value
  if (schema.type === 'integer' || schema.type === 'number') {
    return /^-?\d{1,15}(\.\d{1,15})?$/.test(value) ? Number(value) : value
  }
  const isTruth = schema.type === 'boolean' && (value === 'true' || value === 'false')
  return isTruth ? value === 'true' : value
}
