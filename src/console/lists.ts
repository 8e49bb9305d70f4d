/** Lists of console, newest first and walked by cursor, and what the routes of a noun share. */
import { type Static, type TObject, type TSchema, Type } from 'typebox'

export const closed = { additionalProperties: false } as const

const limitDefault = 50
const limitMax = 100

export const ListQuery = Type.Object(
  {
    limit: Type.Optional(
      Type.Integer({
        minimum: 1,
        maximum: limitMax,
        description: `a whole number from 1 to ${limitMax}: how many at most`,
      }),
    ),
    after: Type.Optional(
      Type.String({
        format: 'uuid',
        description: 'the id of an entry: only what is older follows',
      }),
    ),
  },
  closed,
)

/** A value that may be missing. */
export function orNull<Schema extends TSchema>(schema: Schema, description: string) {
  return Type.Union([schema, Type.Null()], { description })
}

export const Time = Type.String({ format: 'date-time' })

/** As the wire writes a moment in milliseconds. */
export function timeText(atMs: number): string {
  return new Date(atMs).toISOString()
}

export const IdParams = Type.Object(
  { id: Type.String({ format: 'uuid', description: 'the id as a list shows it, a UUID' }) },
  closed,
)

export const NoContent = Type.Null({ description: 'Done.' })

export function ListOf<Item extends TObject>(item: Item, description: string) {
  return Type.Object(
    {
      data: Type.Array(item, { description: 'newest first' }),
      has_more: Type.Boolean({ description: 'whether older ones follow' }),
    },
    { ...closed, description },
  )
}

/** What is asked of the database: one row more than is shown tells whether more follow. */
export function rowsWanted({ limit = limitDefault, after = null }: Page) {
  return { after, before: null, rowLimit: limit + 1 }
}

interface Page {
  limit?: Static<typeof ListQuery>['limit']
  after?: string | null
}

export function listBody<Row, Item>(
  rows: readonly Row[],
  { limit = limitDefault }: Page,
  itemOf: (row: Row) => Item,
): { data: Item[]; has_more: boolean } {
  return { data: rows.slice(0, limit).map(itemOf), has_more: rows.length > limit }
}
