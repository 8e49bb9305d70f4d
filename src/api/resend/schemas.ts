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

export const Timestamp = Type.String({ description: 'a time in UTC, as in ISO 8601' })

export const Nullable = <Schema extends TSchema>(
  schema: Schema,
  options: { description?: string } = {},
) => Type.Union([schema, Type.Null()], options)

export const ListOf = <Schema extends TSchema>(item: Schema, description = 'A page of the list.') =>
  Type.Object(
    { object: Type.Literal('list'), has_more: Type.Boolean(), data: Type.Array(item) },
    { description },
  )

export const IdParams = Type.Object({
  id: Type.String({ description: 'a UUID, from an answer that named it' }),
})

export const EmailId = Type.Object(
  { id: Type.String({ description: 'the id of the email' }) },
  { description: 'The message, which is stored and will be delivered.' },
)
