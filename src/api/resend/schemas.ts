/**
 * Shapes that several routes of the Resend dialect share. A `description` completes the sentence "The field must be …":
 * the errors say it, and so does the documentation.
 */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { type TSchema, Type } from 'typebox'

/** The server as routes see it: what a schema says is the type of what a handler gets. */
export type DialectApp = Parameters<FastifyPluginAsyncTypebox>[0]

export const ErrorAnswer = Type.Object({
  statusCode: Type.Integer(),
  name: Type.String(),
  message: Type.String(),
})

/** ISO 8601 in UTC. */
export const Timestamp = Type.String()

export const Nullable = <Schema extends TSchema>(
  schema: Schema,
  options: { description?: string } = {},
) => Type.Union([schema, Type.Null()], options)

export const ListOf = <Schema extends TSchema>(item: Schema) =>
  Type.Object({ object: Type.Literal('list'), has_more: Type.Boolean(), data: Type.Array(item) })

export const IdParams = Type.Object({ id: Type.String() })

export const EmailId = Type.Object({ id: Type.String({ description: 'the id of the email' }) })
