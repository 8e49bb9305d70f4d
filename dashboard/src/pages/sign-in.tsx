import { useMutation } from '@tanstack/react-query'
import { useSearch } from '@tanstack/react-router'
import { Fingerprint } from 'lucide-react'
import { type FormEvent, useState } from 'react'
import { browserPublicKey } from '../api/browser-key.ts'
import { faultOf } from '../api/queries.ts'
import { callApi } from '../api/request.ts'
import type { SignInAnswer, SignInBody } from '../api/types.ts'
import { FactorForm } from '../frame/factor-form.tsx'
import { answerByPasskey } from '../frame/passkey.ts'
import { useStartAnew } from '../frame/session.ts'
import { isOwnPath, paths } from '../paths.ts'
import { Button } from '../ui/button.tsx'
import { TextField } from '../ui/field.tsx'
import { SignedOut } from '../ui/signed-out.tsx'

export const title = 'Sign in'

type Shown = Omit<SignInBody, 'browser_key'>
type Factor = NonNullable<SignInBody['factor']>

/** Signs in; a session of this browser is bound to the key that never leaves it. */
function useSignIn() {
  const startAnew = useStartAnew()
  const { next } = useSearch({ strict: false }) as { next?: unknown } // whatever stands in the address bar
  return useMutation({
    mutationFn: async (shown: Shown) =>
      callApi<SignInAnswer>({
        method: 'POST',
        path: '/sign-in',
        body: { ...shown, browser_key: await browserPublicKey() },
      }),
    onSuccess: ({ outcome, enrolling }) => {
      if (outcome !== 'done') return
      const wanted = typeof next === 'string' && isOwnPath(next) ? next : paths.home()
      startAnew(enrolling ? paths.security() : wanted)
    },
  })
}

export function View() {
  const signIn = useSignIn()
  const [shown, setShown] = useState<Shown>({})
  const asked = signIn.data?.outcome === 'factor_needed' ? signIn.data : undefined
  const [factorStep, setFactorStep] = useState<SignInAnswer>()
  const step = asked ?? factorStep
  const error = faultOf(signIn.error)
  if (step) {
    return (
      <SignedOut title="One more step" hint="Your password is right. Show that it is you.">
        <FactorForm<Factor>
          types={step.types}
          passkeys={step.passkeys}
          action="Sign in"
          isBusy={signIn.isPending || signIn.data?.outcome === 'done'}
          error={error}
          onFactor={(factor) => signIn.mutate({ ...shown, factor })}
        />
        <Button
          look="quiet"
          onClick={() => {
            setFactorStep(undefined)
            signIn.reset()
          }}
        >
          Start again
        </Button>
      </SignedOut>
    )
  }
  return (
    <SignedOut title="Sign in to Postern" hint="People sign in here. Programs use an API key.">
      <PasswordForm
        isBusy={signIn.isPending || signIn.data?.outcome === 'done'}
        error={error}
        onSubmit={(given) => {
          setShown(given)
          signIn.mutate(given, {
            onSuccess: (answer) => answer.outcome === 'factor_needed' && setFactorStep(answer),
          })
        }}
      />
      <PasskeyAlone onShown={(given) => signIn.mutate(given)} />
    </SignedOut>
  )
}

function PasswordForm({
  isBusy,
  error,
  onSubmit,
}: {
  isBusy: boolean
  error: string | undefined
  onSubmit: (given: { email: string; password: string }) => void
}) {
  const [email, setEmail] = useState('')
  const [password, setPassword] = useState('')
  const submit = (event: FormEvent) => {
    event.preventDefault()
    if (!isBusy) onSubmit({ email, password })
  }
  return (
    <form onSubmit={submit} className="grid gap-4">
      {error && (
        <p role="alert" className="rounded-lg bg-bad-soft px-3 py-2 text-bad">
          {error}
        </p>
      )}
      <TextField
        label="Email address"
        type="email"
        autoComplete="username webauthn"
        value={email}
        onChange={(event) => setEmail(event.target.value)}
        required
        autoFocus
      />
      <TextField
        label="Password"
        type="password"
        autoComplete="current-password"
        value={password}
        onChange={(event) => setPassword(event.target.value)}
        required
      />
      <Button type="submit" look="primary" isBusy={isBusy}>
        Sign in
      </Button>
    </form>
  )
}

function PasskeyAlone({ onShown }: { onShown: (given: Shown) => void }) {
  const asking = useMutation({
    mutationFn: async () => {
      const { factor, userHandle } = await answerByPasskey([])
      if (userHandle === undefined)
        throw new Error('This passkey does not say whose it is. Sign in with your password.')
      onShown({ user_handle: userHandle, factor })
    },
  })
  return (
    <div className="grid gap-2 border-t border-line pt-5">
      <Button
        icon={<Fingerprint className="size-4" aria-hidden />}
        isBusy={asking.isPending}
        onClick={() => asking.mutate()}
      >
        Sign in with a passkey
      </Button>
      {asking.error && (
        <p role="alert" className="text-[0.8125rem] text-bad">
          {asking.error.message}
        </p>
      )}
    </div>
  )
}
