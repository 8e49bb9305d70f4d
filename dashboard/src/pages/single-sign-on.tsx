/** Where the provider sends the browser back to: who it was is found out, and goes on as after a password. */
import { useMutation } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { LoaderCircle } from 'lucide-react'
import { useEffect, useRef, useState } from 'react'
import { ApiError } from '../api/api-error.ts'
import { browserPublicKey } from '../api/browser-key.ts'
import { faultOf } from '../api/queries.ts'
import { callApi } from '../api/request.ts'
import type { ReturnFromSingleSignOnAnswer, SignInAnswer, SignInBody } from '../api/types.ts'
import { FactorForm } from '../frame/factor-form.tsx'
import { useSignIn } from '../frame/sign-in.ts'
import { type Intent, takeIntent } from '../frame/single-sign-on.ts'
import { arrivedWith } from '../lib/arrived-at.ts'
import { paths, patterns } from '../paths.ts'
import { Button, buttonClass } from '../ui/button.tsx'
import { Problem } from '../ui/problem.tsx'
import { SignedOut } from '../ui/signed-out.tsx'
import { linkPath } from './by-link/link.ts'

export const title = 'Signing in'

export function View() {
  const [intent, setIntent] = useState<Intent>({ next: paths.home() })
  const signIn = useSignIn(intent.next)
  const arrival = useArrival()
  const { data: proved } = arrival
  const begun = useRef(false)
  useEffect(() => {
    if (begun.current) return
    begun.current = true
    const kept = takeIntent()
    setIntent(kept)
    arrival.mutate(kept, {
      onSuccess: (id) => signIn.mutate({ single_sign_on: id }),
    })
  })
  const error = arrival.error ?? signIn.error
  if (error) return <Failed message={error.message} intent={intent} />
  if (proved === undefined || !signIn.data || signIn.data.outcome === 'done') return <Waiting />
  if (signIn.data.outcome === 'nobody_known') return <Unknown proved={proved} next={intent.next} />
  return <Factor proved={proved} asked={signIn.data} next={intent.next} />
}

/** Hands on what stands in the address, makes the person where they come by a link, and answers the id to sign in by. */
function useArrival() {
  return useMutation({
    mutationFn: async (intent: Intent) => {
      // The code works once; it need not stand in the history all the same.
      history.replaceState(history.state, '', patterns.singleSignOn)
      const given = new URLSearchParams(arrivedWith)
      const shown = ['state', 'code', 'iss', 'error'].flatMap((name) => {
        const value = given.get(name)
        return value === null ? [] : [[name, value]]
      })
      const { single_sign_on: id } = await callApi<ReturnFromSingleSignOnAnswer>({
        method: 'POST',
        path: '/single-sign-on/return',
        body: { ...Object.fromEntries(shown), browser_key: await browserPublicKey() },
      })
      if (intent.token !== undefined) {
        await become(`${linkPath(intent.token)}/single-sign-on`, id)
      } else if (intent.signsUp) {
        await become('/sign-ups/single-sign-on', id).catch(unlessKnown)
      }
      return id
    },
  })
}

async function become(path: string, id: string): Promise<void> {
  const body = { single_sign_on: id, browser_key: await browserPublicKey() }
  await callApi({ method: 'POST', path, body })
}

/** Who has an account already just signs in. */
function unlessKnown(error: unknown): void {
  if (!(error instanceof ApiError) || error.code !== 'already_exists') throw error
}

function Waiting() {
  return (
    <SignedOut title="Signing in" hint="One moment: the provider is asked who you are.">
      <div className="grid justify-items-center p-2" role="status">
        <LoaderCircle className="size-7 animate-spin text-accent-ink" aria-hidden />
        <span className="sr-only">Waiting for the provider</span>
      </div>
    </SignedOut>
  )
}

function Factor({ proved, asked, next }: { proved: string; asked: SignInAnswer; next: string }) {
  const signIn = useSignIn(next)
  return (
    <SignedOut title="One more step" hint="We know who you are. Now show your second factor.">
      <FactorForm<NonNullable<SignInBody['factor']>>
        types={asked.types}
        passkeys={asked.passkeys}
        action="Sign in"
        isBusy={signIn.isPending || signIn.isSuccess}
        error={faultOf(signIn.error)}
        onFactor={(factor) => signIn.mutate({ single_sign_on: proved, factor })}
      />
      <Link to={paths.signIn(next)} className={buttonClass('quiet')}>
        Begin again
      </Link>
    </SignedOut>
  )
}

/** Only where everybody may make an account. */
function Unknown({ proved, next }: { proved: string; next: string }) {
  const signIn = useSignIn(next)
  const make = useMutation({
    mutationFn: () => become('/sign-ups/single-sign-on', proved),
    onSuccess: () => signIn.mutate({ single_sign_on: proved }),
  })
  return (
    <SignedOut title="New here?" hint="Nobody with your address is known here yet.">
      <Problem>{faultOf(make.error) ?? faultOf(signIn.error)}</Problem>
      <Button
        look="primary"
        isBusy={make.isPending || signIn.isPending || signIn.isSuccess}
        onClick={() => make.mutate()}
      >
        Make an account
      </Button>
      <Link to={paths.signIn(next)} className={buttonClass('quiet')}>
        Back to signing in
      </Link>
    </SignedOut>
  )
}

function Failed({ message, intent }: { message: string; intent: Intent }) {
  return (
    <SignedOut title="You are not signed in">
      <Problem>{message}</Problem>
      <Link to={paths.signIn(intent.next)} className={buttonClass('primary')}>
        Back to signing in
      </Link>
    </SignedOut>
  )
}
