/** The list of messages as pages of it, and what the address bar says is wanted. */
import { infiniteQueryOptions } from '@tanstack/react-query'
import { callApi, type Query } from '../../api/request.ts'
import type { ListEmailsAnswer } from '../../api/types.ts'
import { nowMs } from '../../lib/clock.ts'
import { readSearch } from './search-words.ts'

export const emailsPath = '/emails'
export const changesPath = '/email-changes'
export const filterNames = ['search', 'state', 'stream', 'since']
export type Listed = ListEmailsAnswer['data'][number]

const hourMs = 3_600_000
const spans: Record<string, number> = {
  hour: hourMs,
  day: 24 * hourMs,
  week: 7 * 24 * hourMs,
  month: 30 * 24 * hourMs,
}

/** What the console is asked for; a beginning is told to the minute, so that the same list keeps its name. */
export function askedOf(search: Readonly<Record<string, unknown>>): Query {
  const { subject: _, ...words } = readSearch(String(search.search ?? ''))
  const span = spans[String(search.since ?? '')]
  const from = span === undefined ? undefined : Math.floor((nowMs() - span) / 60_000) * 60_000
  return {
    ...words,
    ...(search.state ? { state: String(search.state) } : {}),
    ...(search.stream ? { stream: String(search.stream) } : {}),
    ...(from === undefined ? {} : { from: new Date(from).toISOString() }),
  }
}

/** A list goes on where the last answer says, also when nothing was found so far. */
export function emailsQuery(query: Query) {
  return infiniteQueryOptions({
    queryKey: [emailsPath, 'pages', query],
    queryFn: ({ pageParam, signal }) =>
      callApi<ListEmailsAnswer>({
        path: emailsPath,
        query: { ...query, after: pageParam },
        signal,
      }),
    initialPageParam: undefined as string | undefined, // the first page has no cursor
    getNextPageParam: ({ next }: ListEmailsAnswer) => next ?? undefined,
  })
}
