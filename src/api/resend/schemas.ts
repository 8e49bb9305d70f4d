/**
 * Shapes that several routes of the Resend dialect share. A `description` of what is sent completes the sentence "The
 * field must be …": the errors say it, and so does the documentation. The first of an answer's `examples` is shown there.
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

export const exampleIds = {
  message: '019ac0de-4a10-7c3e-8f21-5b7d2f9e6a01',
  otherMessage: '019ac0de-4a10-7c3e-8f21-5b7d2f9e6a02',
  attachment: '019ac0de-4a10-7c3e-8f21-5b7d2f9e6a03',
  domain: '019ac0de-4a10-7c3e-8f21-5b7d2f9e6a04',
  claim: '019ac0de-4a10-7c3e-8f21-5b7d2f9e6a05',
  key: '019ac0de-4a10-7c3e-8f21-5b7d2f9e6a06',
  newKey: '019ac0de-4a10-7c3e-8f21-5b7d2f9e6a07',
  suppression: '019ac0de-4a10-7c3e-8f21-5b7d2f9e6a08',
  request: '019ac0de-4a10-7c3e-8f21-5b7d2f9e6a09',
} as const

/** What is said of the schema is said of the union with null: the documentation reads no branches. */
export const Nullable = <Schema extends TSchema>(
  schema: Schema,
  options: { description?: string } = {},
) => Type.Union([schema, Type.Null()], { ...descriptionOf(schema), ...options })

/** The example of the list is a list of the item's examples. */
export const ListOf = <Schema extends TSchema>(item: Schema, description: string) =>
  Type.Object(
    {
      object: Type.Literal('list', { description: 'always `list`' }),
      has_more: Type.Boolean({
        description: 'whether there are more beyond these, in the direction asked for',
      }),
      data: Type.Array(item, { description: 'newest first, at most `limit` of them' }),
    },
    { description, examples: [{ object: 'list', has_more: false, data: examplesOf(item) }] },
  )

function descriptionOf(schema: TSchema): { description?: string } {
  const isSaid = 'description' in schema && typeof schema.description === 'string'
  return isSaid ? { description: schema.description as string } : {} // just looked at
}

function examplesOf(schema: TSchema): unknown[] {
  return 'examples' in schema && Array.isArray(schema.examples) ? schema.examples : []
}

export const IdParams = Type.Object({
  id: Type.String({ description: 'a UUID, from an answer that named it' }),
})

export const EmailId = Type.Object(
  { id: Type.String({ description: 'the id of the message, a UUID' }) },
  {
    description: 'The message, which is stored and will be delivered.',
    examples: [{ id: exampleIds.message }],
  },
)
