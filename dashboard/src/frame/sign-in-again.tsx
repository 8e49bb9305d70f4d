/** The fresh factor of who has none here: going through single sign-on again. */
import { useQuery } from '@tanstack/react-query'
import { Suspense } from 'react'
import { Loading } from '../ui/states.tsx'
import { useSession } from './session.ts'
import { signInOptions } from './single-sign-on.ts'
import { SingleSignOnButton } from './single-sign-on-button.tsx'

/** Whether neither a factor nor a password of theirs could be asked for. */
export function useHasOnlyProvider(): boolean {
  const { factors, user } = useSession()
  const mayHave = factors.types.length === 0
  const { data } = useQuery({ ...signInOptions, enabled: mayHave })
  const offered = data?.single_sign_on
  return mayHave && offered != null && (!user.has_password || offered.required)
}

export function SignInAgain() {
  return (
    <div className="grid gap-4">
      <p className="text-ink-soft">
        You have no second factor here. Sign in again, then do what you wanted within ten minutes;
        or add a factor then, and be asked for that from now on.
      </p>
      <Suspense fallback={<Loading lines={1} />}>
        <SingleSignOnButton
          intent={{ next: location.pathname + location.search }}
          words="Sign in again with"
          look="primary"
          again
        />
      </Suspense>
    </div>
  )
}
