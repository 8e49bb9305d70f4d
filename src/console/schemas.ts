/** Small shapes that routes of console are made of. */
import { type TSchema, Type } from 'typebox'

export const Text = (description: string) => Type.String({ description })
export const Id = (description: string) => Type.String({ format: 'uuid', description })
export const Instant = (description: string) =>
  Type.String({ format: 'date-time', description: `${description}, ISO 8601 in UTC` })
export const Strings = (description: string) => Type.Array(Type.String(), { description })

/** What is said of the schema is said of the union with null. */
export const Nullable = <Schema extends TSchema>(schema: Schema) => {
  const description = 'description' in schema ? String(schema.description) : ''
  return Type.Union([schema, Type.Null()], { description })
}
