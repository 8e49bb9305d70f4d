import { useSession } from '../frame/session.ts'
import { Card, DefinitionList, PageHeader } from '../ui/page.tsx'

export const title = 'Security'

export function View() {
  const { user } = useSession()
  return (
    <>
      <PageHeader title="Security" hint="How you sign in." />
      <Card title="You">
        <DefinitionList
          entries={[
            ['Name', user.name],
            ['Address', user.email],
          ]}
        />
      </Card>
    </>
  )
}
