/** Follows messages in view every few seconds while the page is looked at; nothing is opened for it. */
import { useQuery } from '@tanstack/react-query'
import { callApi, type Query } from '../../api/request.ts'
import type { ListEmailChangesAnswer } from '../../api/types.ts'
import { changesPath } from './emails-query.ts'

const everyMs = 4_000
const followedMax = 100

export function useChanges(
  ids: readonly string[],
  query: Query = {},
): ListEmailChangesAnswer | undefined {
  const newest = ids[0]
  const asked = {
    ...query,
    newest: newest ?? '00000000-0000-7000-8000-000000000000',
    ids: ids.slice(0, followedMax).join(','),
  }
  return useQuery({
    queryKey: [changesPath, asked],
    queryFn: ({ signal }) =>
      callApi<ListEmailChangesAnswer>({ path: changesPath, query: asked, signal }),
    refetchInterval: everyMs,
    staleTime: everyMs,
  }).data
}
