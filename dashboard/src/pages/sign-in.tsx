import { useMutation, useSuspenseQuery } from '@tanstack/react-query'
import { Link, useSearch } from '@tanstack/react-router'
import { Fingerprint } from 'lucide-react'
import { type FormEvent, useState } from 'react'
import { answerQuery, faultOf } from '../api/queries.ts'
import type { GetSignInOptionsAnswer, SignInAnswer, SignInBody } from '../api/types.ts'
import { FactorForm } from '../frame/factor-form.tsx'
import { answerByPasskey } from '../frame/passkey.ts'
import { type ShownAtSignIn, useSignIn } from '../frame/sign-in.ts'
import type { LoaderInput } from '../page.ts'
import { nextOf, paths } from '../paths.ts'
import { Button } from '../ui/button.tsx'
import { TextField } from '../ui/field.tsx'
import { Problem } from '../ui/problem.tsx'
import { SignedOut } from '../ui/signed-out.tsx'

export const title = 'Sign in'

const link = 'text-accent-ink underline underline-offset-4 hover:no-underline'
const options = answerQuery<GetSignInOptionsAnswer>('/sign-in-options')

export function loader({ client }: LoaderInput) {
  return client.ensureQueryData(options)
}

export function View() {
  const signIn = useSignIn(nextOf(useSearch({ strict: false })))
  const [shown, setShown] = useState<ShownAtSignIn>({})
  const [asked, setAsked] = useState<SignInAnswer>()
  const isBusy = signIn.isPending || signIn.data?.outcome === 'done'
  const beginAgain = () => {
    setAsked(undefined)
    signIn.reset()
  }
  const shutOut = faultOf(signIn.error, 'networks.console')
  if (shutOut) return <ShutOut fault={shutOut} onAgain={beginAgain} />
  if (asked) {
    return (
      <SignedOut title="One more step" hint="The password is right. Now show your second factor.">
        <FactorForm<NonNullable<SignInBody['factor']>>
          types={asked.types}
          passkeys={asked.passkeys}
          action="Sign in"
          isBusy={isBusy}
          error={faultOf(signIn.error)}
          onFactor={(factor) => signIn.mutate({ ...shown, factor })}
        />
        <Button look="quiet" onClick={beginAgain}>
          Begin again
        </Button>
      </SignedOut>
    )
  }
  return (
    <SignedOut title="Sign in to Postern" hint="People sign in here. Programs use an API key.">
      <PasswordForm
        isBusy={isBusy}
        error={faultOf(signIn.error)}
        onSubmit={(given) => {
          setShown(given)
          signIn.mutate(given, {
            onSuccess: (answer) => answer.outcome === 'factor_needed' && setAsked(answer),
          })
        }}
      />
      <PasskeyAlone onShown={(given) => signIn.mutate(given)} />
      <OtherWays />
    </SignedOut>
  )
}

/** Everything shown was right, from a network that the account does not let in. */
function ShutOut({ fault, onAgain }: { fault: string; onAgain: () => void }) {
  return (
    <SignedOut title="Your network is not let in">
      <Problem>{fault}</Problem>
      <p>
        Ask an owner or admin to add your network to the list. Are they all shut out as well? Then
        two of them can open the dashboard together:{' '}
        <Link to={paths.breakGlass()} className={link}>
          Open it with a second person
        </Link>
        .
      </p>
      <Button look="quiet" onClick={onAgain}>
        Begin again
      </Button>
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
      <Problem>{error}</Problem>
      <TextField
        label="Email address"
        type="email"
        autoComplete="username"
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

function PasskeyAlone({ onShown }: { onShown: (given: ShownAtSignIn) => void }) {
  const asking = useMutation({
    mutationFn: async () => {
      const { factor, userHandle } = await answerByPasskey([])
      if (userHandle === undefined) {
        throw new Error('This passkey does not say whose it is. Sign in with your password.')
      }
      onShown({ user_handle: userHandle, factor })
    },
  })
  return (
    <div className="grid gap-3">
      <Button
        icon={<Fingerprint className="size-4" aria-hidden />}
        isBusy={asking.isPending}
        onClick={() => asking.mutate()}
      >
        Sign in with a passkey
      </Button>
      <Problem>{asking.error?.message}</Problem>
    </div>
  )
}

function OtherWays() {
  const { sign_up: signUp } = useSuspenseQuery(options).data
  return (
    <p className="flex flex-wrap justify-between gap-3 border-t border-line pt-4">
      <Link to={paths.forgotPassword()} className={link}>
        Forgot password
      </Link>
      {signUp === 'open' && (
        <Link to={paths.signUp()} className={link}>
          Make an account
        </Link>
      )}
    </p>
  )
}
