/** Ten codes for the day a device is lost: shown once, to be kept elsewhere. */
import { Download } from 'lucide-react'
import { useChange } from '../api/queries.ts'
import type { MakeRecoveryCodesAnswer } from '../api/types.ts'
import { Button, buttonClass } from '../ui/button.tsx'
import { CopyButton } from '../ui/copy.tsx'
import { Problem } from '../ui/problem.tsx'
import { factorsChange } from './factor-paths.ts'

export function RecoveryCodes({
  hasSome,
  action,
  onDone,
}: {
  /** Whether there are codes already, which stop working. */
  hasSome: boolean
  /** What the button says once the codes are kept. */
  action: string
  onDone: () => void
}) {
  const make = useChange<void, MakeRecoveryCodesAnswer>(
    () => ({ method: 'POST', path: '/me/recovery-codes' }),
    factorsChange,
  )
  if (make.data) return <Codes codes={make.data.codes} action={action} onDone={onDone} />
  return (
    <div className="grid gap-4">
      <p className="text-ink-soft">
        Each code stands in for your second factor once. Print them or put them into a password
        manager: with your devices gone, they are your way in.
        {hasSome && ' The codes you have now stop working.'}
      </p>
      <Problem>{make.error?.message}</Problem>
      <Button look="primary" isBusy={make.isPending} onClick={() => make.mutate()}>
        Make recovery codes
      </Button>
    </div>
  )
}

function Codes({
  codes,
  action,
  onDone,
}: {
  codes: readonly string[]
  action: string
  onDone: () => void
}) {
  const text = `${codes.join('\n')}\n`
  return (
    <div className="grid gap-4">
      <p className="text-ink-soft">Keep them now: they are shown this once.</p>
      <ul
        aria-label="Recovery codes"
        className="grid grid-cols-1 gap-x-6 gap-y-1.5 rounded-xl border border-line bg-sunken p-4 font-mono text-[0.8125rem] sm:grid-cols-2"
      >
        {codes.map((code) => (
          <li key={code}>{code}</li>
        ))}
      </ul>
      <div className="flex flex-wrap items-center gap-2">
        <a
          href={`data:text/plain;charset=utf-8,${encodeURIComponent(text)}`}
          download="postern-recovery-codes.txt"
          className={buttonClass()}
        >
          <Download className="size-4" aria-hidden />
          Download
        </a>
        <CopyButton value={text} what="recovery codes" className="size-9" />
        <span className="grow" />
        <Button look="primary" onClick={onDone}>
          {action}
        </Button>
      </div>
    </div>
  )
}
