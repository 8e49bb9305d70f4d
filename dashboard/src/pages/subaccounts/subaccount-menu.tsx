/** What can be done with a subaccount: enter it, limit it, stop it and let it go on. */
import { Ellipsis, Gauge, LogIn, Pause, Play } from 'lucide-react'
import { useChange } from '../../api/queries.ts'
import { segment } from '../../api/request.ts'
import { subaccountsPath, useEnterSubaccount } from '../../frame/enter-subaccount.ts'
import { IconButton } from '../../ui/button.tsx'
import { Menu } from '../../ui/menu.tsx'
import { useToast } from '../../ui/toast.tsx'
import type { Subaccount } from './subaccounts.tsx'

export function SubaccountMenu({
  of,
  setLimiting,
  setSuspending,
}: {
  of: Subaccount
  setLimiting: (of: Subaccount) => void
  setSuspending: (of: Subaccount) => void
}) {
  const { id, name, state } = of
  const tell = useToast()
  const enter = useEnterSubaccount()
  const resume = useChange<void>(
    () => ({ method: 'POST', path: `${subaccountsPath}/${segment(id)}/resume` }),
    [subaccountsPath],
  )
  const failed = (title: string) => (error: Error) =>
    tell({ kind: 'bad', title, detail: error.message })
  const stop = {
    label: 'Suspend',
    icon: <Pause aria-hidden />,
    isDanger: true,
    // What the operator has blocked and what is being closed is not this account's to change.
    isDisabled: state !== 'active',
    onSelect: () => setSuspending(of),
  }
  const go = {
    label: 'Resume',
    icon: <Play aria-hidden />,
    onSelect: () =>
      resume.mutate(undefined, {
        onSuccess: () => tell({ kind: 'good', title: `${name} may send again` }),
        onError: failed(`${name} is still suspended`),
      }),
  }
  return (
    <Menu
      trigger={
        <IconButton label={`Change ${name}`}>
          <Ellipsis aria-hidden />
        </IconButton>
      }
      groups={[
        {
          entries: [
            {
              label: 'Enter',
              icon: <LogIn aria-hidden />,
              onSelect: () => enter.go(id, failed('Still in this account')),
            },
            {
              label: 'Change limits',
              icon: <Gauge aria-hidden />,
              onSelect: () => setLimiting(of),
            },
          ],
        },
        { entries: [state === 'suspended' ? go : stop] },
      ]}
    />
  )
}
