/** The frame of every page of someone signed in: navigation at the side, on phones behind a button; the page beside it. */
import { Link } from '@tanstack/react-router'
import { Menu as MenuIcon, Search, X } from 'lucide-react'
import { lazy, type ReactNode, Suspense, useEffect, useState } from 'react'
import { IconButton } from './button.tsx'
import type { Command } from './command-palette.tsx'
import { useModal } from './dialog.tsx'
import { Mark } from './mark.tsx'
import { ThemeMenu } from './theme-menu.tsx'

const CommandPalette = lazy(() => import('./command-palette.tsx'))

export interface NavigationEntry {
  label: string
  to: string
  icon: ReactNode
}

export interface ShellProps {
  navigation: readonly { label?: string; entries: readonly NavigationEntry[] }[]
  /** The account switcher. */
  account?: ReactNode
  /** Who is signed in, and the way out. */
  person?: ReactNode
  commands: readonly Command[]
  /** What has to be known on every page, above it. */
  notice?: ReactNode
  children: ReactNode
}

export function Shell({ navigation, account, person, commands, notice, children }: ShellProps) {
  const [isDrawerOpen, setDrawerOpen] = useState(false)
  const [isPaletteOpen, setPaletteOpen] = usePaletteKeys()
  const side = (
    <Side
      {...{ navigation, account, person }}
      onSearch={() => setPaletteOpen(true)}
      onLeave={() => setDrawerOpen(false)}
    />
  )
  return (
    <div className="min-h-dvh lg:grid lg:grid-cols-[15.5rem_minmax(0,1fr)]">
      <a
        href="#page"
        className="sr-only z-50 rounded-lg bg-accent px-4 py-2 text-on-accent focus:not-sr-only focus:fixed focus:top-3 focus:left-3"
      >
        To the page
      </a>
      <header className="sticky top-0 z-30 flex items-center gap-2 border-b border-line bg-canvas/90 px-3 py-2 backdrop-blur lg:hidden">
        <IconButton label="Open navigation" onClick={() => setDrawerOpen(true)}>
          <MenuIcon aria-hidden />
        </IconButton>
        <Mark className="size-6" />
        <span className="grow font-semibold tracking-tight">Postern</span>
        <IconButton label="Search and commands" onClick={() => setPaletteOpen(true)}>
          <Search aria-hidden />
        </IconButton>
      </header>
      <aside aria-label="Side" className="sticky top-0 hidden h-dvh border-r border-line lg:block">
        {side}
      </aside>
      <Drawer isOpen={isDrawerOpen} onClose={() => setDrawerOpen(false)}>
        {side}
      </Drawer>
      <main
        id="page"
        tabIndex={-1}
        className="min-w-0 px-4 py-6 outline-none sm:px-8 lg:px-10 lg:py-9"
      >
        <div className="mx-auto max-w-7xl">
          {notice}
          {children}
        </div>
      </main>
      {isPaletteOpen && (
        <Suspense>
          <CommandPalette commands={commands} onClose={() => setPaletteOpen(false)} />
        </Suspense>
      )}
    </div>
  )
}

/** Ctrl-K, or Cmd-K on a Mac, from everywhere. */
function usePaletteKeys(): [boolean, (isOpen: boolean) => void] {
  const [isOpen, setOpen] = useState(false)
  useEffect(() => {
    const toggle = (event: KeyboardEvent) => {
      if (event.key.toLowerCase() !== 'k' || !(event.metaKey || event.ctrlKey)) return
      event.preventDefault()
      setOpen((was) => !was)
    }
    addEventListener('keydown', toggle)
    return () => removeEventListener('keydown', toggle)
  }, [])
  return [isOpen, setOpen]
}

function Drawer({
  isOpen,
  onClose,
  children,
}: {
  isOpen: boolean
  onClose: () => void
  children: ReactNode
}) {
  const modal = useModal(isOpen, onClose)
  return (
    <dialog
      {...modal}
      aria-label="Navigation"
      className="m-0 h-dvh max-h-none w-72 max-w-[85vw] border-r border-line bg-canvas text-ink shadow-raised open:animate-slide-in"
    >
      {isOpen && (
        <>
          <IconButton
            label="Close navigation"
            onClick={onClose}
            className="absolute top-3.5 right-3"
          >
            <X aria-hidden />
          </IconButton>
          {children}
        </>
      )}
    </dialog>
  )
}

type SideProps = Pick<ShellProps, 'navigation' | 'account' | 'person'> & {
  onSearch: () => void
  onLeave: () => void
}

function Side({ navigation, account, person, onSearch, onLeave }: SideProps) {
  const search = () => {
    onLeave()
    onSearch()
  }
  return (
    <div className="flex h-full flex-col gap-4 overflow-y-auto px-3 py-4">
      <div className="flex items-center gap-2.5 px-2">
        <Mark className="size-7" />
        <span className="text-base font-semibold tracking-tight">Postern</span>
      </div>
      {account}
      <button
        type="button"
        onClick={search}
        className="flex min-h-9 items-center gap-2 rounded-lg border border-line bg-surface px-3 text-ink-soft shadow-card hover:bg-hover"
      >
        <Search className="size-4" aria-hidden />
        <span className="grow text-left">Search</span>
        <kbd className="rounded border border-line px-1.5 font-sans text-xs">Ctrl K</kbd>
      </button>
      <nav aria-label="Main" className="grid gap-4">
        {navigation.map(({ label, entries }, index) => (
          <div key={label ?? index} className="grid gap-0.5">
            {label && <p className="px-3 pb-1 text-xs font-medium text-ink-soft">{label}</p>}
            {entries.map((entry) => (
              <Link
                key={entry.to}
                to={entry.to}
                onClick={onLeave}
                activeOptions={{ exact: entry.to === '/' }}
                className="flex min-h-9 items-center gap-3 rounded-lg px-3 font-medium text-ink-soft transition-colors hover:bg-hover hover:text-ink [&>svg]:size-4.5 [&>svg]:shrink-0 data-[status=active]:bg-accent-soft data-[status=active]:text-accent-ink"
              >
                {entry.icon}
                {entry.label}
              </Link>
            ))}
          </div>
        ))}
      </nav>
      <div className="mt-auto flex items-center gap-2 pt-2">
        <div className="min-w-0 grow">{person}</div>
        <ThemeMenu />
      </div>
    </div>
  )
}
