/** Who is signed in: asked for once, and read by every part of the frame. */
import { type QueryClient, useQueryClient, useSuspenseQuery } from '@tanstack/react-query'
import { answerQuery } from '../api/queries.ts'
import type { GetSessionAnswer } from '../api/types.ts'

export type SessionFacts = GetSessionAnswer

export const sessionPath = '/session'

/** It changes by what the person does here, and is asked for again then. */
export const sessionQuery = {
  ...answerQuery<SessionFacts>(sessionPath),
  staleTime: Number.POSITIVE_INFINITY,
}

export function useSession(): SessionFacts {
  return useSuspenseQuery(sessionQuery).data
}

/** Whether the session may do what takes this scope: pages leave out what they could not do. */
export function useMay(): (scope: string) => boolean {
  const { scopes } = useSession()
  return (scope) => scopes.includes(scope)
}

/** Someone else is in, or somewhere else: nothing of before is shown any more. */
export function useStartAnew(): (path: string) => void {
  const client = useQueryClient()
  return (path) => startAnew(client, path)
}

/** By a load of the whole page, so that no view lives on with what it knew. */
function startAnew(client: QueryClient, path: string): void {
  client.clear()
  location.assign(path)
}
