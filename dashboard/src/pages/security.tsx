/** How a person signs in, and where they are signed in. */
import { useSearch } from '@tanstack/react-router'
import { signInOptions } from '../frame/single-sign-on.ts'
import type { LoaderInput } from '../page.ts'
import { PageHeader } from '../ui/page.tsx'
import { LeaveAccount } from './security/account-leave.tsx'
import { addressQuery } from './security/address-change.tsx'
import { Factors, factorsQuery } from './security/factors.tsx'
import { Identities, identitiesQuery } from './security/identities.tsx'
import { Profile } from './security/profile.tsx'
import { Sessions, sessionsQuery } from './security/sessions.tsx'

export const title = 'Security'

export async function loader({ client }: LoaderInput) {
  await Promise.all([
    client.ensureQueryData(factorsQuery),
    client.ensureQueryData(sessionsQuery),
    client.ensureQueryData(identitiesQuery),
    client.ensureQueryData(signInOptions),
    client.ensureQueryData(addressQuery),
  ])
}

export function View() {
  const { kept } = useSearch({ strict: false }) as { kept?: unknown } // whatever stands in the address bar
  return (
    <>
      <PageHeader title="Security" hint="How you sign in, and where you are signed in." />
      {kept === 'factors' && (
        <p role="status" className="mb-5 rounded-lg bg-good-soft px-3 py-2.5">
          You have shown a second factor, so all of them stay: the operator was about to reset them,
          and that is called off. If you have not asked for it, tell the operator.
        </p>
      )}
      <div className="grid gap-5 xl:grid-cols-2 xl:items-start">
        <div className="grid gap-5">
          <Factors />
          <Identities />
          <Profile />
        </div>
        <div className="grid gap-5">
          <Sessions />
          <LeaveAccount />
        </div>
      </div>
    </>
  )
}
