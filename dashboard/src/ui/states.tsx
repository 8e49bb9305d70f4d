/** What a page shows while it has nothing to show: there is none, it is on its way, it failed, it may not. */
import { CloudAlert, LockKeyhole } from 'lucide-react'
import type { ReactNode } from 'react'
import { Button } from './button.tsx'
import { CopyValue } from './copy.tsx'

function Notice({
  icon,
  title,
  children,
  actions,
  isAlert = false,
}: {
  icon: ReactNode
  title: string
  children?: ReactNode
  actions?: ReactNode
  isAlert?: boolean
}) {
  return (
    <div
      role={isAlert ? 'alert' : undefined}
      className="grid justify-items-center gap-4 rounded-2xl border border-dashed border-line px-6 py-12 text-center"
    >
      <span className="grid size-11 place-items-center rounded-full bg-plain-soft text-plain [&>svg]:size-5">
        {icon}
      </span>
      <div className="grid max-w-md gap-1.5">
        <p className="text-[0.9375rem] font-semibold">{title}</p>
        <div className="text-ink-soft">{children}</div>
      </div>
      {actions && <div className="flex flex-wrap justify-center gap-2">{actions}</div>}
    </div>
  )
}

/** Says what would be here, and how it gets here. */
export function Empty(props: {
  icon: ReactNode
  title: string
  children?: ReactNode
  actions?: ReactNode
}) {
  return <Notice {...props} />
}

export interface FailedProps {
  /** What could not be done, as in "The messages could not be loaded". */
  title: string
  message: string
  requestId?: string | undefined
  onRetry?: () => void
}

export function Failed({ title, message, requestId, onRetry }: FailedProps) {
  return (
    <Notice
      isAlert
      icon={<CloudAlert aria-hidden />}
      title={title}
      actions={
        onRetry && (
          <Button look="primary" onClick={onRetry}>
            Try again
          </Button>
        )
      }
    >
      <p>{message}</p>
      {requestId && (
        <p className="mt-2 flex flex-wrap items-center justify-center gap-x-1">
          Request <CopyValue value={requestId} what="request id" />
        </p>
      )}
    </Notice>
  )
}

/** Names the right that is missing and who can give it. */
export function Refused({ right, children }: { right: string; children?: ReactNode }) {
  return (
    <Notice icon={<LockKeyhole aria-hidden />} title="You may not see this">
      <p>
        It takes the right <code className="font-mono text-[0.8125rem] text-ink">{right}</code>. An
        owner or admin of this account can give it to you.
      </p>
      {children}
    </Notice>
  )
}

/** Grey lines in the place of what is coming; heard as one word. */
export function Loading({ lines = 6, label = 'Loading' }: { lines?: number; label?: string }) {
  return (
    <div role="status" className="grid gap-3 py-2">
      <span className="sr-only">{label}</span>
      {Array.from({ length: lines }, (_, index) => (
        <span
          // biome-ignore lint/suspicious/noArrayIndexKey: the lines are all the same
          key={index}
          aria-hidden
          className="h-4 animate-pulse rounded bg-plain-soft odd:w-11/12 even:w-4/5"
        />
      ))}
    </div>
  )
}
