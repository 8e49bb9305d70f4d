/** The platform's own dialog: it keeps the focus, goes with Escape, and gives the focus back. */
import { X } from 'lucide-react'
import { type FormEvent, type ReactNode, useEffect, useId, useRef, useState } from 'react'
import { cx } from '../lib/class-names.ts'
import { Button, IconButton } from './button.tsx'
import { TextField } from './field.tsx'

export interface DialogProps {
  isOpen: boolean
  onClose: () => void
  title: string
  hint?: ReactNode
  children: ReactNode
  footer?: ReactNode
  width?: 'md' | 'lg'
}

/** Shows a dialog element while `isOpen`; a press on the veil closes it. */
export function useModal(isOpen: boolean, onClose: () => void) {
  const ref = useRef<HTMLDialogElement>(null)
  useEffect(() => {
    const dialog = ref.current
    if (!dialog || dialog.open === isOpen) return
    if (!isOpen) {
      dialog.close()
      return
    }
    dialog.showModal()
    // Else the first thing in it would have it, which is the button that closes.
    dialog.querySelector<HTMLElement>('[data-first-focus]')?.focus()
  }, [isOpen])
  return {
    ref,
    onClose,
    onPointerDown: (event: { target: unknown }) => {
      if (event.target === ref.current) onClose()
    },
  }
}

export function Dialog({ isOpen, onClose, title, hint, children, footer, width }: DialogProps) {
  const id = useId()
  const modal = useModal(isOpen, onClose)
  return (
    <dialog
      {...modal}
      aria-labelledby={id}
      className={cx(
        'm-auto max-h-[min(90dvh,52rem)] w-[calc(100%-2rem)] flex-col overflow-hidden rounded-2xl border border-line bg-raised text-ink shadow-raised open:flex open:animate-appear',
        width === 'lg' ? 'max-w-2xl' : 'max-w-md',
      )}
    >
      {isOpen && (
        <>
          <header className="flex items-start justify-between gap-4 px-5 pt-5 pb-3">
            <div className="grid gap-1">
              <h2 id={id} className="text-base font-semibold tracking-tight">
                {title}
              </h2>
              {hint && <p className="text-ink-soft">{hint}</p>}
            </div>
            <IconButton label="Close" onClick={onClose} className="-mt-1.5 -mr-2">
              <X aria-hidden />
            </IconButton>
          </header>
          <div className="min-h-0 overflow-y-auto px-5 pb-5">{children}</div>
          {footer && (
            <footer className="flex flex-wrap justify-end gap-2 border-t border-line bg-sunken px-5 py-3">
              {footer}
            </footer>
          )}
        </>
      )}
    </dialog>
  )
}

export interface ConfirmDialogProps {
  isOpen: boolean
  onClose: () => void
  onConfirm: () => void
  title: string
  /** What will happen, and what cannot be undone. */
  children: ReactNode
  /** What has to be typed: the name of the thing. */
  phrase: string
  action: string
  isBusy?: boolean
}

/** For what cannot be undone: the button works once the name has been typed. */
export function ConfirmDialog(props: ConfirmDialogProps) {
  return (
    <Dialog isOpen={props.isOpen} onClose={props.onClose} title={props.title}>
      <ConfirmForm {...props} />
    </Dialog>
  )
}

function ConfirmForm({
  onClose,
  onConfirm,
  children,
  phrase,
  action,
  isBusy = false,
}: ConfirmDialogProps) {
  const [typed, setTyped] = useState('')
  const [error, setError] = useState<string>()
  const submit = (event: FormEvent) => {
    event.preventDefault()
    if (typed.trim() === phrase) onConfirm()
    else setError(`Type ${phrase} exactly as it is written.`)
  }
  return (
    <form onSubmit={submit} className="grid gap-4">
      <div className="grid gap-2 text-ink-soft">{children}</div>
      <TextField
        label={`Type ${phrase} to go on`}
        value={typed}
        onChange={(event) => {
          setTyped(event.target.value)
          setError(undefined)
        }}
        error={error}
        autoComplete="off"
        spellCheck={false}
        isMono
        data-first-focus
      />
      <div className="flex flex-wrap justify-end gap-2">
        <Button onClick={onClose}>Keep it</Button>
        <Button type="submit" look="danger" isBusy={isBusy}>
          {action}
        </Button>
      </div>
    </form>
  )
}
