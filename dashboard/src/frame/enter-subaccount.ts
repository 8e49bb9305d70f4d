import { useChange } from '../api/queries.ts'
import { segment } from '../api/request.ts'
import { paths } from '../paths.ts'
import { useStartAnew } from './session.ts'

export const subaccountsPath = '/subaccounts'

/** Goes on in a subaccount as an admin of it: the session is a new one, and so is every page. */
export function useEnterSubaccount() {
  const startAnew = useStartAnew()
  const change = useChange<string>(
    (id) => ({ method: 'POST', path: `${subaccountsPath}/${segment(id)}/enter` }),
    [],
  )
  return {
    isPending: change.isPending,
    go: (id: string, onError: (error: Error) => void) =>
      change.mutate(id, { onSuccess: () => startAnew(paths.home()), onError }),
  }
}
