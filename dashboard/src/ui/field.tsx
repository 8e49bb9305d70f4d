/** A label, a control, a hint and an error that belong together, also for those who only hear them. */
import { Check, ChevronDown, CircleAlert } from 'lucide-react'
import { type ComponentPropsWithRef, type ReactNode, useId } from 'react'
import { cx } from '../lib/class-names.ts'

interface FieldText {
  label: string
  hint?: ReactNode
  /** Names the rule that was broken, and the fix. */
  error?: string | undefined
  isOptional?: boolean
}

interface Tie {
  id: string
  'aria-describedby'?: string
  'aria-invalid'?: true
}

export function Field({
  label,
  hint,
  error,
  isOptional = false,
  children,
}: FieldText & { children: (tie: Tie) => ReactNode }) {
  const id = useId()
  const described = [hint ? `${id}-hint` : '', error ? `${id}-error` : ''].filter(Boolean).join(' ')
  return (
    <div className="grid gap-1.5">
      <div className="flex items-baseline justify-between gap-3">
        <label htmlFor={id} className="font-medium">
          {label}
        </label>
        {isOptional && <span className="text-xs text-ink-soft">optional</span>}
      </div>
      {children({
        id,
        ...(described && { 'aria-describedby': described }),
        ...(error && { 'aria-invalid': true }),
      })}
      {error && (
        <p id={`${id}-error`} className="flex items-start gap-1.5 text-[0.8125rem] text-bad">
          <CircleAlert className="mt-0.5 size-3.5 shrink-0" aria-hidden />
          {error}
        </p>
      )}
      {hint && (
        <p id={`${id}-hint`} className="text-[0.8125rem] text-ink-soft">
          {hint}
        </p>
      )}
    </div>
  )
}

const control =
  'w-full min-w-0 rounded-lg border border-control bg-surface px-3 text-ink shadow-card transition-colors ' +
  'placeholder:text-ink-soft hover:border-ink-soft aria-invalid:border-bad disabled:bg-sunken disabled:text-ink-soft'

type Input = FieldText & Omit<ComponentPropsWithRef<'input'>, 'id'> & { isMono?: boolean }

export function TextField({ label, hint, error, isOptional, isMono, className, ...rest }: Input) {
  return (
    <Field {...fieldText({ label, hint, error, isOptional })}>
      {(tie) => (
        <input
          className={cx(control, 'h-9', isMono && 'font-mono text-[0.8125rem]', className)}
          {...rest}
          {...tie}
        />
      )}
    </Field>
  )
}

type Area = FieldText & Omit<ComponentPropsWithRef<'textarea'>, 'id'> & { isMono?: boolean }

export function TextArea({ label, hint, error, isOptional, isMono, className, ...rest }: Area) {
  return (
    <Field {...fieldText({ label, hint, error, isOptional })}>
      {(tie) => (
        <textarea
          rows={4}
          className={cx(control, 'py-2', isMono && 'font-mono text-[0.8125rem]', className)}
          {...rest}
          {...tie}
        />
      )}
    </Field>
  )
}

export interface Choice {
  value: string
  label: string
}

type SelectProps = FieldText &
  Omit<ComponentPropsWithRef<'select'>, 'id' | 'children'> & { choices: readonly Choice[] }

/** The platform's own list: it is the best one on a phone and by keyboard. */
export function SelectField({ label, hint, error, isOptional, choices, ...rest }: SelectProps) {
  return (
    <Field {...fieldText({ label, hint, error, isOptional })}>
      {(tie) => <Select choices={choices} {...rest} {...tie} />}
    </Field>
  )
}

export function Select({
  choices,
  className,
  ...rest
}: ComponentPropsWithRef<'select'> & { choices: readonly Choice[] }) {
  return (
    <span className="relative block">
      <select className={cx(control, 'h-9 appearance-none pr-9', className)} {...rest}>
        {choices.map(({ value, label }) => (
          <option key={value} value={value}>
            {label}
          </option>
        ))}
      </select>
      <ChevronDown
        className="pointer-events-none absolute top-2.5 right-3 size-4 text-ink-soft"
        aria-hidden
      />
    </span>
  )
}

export function Checkbox({
  label,
  hint,
  className,
  ...rest
}: Omit<ComponentPropsWithRef<'input'>, 'type' | 'id'> & { label: ReactNode; hint?: ReactNode }) {
  const id = useId()
  return (
    <div className={cx('flex items-start gap-2.5', className)}>
      <span className="relative mt-0.5 inline-flex">
        <input
          type="checkbox"
          id={id}
          aria-describedby={hint ? `${id}-hint` : undefined}
          className="peer size-4.5 appearance-none rounded-[5px] border border-control bg-surface shadow-card transition-colors checked:border-accent checked:bg-accent hover:border-ink-soft disabled:opacity-55"
          {...rest}
        />
        <Check
          className="pointer-events-none absolute inset-0 m-auto size-3.5 text-on-accent opacity-0 peer-checked:opacity-100"
          strokeWidth={3}
          aria-hidden
        />
      </span>
      <div className="grid gap-0.5">
        <label htmlFor={id} className="font-medium">
          {label}
        </label>
        {hint && (
          <p id={`${id}-hint`} className="text-[0.8125rem] text-ink-soft">
            {hint}
          </p>
        )}
      </div>
    </div>
  )
}

/** Leaves out what was not given, as exact optional properties want it. */
function fieldText(given: {
  label: string
  hint: ReactNode | undefined
  error: string | undefined
  isOptional: boolean | undefined
}): FieldText {
  const { label, hint, error, isOptional } = given
  return { label, error, ...(hint !== undefined && { hint }), ...(isOptional && { isOptional }) }
}
