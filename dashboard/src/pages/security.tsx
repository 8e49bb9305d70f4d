/** How a person signs in, and where they are signed in. */
import { signInOptions } from '../frame/single-sign-on.ts'
import type { LoaderInput } from '../page.ts'
import { PageHeader } from '../ui/page.tsx'
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
  ])
}

export function View() {
  return (
    <>
      <PageHeader title="Security" hint="How you sign in, and where you are signed in." />
      <div className="grid gap-5 xl:grid-cols-2 xl:items-start">
        <div className="grid gap-5">
          <Factors />
          <Identities />
          <Profile />
        </div>
        <Sessions />
      </div>
    </>
  )
}
