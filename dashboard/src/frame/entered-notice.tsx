/** On every page of a subaccount that was entered from the account above: where one is, and the way back. */
import { LogOut } from 'lucide-react'
import { faultOf } from '../api/queries.ts'
import { Button } from '../ui/button.tsx'
import { useToast } from '../ui/toast.tsx'
import { useSession } from './session.ts'
import { useSwitchAccount } from './switch-account.ts'

export function EnteredNotice() {
  const { entered, accounts } = useSession()
  const tell = useToast()
  const { go, isPending } = useSwitchAccount()
  if (!entered) return null
  const from = accounts.find(({ id }) => id === entered.from_id)?.name ?? 'the account above'
  const back = () =>
    go(entered.from_id, (error) =>
      tell({
        kind: 'bad',
        title: 'Still in the subaccount',
        detail: faultOf(error) ?? error.message,
      }),
    )
  return (
    <aside
      aria-label="Subaccount"
      className="mb-6 flex flex-wrap items-center justify-between gap-x-4 gap-y-2 rounded-xl bg-warn-soft px-4 py-2.5"
    >
      <p className="min-w-0 break-words text-warn">
        You are in the subaccount <strong>{entered.name || 'without a name'}</strong>, from{' '}
        <strong>{from}</strong>.
      </p>
      <Button
        size="sm"
        icon={<LogOut className="size-4" aria-hidden />}
        isBusy={isPending}
        onClick={back}
      >
        Back to {from}
      </Button>
    </aside>
  )
}
