/** What the command palette offers: every page of the navigation, what can be begun there, and what belongs to the frame. */
import { useNavigate } from '@tanstack/react-router'
import { Building2, LogOut, Moon, Plus, Sun, SunMoon } from 'lucide-react'
import type { Command } from '../ui/command-palette.tsx'
import { chooseTheme } from '../ui/theme.ts'
import { useToast } from '../ui/toast.tsx'
import type { FrameEntry } from './navigation.tsx'
import { useSession } from './session.ts'
import { useSignOut } from './sign-out.ts'
import { useSwitchAccount } from './switch-account.ts'

export function useCommands(entries: readonly FrameEntry[]): Command[] {
  const navigate = useNavigate()
  // A path may bring filters along, which the router takes apart.
  const goTo = (path: string) => () => void navigate({ href: path })
  const pages = entries.map(({ label, icon, path, words = [] }) => ({
    ...{ label, icon, words },
    group: 'Go to',
    run: goTo(path),
  }))
  const actions = entries.flatMap((entry) =>
    (entry.actions ?? []).map(({ label, path, words = [] }) => ({
      ...{ label, words },
      group: 'Do',
      icon: <Plus aria-hidden />,
      run: goTo(path),
    })),
  )
  return [...pages, ...actions, ...useAccountCommands(), ...themeCommands, useSignOutCommand()]
}

function useAccountCommands(): Command[] {
  const { accounts, account_id: here } = useSession()
  const tell = useToast()
  const { go } = useSwitchAccount()
  return accounts
    .filter(({ id }) => id !== here)
    .map(({ id, name }) => ({
      label: `Switch to ${name}`,
      group: 'Accounts',
      icon: <Building2 aria-hidden />,
      run: () =>
        go(id, ({ message }) =>
          tell({ kind: 'bad', title: 'Still in this account', detail: message }),
        ),
    }))
}

const themeCommands: Command[] = [
  {
    label: 'Light theme',
    icon: <Sun aria-hidden />,
    group: 'Theme',
    run: () => chooseTheme('light'),
  },
  {
    label: 'Dark theme',
    icon: <Moon aria-hidden />,
    group: 'Theme',
    run: () => chooseTheme('dark'),
  },
  {
    label: 'Theme of the system',
    icon: <SunMoon aria-hidden />,
    group: 'Theme',
    run: () => chooseTheme('system'),
  },
]

function useSignOutCommand(): Command {
  const { go } = useSignOut()
  const tell = useToast()
  return {
    label: 'Sign out',
    group: 'Person',
    icon: <LogOut aria-hidden />,
    words: ['log out', 'leave'],
    run: () =>
      go(({ message }) => tell({ kind: 'bad', title: 'You are still signed in', detail: message })),
  }
}
