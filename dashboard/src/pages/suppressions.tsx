/** The addresses an account sends nothing to. */
import { useSuspenseInfiniteQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { Ban, Plus } from 'lucide-react'
import { useState } from 'react'
import { pagesQuery, useChange } from '../api/queries.ts'
import { type Query, segment } from '../api/request.ts'
import type { ListSuppressionsAnswer } from '../api/types.ts'
import { useMay } from '../frame/session.ts'
import type { LoaderInput } from '../page.ts'
import { paths } from '../paths.ts'
import { Badge, type Tone } from '../ui/badge.tsx'
import { Button } from '../ui/button.tsx'
import { Dialog } from '../ui/dialog.tsx'
import { FilterBar, useFilters } from '../ui/filter-bar.tsx'
import { PageHeader } from '../ui/page.tsx'
import { Empty } from '../ui/states.tsx'
import { type Column, Table } from '../ui/table.tsx'
import { Time } from '../ui/time.tsx'
import { useToast } from '../ui/toast.tsx'
import { SuppressionAdd } from './suppression-add.tsx'

export const title = 'Suppressions'

const path = '/suppressions'
type Row = ListSuppressionsAnswer['data'][number]

const reasons: Record<Row['reason'], [Tone, string]> = {
  bounce: ['bad', 'Bounced'],
  complaint: ['odd', 'Complained'],
  manual: ['plain', 'By hand'],
  unsubscribe: ['info', 'Unsubscribed'],
}

/** Only a whole address can be looked for. */
function askedOf(search: Readonly<Record<string, unknown>>): Query {
  const words = String(search.search ?? '').trim()
  return {
    ...(/^[^\s@]+@[^\s@]+$/.test(words) ? { address: words } : {}),
    ...(search.reason ? { reason: String(search.reason) } : {}),
  }
}

export function loader({ client, search }: LoaderInput) {
  return client.ensureInfiniteQueryData(pagesQuery<ListSuppressionsAnswer>(path, askedOf(search)))
}

const columns: Column<Row>[] = [
  {
    name: 'Address',
    isWide: true,
    cell: ({ address }) => address || <span className="text-ink-soft">not kept</span>,
  },
  {
    name: 'Reason',
    from: 'sm',
    cell: ({ reason }) => <Badge tone={reasons[reason][0]}>{reasons[reason][1]}</Badge>,
  },
  {
    name: 'Holds for',
    from: 'md',
    cell: ({ scope }) => (scope === 'all' ? 'All mail' : 'Bulk mail only'),
  },
  {
    name: 'Message',
    from: 'md',
    cell: ({ message_id: id }) =>
      id && (
        <Link to={paths.email(id)} className="text-accent-ink underline underline-offset-2">
          Open
        </Link>
      ),
  },
  { name: 'Since', isNumber: true, from: 'sm', cell: ({ created_at: at }) => <Time at={at} /> },
]

export function View() {
  const [filters, change] = useFilters(['search', 'reason'])
  const list = useSuspenseInfiniteQuery(pagesQuery<ListSuppressionsAnswer>(path, askedOf(filters)))
  const rows = list.data.pages.flatMap(({ data }) => data)
  const [isAdding, setAdding] = useState(false)
  const mayChange = useMay()('suppressions:write')
  const isFiltered = Object.keys(filters).length > 0
  const isPartial = filters.search !== undefined && askedOf(filters).address === undefined
  const add = (
    <Button
      look="primary"
      icon={<Plus className="size-4" aria-hidden />}
      onClick={() => setAdding(true)}
    >
      Add addresses
    </Button>
  )
  const all = mayChange ? [...columns, removal] : columns
  return (
    <>
      <PageHeader
        title="Suppressions"
        hint="Nothing is sent to these addresses, whoever asks for it."
        actions={mayChange && add}
      />
      <FilterBar
        searchLabel="Search by whole address"
        filters={filters}
        onChange={change}
        selects={[
          {
            name: 'reason',
            label: 'Reason',
            choices: Object.entries(reasons).map(([value, [, label]]) => ({ value, label })),
          },
        ]}
      />
      {isPartial && (
        <p role="status" className="mb-3 text-ink-soft">
          Type the address to its end: only whole addresses can be found, as they are sealed.
        </p>
      )}
      {rows.length > 0 ? (
        <Table label="Suppressions" rows={rows} columns={all} rowKey={({ id }) => id} />
      ) : (
        <Empty
          icon={<Ban aria-hidden />}
          title={isFiltered ? 'Not suppressed' : 'No address is suppressed'}
        >
          {isFiltered
            ? 'Mail goes to what you looked for.'
            : 'Addresses that bounce for good, complain or unsubscribe appear here by themselves.'}
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
      <Dialog
        isOpen={isAdding}
        onClose={() => setAdding(false)}
        title="Suppress addresses"
        hint="Nothing is sent to them from the next message on."
      >
        <SuppressionAdd onDone={() => setAdding(false)} />
      </Dialog>
    </>
  )
}

const removal: Column<Row> = { name: 'Lift', isNumber: true, cell: (row) => <Remove row={row} /> }

function Remove({ row }: { row: Row }) {
  const tell = useToast()
  const name = row.address || 'this address'
  const { isPending, mutate } = useChange<void>(
    () => ({ method: 'DELETE', path: `${path}/${segment(row.id)}` }),
    [path],
  )
  const run = () =>
    mutate(undefined, {
      onSuccess: () => tell({ kind: 'good', title: `Mail goes to ${name} again.` }),
      onError: ({ message }) => tell({ kind: 'bad', title: 'Still suppressed', detail: message }),
    })
  return (
    <Button size="sm" look="quiet" isBusy={isPending} aria-label={`Remove ${name}`} onClick={run}>
      Remove
    </Button>
  )
}
