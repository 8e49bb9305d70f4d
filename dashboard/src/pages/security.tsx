/** How a person signs in, and where they are signed in. */
import type { LoaderInput } from '../page.ts'
import { PageHeader } from '../ui/page.tsx'
import { addressQuery } from './security/address-change.tsx'
import { Factors, factorsQuery } from './security/factors.tsx'
import { Profile } from './security/profile.tsx'
import { Sessions, sessionsQuery } from './security/sessions.tsx'

export const title = 'Security'

export async function loader({ client }: LoaderInput) {
  await Promise.all([
    client.ensureQueryData(factorsQuery),
    client.ensureQueryData(sessionsQuery),
    client.ensureQueryData(addressQuery),
  ])
}

export function View() {
  return (
    <>
      <PageHeader title="Security" hint="How you sign in, and where you are signed in." />
      <div className="grid gap-5 xl:grid-cols-2 xl:items-start">
        <div className="grid gap-5">
          <Factors />
          <Profile />
        </div>
        <Sessions />
      </div>
    </>
  )
}
