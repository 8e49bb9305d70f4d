/** Pages of the Resend dialect: newest first, `after` walks towards older ids, `before` towards newer ones. */
import { Type } from 'typebox'
import { Refusal } from '../../lib/refusal.ts'
import { isUuid } from '../../lib/uuid.ts'

export interface Page {
  after: string | null
  before: string | null
  limit: number
}

export const pageLimitDefault = 20
/** For lists that are given whole when no limit is asked for; accounts hold no more than this of them by default. */
export const wholeListLimit = 1_000
export const limitMax = 100

const Cursor = (direction: string) =>
  Type.Optional(
    Type.String({ format: 'uuid', description: `An id of the list: only what is ${direction}.` }),
  )

/** For the documents; `readPage` checks, and names the parameter. */
export const PageQuery = Type.Object({
  limit: Type.Optional(
    Type.Integer({ minimum: 1, maximum: limitMax, description: 'How many at most.' }),
  ),
  after: Cursor('older'),
  before: Cursor('newer; not together with `after`'),
})

export function readPage(query: unknown, limitDefault: number): Page {
  const { limit, after, before } = (query ?? {}) as Record<string, unknown> // a parsed query string
  if (after !== undefined && before !== undefined) {
    throw new Refusal(
      'invalid_input',
      'The `after` and `before` parameters exclude each other; give one of them.',
    )
  }
  return {
    limit: readLimit(limit, limitDefault),
    after: readCursor('after', after),
    before: readCursor('before', before),
  }
}

/** `rows` were asked for with one more than the limit; that one tells whether the walk goes on. */
export function pageBody<Row, Item>(
  rows: Row[],
  { limit, before }: Page,
  toItem: (row: Row) => Item,
): { object: 'list'; has_more: boolean; data: Item[] } {
  const more = rows.length > limit
  // Newest first also when walking towards newer ones: the extra row then stands first.
  const shown = before === null ? rows.slice(0, limit) : rows.slice(-limit)
  return { object: 'list', has_more: more, data: shown.map(toItem) }
}

export function rowsWanted({ after, before, limit }: Page) {
  return { after, before, rowLimit: limit + 1 }
}

/** An id of the path: malformed ones are told apart from unknown ones. */
export function readId(params: { id: string }): string {
  if (isUuid(params.id)) return params.id.toLowerCase()
  throw new Refusal(
    'invalid_parameter',
    'The `id` must be a valid UUID; take it from an answer of this API.',
  )
}

function readLimit(value: unknown, limitDefault: number): number {
  if (value === undefined) return limitDefault
  const limit = typeof value === 'string' && /^\d{1,3}$/.test(value) ? Number(value) : 0
  if (limit >= 1 && limit <= limitMax) return limit
  throw new Refusal(
    'invalid_input',
    `The \`limit\` parameter must be a number from 1 to ${limitMax}; leave it out for the usual length.`,
  )
}

function readCursor(name: string, value: unknown): string | null {
  if (value === undefined) return null
  if (typeof value === 'string' && isUuid(value)) return value
  throw new Refusal(
    'invalid_input',
    `The \`${name}\` parameter must be the id of an entry of this list; take it from the page before.`,
  )
}
