import type { QueryClient } from '@tanstack/react-query'
import { ApiError } from '../../api/api-error.ts'
import { sessionQuery } from '../../frame/session.ts'

/** On a page that is for either. */
export async function isSignedIn(client: QueryClient): Promise<boolean> {
  return client.ensureQueryData(sessionQuery).then(
    () => true,
    (error: unknown) => {
      if (error instanceof ApiError && error.code === 'signed_out') return false
      throw error
    },
  )
}
