/** Who is signed in, and the way out. */

import { useNavigate } from '@tanstack/react-router'
import { ChevronsUpDown, LogOut, ShieldCheck } from 'lucide-react'
import { paths } from '../paths.ts'
import { Button } from '../ui/button.tsx'
import { Menu } from '../ui/menu.tsx'
import { useToast } from '../ui/toast.tsx'
import { useSession } from './session.ts'
import { useSignOut } from './sign-out.ts'

export function PersonMenu() {
  const { user } = useSession()
  const navigate = useNavigate()
  const tell = useToast()
  const { go, isPending } = useSignOut()
  return (
    <Menu
      align="start"
      trigger={
        <Button look="quiet" isBusy={isPending} className="w-full justify-start px-2 py-1.5">
          <span className="grid min-w-0 grow text-left leading-tight">
            <span className="truncate font-medium text-ink">{user.name}</span>
            <span className="truncate text-xs font-normal">{user.email}</span>
          </span>
          <ChevronsUpDown className="size-4 shrink-0" aria-hidden />
        </Button>
      }
      groups={[
        {
          label: user.email,
          entries: [
            {
              label: 'Security',
              icon: <ShieldCheck aria-hidden />,
              onSelect: () => void navigate({ to: paths.security() }),
            },
          ],
        },
        {
          entries: [
            {
              label: 'Sign out',
              icon: <LogOut aria-hidden />,
              onSelect: () =>
                go(({ message }) =>
                  tell({ kind: 'bad', title: 'You are still signed in', detail: message }),
                ),
            },
          ],
        },
      ]}
    />
  )
}
