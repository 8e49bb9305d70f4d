/** Where who needs a second factor and has none is led to; nothing else may be done before. */
import { useSearch } from '@tanstack/react-router'
import { Fingerprint, Smartphone } from 'lucide-react'
import { type ReactNode, Suspense, useState } from 'react'
import { PasskeyForm } from '../frame/passkey-form.tsx'
import { RecoveryCodes } from '../frame/recovery-codes.tsx'
import { useSession, useStartAnew } from '../frame/session.ts'
import { useSignOut } from '../frame/sign-out.ts'
import { TotpForm } from '../frame/totp-form.tsx'
import { nextOf } from '../paths.ts'
import { Button } from '../ui/button.tsx'
import { SignedOut } from '../ui/signed-out.tsx'
import { Loading } from '../ui/states.tsx'

export const title = 'Second factor'

type Step = 'choose' | 'totp' | 'passkey' | 'codes'

export function View() {
  const [step, setStep] = useState<Step>('choose')
  const next = nextOf(useSearch({ strict: false }))
  const startAnew = useStartAnew()
  const { enrolling } = useSession()
  if (step === 'codes') {
    return (
      <SignedOut title="One thing more" hint="Codes for the day your device is lost.">
        <RecoveryCodes hasSome={false} action="I have kept them" onDone={() => startAnew(next)} />
        <Button look="quiet" onClick={() => startAnew(next)}>
          Later
        </Button>
      </SignedOut>
    )
  }
  const done = () => setStep('codes')
  return (
    <SignedOut
      title="Add a second factor"
      hint={
        enrolling
          ? 'Your role needs one: a stolen password alone then opens nothing.'
          : 'A stolen password alone then opens nothing.'
      }
    >
      {step === 'choose' && <Choose onChoose={setStep} />}
      {step === 'totp' && (
        <Suspense fallback={<Loading lines={4} />}>
          <TotpForm onDone={done} />
        </Suspense>
      )}
      {step === 'passkey' && <PasskeyForm onDone={done} />}
      {step === 'choose' ? <Leave /> : <Back onClick={() => setStep('choose')} />}
    </SignedOut>
  )
}

function Choose({ onChoose }: { onChoose: (step: Step) => void }) {
  return (
    <div className="grid gap-3">
      <Way
        icon={<Fingerprint aria-hidden />}
        name="Passkey"
        hint="The fingerprint, face or code of a device. The quickest, and safe from phishing."
        onClick={() => onChoose('passkey')}
      />
      <Way
        icon={<Smartphone aria-hidden />}
        name="Authenticator app"
        hint="Six digits from an app, on any phone."
        onClick={() => onChoose('totp')}
      />
    </div>
  )
}

function Way(way: { icon: ReactNode; name: string; hint: string; onClick: () => void }) {
  return (
    <button
      type="button"
      onClick={way.onClick}
      className="flex items-start gap-3.5 rounded-xl border border-control/60 p-4 text-left shadow-card transition-colors hover:bg-hover [&>svg]:mt-0.5 [&>svg]:size-5 [&>svg]:shrink-0 [&>svg]:text-accent-ink"
    >
      {way.icon}
      <span className="grid gap-0.5">
        <span className="font-medium">{way.name}</span>
        <span className="text-ink-soft">{way.hint}</span>
      </span>
    </button>
  )
}

function Back({ onClick }: { onClick: () => void }) {
  return (
    <Button look="quiet" onClick={onClick}>
      Choose another way
    </Button>
  )
}

function Leave() {
  const { go, isPending } = useSignOut()
  return (
    <Button look="quiet" isBusy={isPending} onClick={() => go(() => {})}>
      Sign out
    </Button>
  )
}
