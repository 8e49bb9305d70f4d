/** A list that is small enough to be had whole, such as the domains of an account: its pages are fetched one by one. */
import { useSuspenseInfiniteQuery } from '@tanstack/react-query'
import { useEffect } from 'react'
import { type Page, pagesQuery } from './queries.ts'

const pageLimit = 100

export function wholeListQuery<Answer extends Page>(path: string) {
  return pagesQuery<Answer>(path, { limit: pageLimit })
}

/** Whatever is there already; the rest comes in behind it. */
export function useWholeList<Answer extends Page>(path: string): Answer['data'][number][] {
  const { data, hasNextPage, isFetching, fetchNextPage } = useSuspenseInfiniteQuery(
    wholeListQuery<Answer>(path),
  )
  useEffect(() => {
    if (hasNextPage && !isFetching) void fetchNextPage()
  }, [hasNextPage, isFetching, fetchNextPage])
  return data.pages.flatMap((page) => [...page.data])
}
