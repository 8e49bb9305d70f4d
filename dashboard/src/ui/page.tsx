/** The parts every page is made of: its header, cards, and lists of names and values. */
import type { ReactNode } from 'react'
import { cx } from '../lib/class-names.ts'

export function PageHeader({
  title,
  hint,
  above,
  actions,
}: {
  title: ReactNode
  hint?: ReactNode
  /** A way back, or a state. */
  above?: ReactNode
  actions?: ReactNode
}) {
  return (
    <header className="mb-6 flex flex-wrap items-end justify-between gap-x-6 gap-y-4">
      <div className="grid min-w-0 gap-1">
        {above && <div className="text-ink-soft">{above}</div>}
        <h1 className="text-[1.375rem] leading-tight font-semibold tracking-tight break-words">
          {title}
        </h1>
        {hint && <p className="max-w-prose text-ink-soft">{hint}</p>}
      </div>
      {actions && <div className="flex flex-wrap gap-2">{actions}</div>}
    </header>
  )
}

export function Card({
  title,
  hint,
  actions,
  children,
  className,
}: {
  title?: string
  hint?: ReactNode
  actions?: ReactNode
  children: ReactNode
  className?: string
}) {
  return (
    <section
      className={cx(
        'min-w-0 rounded-2xl border border-line bg-surface p-4 shadow-card sm:p-5',
        className,
      )}
    >
      {(title || actions) && (
        <header className="mb-4 flex flex-wrap items-start justify-between gap-3">
          <div className="grid gap-0.5">
            {title && <h2 className="text-[0.9375rem] font-semibold tracking-tight">{title}</h2>}
            {hint && <p className="max-w-prose text-ink-soft">{hint}</p>}
          </div>
          {actions && <div className="flex flex-wrap gap-2">{actions}</div>}
        </header>
      )}
      {children}
    </section>
  )
}

export function DefinitionList({
  entries,
}: {
  entries: readonly [name: string, value: ReactNode][]
}) {
  return (
    <dl className="grid gap-x-8 gap-y-3 sm:grid-cols-[max-content_1fr]">
      {entries.map(([name, value]) => (
        <div
          key={name}
          className="grid gap-y-0.5 gap-x-8 sm:col-span-2 sm:grid-cols-subgrid sm:items-baseline"
        >
          <dt className="text-ink-soft">{name}</dt>
          <dd className="min-w-0 break-words">{value}</dd>
        </div>
      ))}
    </dl>
  )
}

/** A number people look at first, with what it means under it. */
export function Figure({ name, value, hint }: { name: string; value: string; hint?: ReactNode }) {
  return (
    <div className="grid content-start gap-0.5 rounded-2xl border border-line bg-surface px-4 py-3.5 shadow-card sm:px-5 sm:py-4">
      <p className="text-ink-soft">{name}</p>
      <p className="text-2xl font-semibold tracking-tight tabular-nums">{value}</p>
      {hint && <p className="text-[0.8125rem] text-ink-soft">{hint}</p>}
    </div>
  )
}
