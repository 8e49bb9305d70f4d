/** Who came from a network that the account does not let in. */
import { useInfiniteQuery } from '@tanstack/react-query'
import { ShieldX } from 'lucide-react'
import { pagesQuery } from '../../api/queries.ts'
import type { ListRefusedAttemptsAnswer } from '../../api/types.ts'
import { Button } from '../../ui/button.tsx'
import { Empty, Failed, Loading } from '../../ui/states.tsx'
import { type Column, Table } from '../../ui/table.tsx'
import { Time } from '../../ui/time.tsx'

type Attempt = ListRefusedAttemptsAnswer['data'][number]

const doors = { console: 'Dashboard', api: 'API', smtp: 'SMTP' }
const columns: Column<Attempt>[] = [
  { name: 'Address', cell: ({ address }) => <code>{address ?? '-'}</code> },
  { name: 'Where', cell: ({ door }) => doors[door] },
  { name: 'With', from: 'sm', cell: shownBy },
  { name: 'Program', from: 'lg', isWide: true, cell: ({ user_agent: agent }) => agent ?? '-' },
  { name: 'When', cell: ({ at }) => <Time at={at} /> },
]

function shownBy({ user_id: userId, name }: Attempt): string {
  return userId === null ? 'an API key' : `the session of ${name ?? 'somebody'}`
}

export function Refusals() {
  const query = useInfiniteQuery(pagesQuery<ListRefusedAttemptsAnswer>('/audit/refused'))
  if (query.error) {
    return <Failed title="The attempts could not be loaded" message={query.error.message} />
  }
  if (!query.data) return <Loading />
  const rows = query.data.pages.flatMap(({ data }) => data)
  if (rows.length === 0) {
    return (
      <Empty icon={<ShieldX aria-hidden />} title="Nobody was refused">
        When somebody comes with a right key or session from a network that the settings do not
        allow, it stands here for 90 days.
      </Empty>
    )
  }
  return (
    <>
      <Table label="Refused attempts" rows={rows} columns={columns} rowKey={({ id }) => id} />
      {query.hasNextPage && (
        <div className="mt-3 flex justify-end">
          <Button
            size="sm"
            isBusy={query.isFetchingNextPage}
            onClick={() => void query.fetchNextPage()}
          >
            Older
          </Button>
        </div>
      )}
    </>
  )
}
