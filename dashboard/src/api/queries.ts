/** TanStack Query over `callApi`. A page's loader asks with `answerQuery`; its view reads the same with useSuspenseQuery. */
import {
  infiniteQueryOptions,
  QueryClient,
  queryOptions,
  useMutation,
  useQueryClient,
} from '@tanstack/react-query'
import { ApiError } from './api-error.ts'
import { type ApiRequest, callApi, type Query } from './request.ts'

const freshMs = 10_000
const triesMax = 2

export function makeQueryClient(): QueryClient {
  return new QueryClient({
    defaultOptions: {
      queries: {
        staleTime: freshMs,
        // A no stays a no; only what did not get through is tried again.
        retry: (count, error) =>
          count < triesMax &&
          error instanceof ApiError &&
          (error.status === 0 || error.status >= 502),
      },
    },
  })
}

/** One answer, kept under its path and query. */
export function answerQuery<Answer>(path: string, query?: Query) {
  return queryOptions({
    queryKey: [path, query ?? {}],
    queryFn: ({ signal }) => callApi<Answer>({ path, query, signal }),
  })
}

export interface Page {
  data: readonly { id: string }[]
  has_more: boolean
}

/** A list by cursor: each page starts after the last id of the one before. */
export function pagesQuery<Answer extends Page>(path: string, query?: Query) {
  return infiniteQueryOptions({
    queryKey: [path, 'pages', query ?? {}],
    queryFn: ({ pageParam, signal }) =>
      callApi<Answer>({ path, query: { ...query, after: pageParam }, signal }),
    initialPageParam: undefined as string | undefined, // the first page has no cursor
    getNextPageParam: (last: Answer) => (last.has_more ? last.data.at(-1)?.id : undefined),
  })
}

/**
 * A change: `const rename = useChange<RenameAccountBody, RenameAccountAnswer>((body) => ({ method: 'PATCH', path, body }), [path])`.
 * Every answer kept under one of the paths in `stale` is then asked for again.
 */
export function useChange<Given, Answer = unknown>(
  request: (given: Given) => ApiRequest,
  stale: readonly string[],
) {
  const client = useQueryClient()
  return useMutation<Answer, Error, Given>({
    mutationFn: (given) => callApi<Answer>(request(given)),
    onSuccess: async () => {
      await Promise.all(stale.map((path) => client.invalidateQueries({ queryKey: [path] })))
    },
  })
}

/** The message for one field of a form, or for the form as a whole when no field is named. */
export function faultOf(error: unknown, field?: string): string | undefined {
  if (!(error instanceof Error)) return undefined
  const named = error instanceof ApiError ? error.field : undefined
  return named === field ? error.message : undefined
}
