/** The frame of the pages before signing in: one card in the middle, and nothing to distract. */
import type { ReactNode } from 'react'
import { Mark } from './mark.tsx'
import { ThemeMenu } from './theme-menu.tsx'

export function SignedOut({
  title,
  hint,
  children,
}: {
  title: string
  hint?: ReactNode
  children?: ReactNode
}) {
  return (
    <div className="grid min-h-dvh grid-rows-[auto_1fr_auto]">
      <header className="flex justify-end p-3">
        <ThemeMenu />
      </header>
      <main className="mx-auto grid w-full max-w-md content-center px-4 pb-[12dvh]">
        <div className="mb-6 grid justify-items-center gap-4 text-center">
          <Mark className="size-12" />
          <div className="grid gap-1.5">
            <h1 className="text-[1.375rem] font-semibold tracking-tight">{title}</h1>
            {hint && <p className="text-ink-soft">{hint}</p>}
          </div>
        </div>
        {children && (
          <div className="grid gap-5 rounded-2xl border border-line bg-surface p-6 shadow-card">
            {children}
          </div>
        )}
      </main>
    </div>
  )
}
