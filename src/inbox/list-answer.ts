/** `GET /api/messages`: newest first, in pages, all or those that a query finds. */
import { type Answer, busy, refusal } from './answer.ts'
import { storeLimits, webLimits } from './limits.ts'
import type { Search, SearchOptions } from './search.ts'
import { readQuery } from './search-query.ts'
import type { Store } from './store.ts'
import { summaryBody } from './summary-body.ts'

interface Listing {
  store: Store
  search: Search
}

const parameters: ReadonlySet<string> = new Set(['limit', 'after', 'query'])

export async function answerList(
  { store, search }: Listing,
  query: URLSearchParams,
): Promise<Answer> {
  for (const name of query.keys()) {
    // A misspelt query would otherwise find everything.
    if (!parameters.has(name)) return invalid('The parameters are limit, after and query.')
  }
  const limit = Number(query.get('limit') ?? webLimits.pageSize)
  if (!Number.isInteger(limit) || limit < 1 || limit > storeLimits.listedMax) {
    return invalid(`limit must be a whole number from 1 to ${storeLimits.listedMax}.`)
  }
  const after = query.get('after') ?? undefined
  if (after !== undefined && !store.has(after)) {
    return invalid('after must be the id of a listed message; read the list again from its start.')
  }
  const terms = readQuery(query.get('query') ?? '')
  if (!Array.isArray(terms)) return invalid(terms.rule)
  const options = { limit, after }
  if (terms.length === 0) return listAll(store, options)
  if (search.isFull) return busy('searches')
  const { summaries, hasMore, isComplete } = await search.find(store, terms, options)
  const data = summaries.map(summaryBody)
  return { status: 200, body: { data, has_more: hasMore, search_is_complete: isComplete } }
}

function listAll(store: Store, options: SearchOptions): Answer {
  const { summaries, hasMore } = store.list(options)
  const data = summaries.map(summaryBody)
  return { status: 200, body: { data, has_more: hasMore, total: store.listedCount } }
}

function invalid(rule: string): Answer {
  return refusal(422, 'invalid_parameter', rule)
}
