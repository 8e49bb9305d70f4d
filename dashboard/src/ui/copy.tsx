import { Check, Copy } from 'lucide-react'
import { useEffect, useState } from 'react'
import { cx } from '../lib/class-names.ts'
import { IconButton } from './button.tsx'

const doneMs = 2_000

/** Copies, says so aloud, and shows it for a moment. */
export function CopyButton({
  value,
  what,
  className,
}: {
  value: string
  /** What is copied, as in "Copy message id". */
  what: string
  className?: string
}) {
  const [state, setState] = useState<'idle' | 'done' | 'failed'>('idle')
  useEffect(() => {
    if (state === 'idle') return
    const timer = setTimeout(() => setState('idle'), doneMs)
    return () => clearTimeout(timer)
  }, [state])
  const copy = () => {
    navigator.clipboard.writeText(value).then(
      () => setState('done'),
      () => setState('failed'),
    )
  }
  return (
    <>
      <IconButton
        label={`Copy ${what}`}
        onClick={copy}
        className={cx('size-7 [&>svg]:size-3.5', className)}
      >
        {state === 'done' ? <Check className="text-good" aria-hidden /> : <Copy aria-hidden />}
      </IconButton>
      <span role="status" className="sr-only">
        {state === 'done' && `Copied ${what}`}
        {state === 'failed' && `Could not copy ${what}: select it instead`}
      </span>
    </>
  )
}

/** A value in fixed width with its copy button. */
export function CopyValue({ value, what }: { value: string; what: string }) {
  return (
    <span className="inline-flex max-w-full items-center gap-1">
      <code className="min-w-0 font-mono text-[0.8125rem] break-all">{value}</code>
      <CopyButton value={value} what={what} />
    </span>
  )
}
