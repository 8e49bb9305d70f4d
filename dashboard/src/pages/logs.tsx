/** The requests of API keys. */
import { useSuspenseInfiniteQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { ScrollText } from 'lucide-react'
import { pagesQuery } from '../api/queries.ts'
import type { ListLogsAnswer } from '../api/types.ts'
import type { LoaderInput } from '../page.ts'
import { paths } from '../paths.ts'
import { Button } from '../ui/button.tsx'
import { PageHeader } from '../ui/page.tsx'
import { Empty } from '../ui/states.tsx'
import { type Column, rowLinkClass, Table } from '../ui/table.tsx'
import { Time } from '../ui/time.tsx'
import { StatusBadge } from './log-status.tsx'

export const title = 'Logs'

type Row = ListLogsAnswer['data'][number]
const query = pagesQuery<ListLogsAnswer>('/logs')

export function loader({ client }: LoaderInput) {
  return client.ensureInfiniteQueryData(query)
}

const columns: Column<Row>[] = [
  {
    name: 'Request',
    cell: ({ id, method, route }) => (
      <Link to={paths.log(id)} className={rowLinkClass}>
        {method} {route}
      </Link>
    ),
  },
  { name: 'Status', cell: ({ status }) => <StatusBadge status={status} /> },
  {
    name: 'Program',
    isWide: true,
    from: 'md',
    cell: ({ user_agent: agent }) => <span className="text-ink-soft">{agent ?? 'not named'}</span>,
  },
  { name: 'Answered', isNumber: true, from: 'sm', cell: ({ at }) => <Time at={at} /> },
]

export function View() {
  const list = useSuspenseInfiniteQuery(query)
  const rows = list.data.pages.flatMap(({ data }) => data)
  return (
    <>
      <PageHeader title="Logs" hint="What programs have asked with the API keys of this account." />
      {rows.length > 0 ? (
        <Table label="Requests" rows={rows} columns={columns} rowKey={({ id }) => id} />
      ) : (
        <Empty icon={<ScrollText aria-hidden />} title="No requests yet">
          Each request with an API key appears here within a second or two.
        </Empty>
      )}
      {list.hasNextPage && (
        <Button
          className="mt-3"
          size="sm"
          isBusy={list.isFetchingNextPage}
          onClick={() => void list.fetchNextPage()}
        >
          Older
        </Button>
      )}
    </>
  )
}
