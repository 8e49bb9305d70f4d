/** In which account the person works, and the others they are a member of. */
import { Building2, ChevronsUpDown } from 'lucide-react'
import { faultOf } from '../api/queries.ts'
import { Button } from '../ui/button.tsx'
import { Menu } from '../ui/menu.tsx'
import { useToast } from '../ui/toast.tsx'
import { useSession } from './session.ts'
import { useSwitchAccount } from './switch-account.ts'

export function AccountSwitcher() {
  const { account_id: here, accounts } = useSession()
  const tell = useToast()
  const { go, isPending } = useSwitchAccount()
  const name = accounts.find(({ id }) => id === here)?.name ?? 'Account'
  if (accounts.length < 2) {
    return (
      <p className="flex min-h-9 items-center gap-2.5 px-2 font-medium">
        <Initial name={name} />
        <span className="truncate">{name}</span>
      </p>
    )
  }
  const switchTo = (id: string) =>
    go(id, (error) =>
      tell({
        kind: 'bad',
        title: 'Still in this account',
        detail: faultOf(error) ?? error.message,
      }),
    )
  return (
    <Menu
      align="start"
      trigger={
        <Button className="w-full justify-start" isBusy={isPending}>
          <Initial name={name} />
          <span className="min-w-0 grow truncate text-left">{name}</span>
          <ChevronsUpDown className="size-4 shrink-0 text-ink-soft" aria-hidden />
          <span className="sr-only">Switch account</span>
        </Button>
      }
      groups={[
        {
          label: 'Accounts',
          entries: accounts.map(({ id, name: label }) => ({
            label,
            icon: <Building2 aria-hidden />,
            isChosen: id === here,
            onSelect: () => id !== here && switchTo(id),
          })),
        },
      ]}
    />
  )
}

function Initial({ name }: { name: string }) {
  return (
    <span
      aria-hidden
      className="grid size-5 shrink-0 place-items-center rounded bg-accent-soft text-xs font-semibold text-accent-ink"
    >
      {[...name][0]?.toUpperCase()}
    </span>
  )
}
