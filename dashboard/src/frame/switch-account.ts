import { useChange } from '../api/queries.ts'
import type { SwitchAccountBody } from '../api/types.ts'
import { paths } from '../paths.ts'
import { useStartAnew } from './session.ts'

/** Goes on in another account of the same person: the session is a new one, and so is every page. */
export function useSwitchAccount() {
  const startAnew = useStartAnew()
  const change = useChange<SwitchAccountBody>(
    (body) => ({ method: 'POST', path: '/switch-account', body }),
    [],
  )
  return {
    isPending: change.isPending,
    go: (accountId: string, onError: (error: Error) => void) =>
      change.mutate(
        { account_id: accountId },
        { onSuccess: () => startAnew(paths.home()), onError },
      ),
  }
}
