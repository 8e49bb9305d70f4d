/** In which account the person works, the others they are a member of, and those under this one. */
import { useQuery } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { Building2, ChevronsUpDown, Layers } from 'lucide-react'
import { useState } from 'react'
import { answerQuery, faultOf } from '../api/queries.ts'
import type { ListSubaccountsAnswer } from '../api/types.ts'
import { paths } from '../paths.ts'
import { Button } from '../ui/button.tsx'
import { Menu, type MenuEntry } from '../ui/menu.tsx'
import { useToast } from '../ui/toast.tsx'
import { subaccountsPath, useEnterSubaccount } from './enter-subaccount.ts'
import { useMay, useSession } from './session.ts'
import { useSwitchAccount } from './switch-account.ts'

/** More of them are found on their page, which searches. */
const shownMax = 6

export function AccountSwitcher() {
  const { account_id: here, accounts, entered } = useSession()
  const [hasOpened, setOpened] = useState(false)
  const stay = useStay()
  const { go, isPending } = useSwitchAccount()
  const below = useSubaccounts(hasOpened)
  const nameOf = (wanted: string) => accounts.find(({ id }) => id === wanted)?.name
  const own = nameOf(here)
  const from = entered && (nameOf(entered.from_id) ?? 'the account above')
  const name = entered ? entered.name || 'Subaccount' : (own ?? 'Account')
  if (accounts.length < 2 && !entered && !below) {
    return (
      <p className="flex min-h-9 items-center gap-2.5 px-2 font-medium">
        <Initial name={name} />
        <span className="truncate">{name}</span>
      </p>
    )
  }
  const groups = [
    {
      label: 'Accounts',
      entries: accounts.map(({ id, name: label }) => ({
        label,
        icon: <Building2 aria-hidden />,
        isChosen: id === here,
        onSelect: () => id !== here && go(id, stay),
      })),
    },
    ...(entered ? [{ label: 'Entered', entries: [hereEntry(name)] }] : []),
    ...(below ? [{ label: 'Subaccounts', entries: below.entries }] : []),
  ]
  return (
    <Menu
      align="start"
      onOpen={() => setOpened(true)}
      trigger={
        <Button
          className="h-auto w-full justify-start py-1"
          isBusy={isPending || below?.isPending === true}
        >
          <Initial name={name} />
          <span className="grid min-w-0 grow text-left leading-tight">
            <span className="truncate">{name}</span>
            {entered && <span className="truncate text-xs font-normal">from {from}</span>}
          </span>
          <ChevronsUpDown className="size-4 shrink-0 text-ink-soft" aria-hidden />
          <span className="sr-only">Switch account</span>
        </Button>
      }
      groups={groups}
    />
  )
}

function hereEntry(label: string): MenuEntry {
  return { label, icon: <Layers aria-hidden />, isChosen: true, onSelect: () => {} }
}

/** Asked for once the menu is open, since their names are opened for it; undefined for who may not see them. */
function useSubaccounts(isWanted: boolean) {
  const may = useMay()
  const navigate = useNavigate()
  const stay = useStay()
  const { go, isPending } = useEnterSubaccount()
  const isShown = may('subaccounts:read')
  const { data } = useQuery({
    ...answerQuery<ListSubaccountsAnswer>(subaccountsPath),
    enabled: isShown && isWanted,
  })
  if (!isShown) return undefined
  const all = data?.data ?? []
  const entries: MenuEntry[] = all.slice(0, shownMax).map(({ id, name }) => ({
    label: name || 'Without a name',
    icon: <Layers aria-hidden />,
    isDisabled: !may('subaccounts:write'),
    onSelect: () => go(id, stay),
  }))
  const rest = all.length > shownMax ? `Search all ${all.length} subaccounts` : 'All subaccounts'
  entries.push({ label: rest, onSelect: () => void navigate({ to: paths.subaccounts() }) })
  return { entries, isPending }
}

function useStay() {
  const tell = useToast()
  return (error: Error) =>
    tell({
      kind: 'bad',
      title: 'Still in this account',
      detail: faultOf(error) ?? error.message,
    })
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
