import { Link } from '@tanstack/react-router'
import { Globe, Plus } from 'lucide-react'
import type { ListDomainsAnswer } from '../../api/types.ts'
import { useWholeList, wholeListQuery } from '../../api/whole-list.ts'
import { useMay } from '../../frame/session.ts'
import { countText } from '../../lib/numbers.ts'
import type { LoaderInput } from '../../page.ts'
import { paths } from '../../paths.ts'
import { StateBadge } from '../../ui/badge.tsx'
import { Button } from '../../ui/button.tsx'
import { FilterBar, useFilters } from '../../ui/filter-bar.tsx'
import { useNewInAddress } from '../../ui/new-in-address.ts'
import { PageHeader } from '../../ui/page.tsx'
import { Empty } from '../../ui/states.tsx'
import { type Column, rowLinkClass, Table } from '../../ui/table.tsx'
import { Time } from '../../ui/time.tsx'
import { AddDomain } from './domain-add.tsx'

export const title = 'Domains'

type Domain = ListDomainsAnswer['data'][number]

export const loader = ({ client }: LoaderInput) =>
  client.ensureInfiniteQueryData(wholeListQuery<ListDomainsAnswer>('/domains'))

const statuses = [
  { value: 'verified', label: 'Verified' },
  { value: 'pending', label: 'Pending' },
  { value: 'not_started', label: 'Not started' },
  { value: 'failed', label: 'Failed' },
]

const columns: Column<Domain>[] = [
  {
    name: 'Domain',
    isWide: true,
    cell: ({ id, name, unicode_name: unicode }) => (
      <Link to={paths.domain(id)} className={rowLinkClass}>
        {unicode ?? name}
      </Link>
    ),
  },
  { name: 'Status', cell: ({ status }) => <StateBadge state={status} /> },
  {
    name: 'Last check',
    from: 'md',
    cell: ({ checked_at: at }) =>
      at === null ? <span className="text-ink-soft">not yet</span> : <Time at={at} />,
  },
  { name: 'Added', from: 'md', cell: ({ created_at: at }) => <Time at={at} /> },
]

export function View() {
  const domains = useWholeList<ListDomainsAnswer>('/domains')
  const [filters, change] = useFilters(['search', 'status'])
  const may = useMay()
  const [isAdding, setAdding] = useNewInAddress()
  const shown = domains.filter(
    ({ name, unicode_name: unicode, status }) =>
      `${name} ${unicode ?? ''}`.includes((filters.search ?? '').toLowerCase()) &&
      (filters.status === undefined || filters.status === status),
  )
  const add = may('domains:write') && (
    <Button
      look="primary"
      icon={<Plus className="size-4" aria-hidden />}
      onClick={() => setAdding(true)}
    >
      Add a domain
    </Button>
  )
  return (
    <>
      <PageHeader
        title="Domains"
        hint="Mail leaves from a domain once its records stand in DNS."
        actions={domains.length > 0 && add}
      />
      {domains.length === 0 ? (
        <Empty icon={<Globe aria-hidden />} title="No domain yet" actions={add}>
          Add the domain your mail comes from. You get a few records to publish, and see here
          whether they are right.
        </Empty>
      ) : (
        <>
          <FilterBar
            searchLabel="Search by name"
            filters={filters}
            onChange={change}
            selects={[{ name: 'status', label: 'Status', choices: statuses }]}
          />
          {shown.length === 0 ? (
            <Empty icon={<Globe aria-hidden />} title="No domain is like that">
              Clear the filters to see all {domains.length}.
            </Empty>
          ) : (
            <Table label="Domains" rows={shown} columns={columns} rowKey={({ id }) => id} />
          )}
          <p className="mt-3 text-ink-soft" aria-live="polite">
            {countText(shown.length, 'domain')}
          </p>
        </>
      )}
      <AddDomain isOpen={isAdding} onClose={() => setAdding(false)} />
    </>
  )
}
