/** What people may do with all that is kept of their account. */
import { useMay } from '../../frame/session.ts'
import { PageHeader } from '../../ui/page.tsx'
import { Refused } from '../../ui/states.tsx'
import { Exports } from './exports.tsx'

export const title = 'Your data'

export function View() {
  const mayExport = useMay()('data:export')
  return (
    <>
      <PageHeader
        title="Your data"
        hint="All that is kept here belongs to your account. What you do on this page stands in the audit log."
      />
      <div className="grid max-w-3xl gap-5">
        {mayExport ? <Exports /> : <Refused right="data:export" />}
      </div>
    </>
  )
}
