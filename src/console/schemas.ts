/** Shapes that several routes of console share. */
import { type Static, type TSchema, Type } from 'typebox'

export const closed = { additionalProperties: false } as const

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

export const NoContent = Type.Null({ description: 'Done.' })

export const IdParams = Type.Object({ id: Id('from an answer that named it') }, closed)

export const pageLimitDefault = 50
export const Limit = Type.Optional(
  Type.Integer({ minimum: 1, maximum: 100, description: 'how many at most; 50 when left out' }),
)
export const After = Type.Optional(Id('only what is older than this entry of the list'))

export const PageQuery = Type.Object({ limit: Limit, after: After }, closed)

/** Rows were asked for with one more than the limit: that one tells whether there are older ones. */
export function pageOf<Row, Item>(
  rows: readonly Row[],
  { limit = pageLimitDefault }: Pick<Static<typeof PageQuery>, 'limit'>,
  toItem: (row: Row) => Item,
): { data: Item[]; has_more: boolean } {
  return { data: rows.slice(0, limit).map(toItem), has_more: rows.length > limit }
}

export function rowsWanted({ limit = pageLimitDefault, after }: Static<typeof PageQuery>) {
  return { after: after ?? null, before: null, rowLimit: limit + 1 }
}

export const ListOf = <Schema extends TSchema>(item: Schema, description: string) =>
  Type.Object(
    {
      data: Type.Array(item, { description: 'newest first' }),
      has_more: Type.Boolean({ description: 'whether there are older ones' }),
    },
    { ...closed, description },
  )
