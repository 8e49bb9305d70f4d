/** What the account keeps, for how long, and how it goes. */
import { sessionQuery, useMay } from '../../frame/session.ts'
import type { LoaderInput } from '../../page.ts'
import { PageHeader } from '../../ui/page.tsx'
import { Exports } from './exports.tsx'
import { erasuresQuery, PersonErase } from './person-erase.tsx'
import { RetentionSet, retentionQuery } from './retention-set.tsx'

export const title = 'Your data'

export async function loader({ client }: LoaderInput) {
  const { scopes } = await client.ensureQueryData(sessionQuery)
  await Promise.all([
    client.ensureQueryData(retentionQuery),
    scopes.includes('data:erase') && client.ensureQueryData(erasuresQuery),
  ])
}

export function View() {
  const may = useMay()
  return (
    <>
      <PageHeader
        title="Your data"
        hint="What this account keeps and for how long, taking it away, and how it goes."
      />
      <div className="grid max-w-3xl gap-5">
        <RetentionSet isLocked={!may('account:write')} />
        {may('data:export') && <Exports />}
        {may('data:erase') && <PersonErase />}
      </div>
    </>
  )
}
