import { LoaderCircle } from 'lucide-react'
import type { ComponentPropsWithRef, ReactNode } from 'react'
import { cx } from '../lib/class-names.ts'

type Look = 'primary' | 'secondary' | 'quiet' | 'danger'

const looks: Record<Look, string> = {
  primary: 'bg-accent text-on-accent hover:bg-accent-strong shadow-card',
  secondary: 'bg-surface text-ink border border-control/60 hover:bg-hover shadow-card',
  quiet: 'text-ink-soft hover:bg-hover hover:text-ink',
  danger: 'bg-danger text-[white] hover:bg-danger-strong shadow-card',
}
const base =
  'inline-flex items-center justify-center gap-2 rounded-lg font-medium whitespace-nowrap select-none transition-colors ' +
  'disabled:opacity-55 disabled:pointer-events-none aria-disabled:opacity-55'

/** For links that look like buttons. */
export function buttonClass(look: Look = 'secondary', size: 'md' | 'sm' = 'md'): string {
  return cx(base, looks[look], size === 'md' ? 'min-h-9 px-3.5' : 'min-h-8 px-2.5 text-[0.8125rem]')
}

export interface ButtonProps extends ComponentPropsWithRef<'button'> {
  look?: Look
  size?: 'md' | 'sm'
  icon?: ReactNode
  /** What was asked for is being done: the button shows it and takes no second press. */
  isBusy?: boolean
}

export function Button({
  look = 'secondary',
  size = 'md',
  icon,
  isBusy = false,
  className,
  children,
  onClick,
  type = 'button',
  ...rest
}: ButtonProps) {
  return (
    <button
      type={type}
      className={cx(buttonClass(look, size), className)}
      // Not `disabled`, which would throw the focus away.
      aria-disabled={isBusy || undefined}
      aria-busy={isBusy || undefined}
      onClick={isBusy ? (event) => event.preventDefault() : onClick}
      {...rest}
    >
      {isBusy ? <LoaderCircle className="size-4 animate-spin" aria-hidden /> : icon}
      {children}
    </button>
  )
}

/** A button that shows only an icon; the label is for those who do not see it, and a hint for those who do. */
export function IconButton({
  label,
  children,
  className,
  type = 'button',
  ...rest
}: ComponentPropsWithRef<'button'> & { label: string }) {
  return (
    <button
      type={type}
      aria-label={label}
      title={label}
      className={cx(
        'inline-flex size-9 shrink-0 items-center justify-center rounded-lg text-ink-soft transition-colors',
        'hover:bg-hover hover:text-ink disabled:opacity-55 [&>svg]:size-4.5',
        className,
      )}
      {...rest}
    >
      {children}
    </button>
  )
}
