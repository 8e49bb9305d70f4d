import { useChange } from '../api/queries.ts'
import { paths } from '../paths.ts'
import { useStartAnew } from './session.ts'

/** Ends this session. The browser keeps its key: by it the person is known here when they come again. */
export function useSignOut() {
  const startAnew = useStartAnew()
  const change = useChange<void>(() => ({ method: 'POST', path: '/sign-out' }), [])
  return {
    isPending: change.isPending,
    go: (onError: (error: Error) => void) =>
      change.mutate(undefined, {
        onSuccess: () => startAnew(paths.signIn()),
        onError,
      }),
  }
}
