/** Light or dark: what was chosen in this browser, else what the system says. public/theme.js does the same before the first paint. */
import { useSyncExternalStore } from 'react'

export type ThemeChoice = 'system' | 'light' | 'dark'

const keptName = 'postern.theme'
const dark = matchMedia('(prefers-color-scheme: dark)')
const listeners = new Set<() => void>()

function chosen(): ThemeChoice {
  const kept = localStorage.getItem(keptName)
  return kept === 'light' || kept === 'dark' ? kept : 'system'
}

function shown(): 'light' | 'dark' {
  const choice = chosen()
  return choice === 'system' ? (dark.matches ? 'dark' : 'light') : choice
}

function apply(): void {
  document.documentElement.dataset.theme = shown()
  for (const listener of listeners) listener()
}

export function chooseTheme(choice: ThemeChoice): void {
  if (choice === 'system') localStorage.removeItem(keptName)
  else localStorage.setItem(keptName, choice)
  apply()
}

/** Called once, at the start: follows the system and the other windows of this browser. */
export function followTheme(): void {
  apply()
  dark.addEventListener('change', apply)
  addEventListener('storage', ({ key }) => key === keptName && apply())
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener)
  return () => listeners.delete(listener)
}

export function useTheme(): { choice: ThemeChoice; shown: 'light' | 'dark' } {
  return {
    choice: useSyncExternalStore(subscribe, chosen),
    shown: useSyncExternalStore(subscribe, shown),
  }
}
