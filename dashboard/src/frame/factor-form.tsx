/** One factor, shown in the way the person chooses among those they have. */
import { Fingerprint, KeyRound, LifeBuoy, Smartphone } from 'lucide-react'
import { type FormEvent, type ReactNode, useState } from 'react'
import type { StepUpBody } from '../api/types.ts'
import { Button } from '../ui/button.tsx'
import { TextField } from '../ui/field.tsx'
import { answerByPasskey } from './passkey.ts'

export type ShownFactor = StepUpBody['factor']
type Way = ShownFactor['type']

export interface FactorFormProps<Factor extends ShownFactor> {
  types: readonly Factor['type'][]
  /** Ids of the person's passkeys. */
  passkeys: readonly string[]
  /** What the button says. */
  action: string
  isBusy: boolean
  error: string | undefined
  onFactor: (factor: Factor) => void
}

/** The quickest first. */
const order: readonly Way[] = ['passkey', 'totp', 'password', 'recovery']
const names: Record<Way, [name: string, icon: ReactNode]> = {
  passkey: ['Use a passkey', <Fingerprint key="passkey" className="size-4" aria-hidden />],
  totp: ['Use an authenticator app', <Smartphone key="totp" className="size-4" aria-hidden />],
  password: ['Use your password', <KeyRound key="password" className="size-4" aria-hidden />],
  recovery: ['Use a recovery code', <LifeBuoy key="recovery" className="size-4" aria-hidden />],
}

export function FactorForm<Factor extends ShownFactor>(props: FactorFormProps<Factor>) {
  const ways = order.filter((way) => props.types.some((type) => type === way))
  const [chosen, setChosen] = useState<Way>()
  const way = chosen ?? ways[0]
  if (way === undefined) return null
  const others = ways.filter((one) => one !== way)
  // Only ways among `types` are offered, so what is shown is one of the factors asked for.
  const onFactor = props.onFactor as (factor: ShownFactor) => void
  const common = { ...props, onFactor }
  return (
    <div className="grid gap-4">
      {way === 'passkey' ? <PasskeyWay {...common} /> : <CodeWay key={way} way={way} {...common} />}
      {others.length > 0 && (
        <div className="grid gap-1 border-t border-line pt-3">
          {others.map((other) => (
            <Button
              key={other}
              look="quiet"
              icon={names[other][1]}
              className="justify-start"
              onClick={() => setChosen(other)}
            >
              {names[other][0]}
            </Button>
          ))}
        </div>
      )}
    </div>
  )
}

type WayProps = Pick<FactorFormProps<never>, 'passkeys' | 'action' | 'isBusy' | 'error'> & {
  onFactor: (factor: ShownFactor) => void
}

function PasskeyWay({ passkeys, isBusy, error, onFactor }: WayProps) {
  const [isAsking, setAsking] = useState(false)
  const [fault, setFault] = useState<string>()
  const ask = async () => {
    setFault(undefined)
    setAsking(true)
    try {
      onFactor((await answerByPasskey(passkeys)).factor)
    } catch (thrown) {
      setFault(thrown instanceof Error ? thrown.message : String(thrown))
    } finally {
      setAsking(false)
    }
  }
  const shown = fault ?? error
  return (
    <div className="grid gap-3">
      <p className="text-ink-soft">
        Your device asks for your fingerprint, your face or its own code.
      </p>
      <Button
        look="primary"
        icon={names.passkey[1]}
        isBusy={isBusy || isAsking}
        onClick={() => void ask()}
        data-first-focus
      >
        {names.passkey[0]}
      </Button>
      {shown && (
        <p role="alert" className="text-[0.8125rem] text-bad">
          {shown}
        </p>
      )}
    </div>
  )
}

const fields = {
  totp: {
    label: 'Code of your authenticator app',
    hint: 'Six digits; each code counts once.',
    autoComplete: 'one-time-code',
    inputMode: 'numeric',
  },
  recovery: {
    label: 'Recovery code',
    hint: 'One of those you wrote down. It counts once.',
    autoComplete: 'off',
  },
  password: { label: 'Your password', hint: undefined, autoComplete: 'current-password' },
} as const

function CodeWay({
  way,
  action,
  isBusy,
  error,
  onFactor,
}: WayProps & { way: Exclude<Way, 'passkey'> }) {
  const [text, setText] = useState('')
  const { hint, ...field } = fields[way]
  const submit = (event: FormEvent) => {
    event.preventDefault()
    if (isBusy) return
    onFactor(
      way === 'password'
        ? { type: 'password', password: text }
        : { type: way, code: text.replaceAll(/\s/g, '') },
    )
  }
  return (
    <form onSubmit={submit} className="grid gap-4">
      <TextField
        {...field}
        {...(hint && { hint })}
        type={way === 'password' ? 'password' : 'text'}
        value={text}
        onChange={(event) => setText(event.target.value)}
        error={error}
        isMono={way !== 'password'}
        spellCheck={false}
        required
        autoFocus
        data-first-focus
      />
      <Button type="submit" look="primary" isBusy={isBusy}>
        {action}
      </Button>
    </form>
  )
}
