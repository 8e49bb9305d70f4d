/** The accounts under this one: what each may use, what it sends, and the way in. */
import { useSuspenseQuery } from '@tanstack/react-query'
import { Layers, Plus } from 'lucide-react'
import { useState } from 'react'
import { answerQuery } from '../../api/queries.ts'
import type { ListSubaccountsAnswer } from '../../api/types.ts'
import { subaccountsPath } from '../../frame/enter-subaccount.ts'
import { useMay } from '../../frame/session.ts'
import { countText, wholeText } from '../../lib/numbers.ts'
import type { LoaderInput } from '../../page.ts'
import { StateBadge } from '../../ui/badge.tsx'
import { Button } from '../../ui/button.tsx'
import { FilterBar, useFilters } from '../../ui/filter-bar.tsx'
import { useNewInAddress } from '../../ui/new-in-address.ts'
import { PageHeader } from '../../ui/page.tsx'
import { Empty } from '../../ui/states.tsx'
import { type Column, Table } from '../../ui/table.tsx'
import { Time } from '../../ui/time.tsx'
import { LimitSubaccount } from './subaccount-limit.tsx'
import { MakeSubaccount } from './subaccount-make.tsx'
import { SubaccountMenu } from './subaccount-menu.tsx'
import { SuspendSubaccount } from './subaccount-suspend.tsx'

export type Subaccount = ListSubaccountsAnswer['data'][number]

const subaccountsQuery = answerQuery<ListSubaccountsAnswer>(subaccountsPath)

export const title = 'Subaccounts'

export const loader = ({ client }: LoaderInput) => client.ensureQueryData(subaccountsQuery)

const states = [
  { value: 'active', label: 'Active' },
  { value: 'suspended', label: 'Suspended' },
  { value: 'blocked', label: 'Blocked' },
  { value: 'closing', label: 'Closing' },
]

export function View() {
  const { data: all, most, limits } = useSuspenseQuery(subaccountsQuery).data
  const [filters, change] = useFilters(['search', 'state'])
  const [isMaking, setMaking] = useNewInAddress()
  const mayChange = useMay()('subaccounts:write')
  const make = mayChange && (
    <Button
      look="primary"
      icon={<Plus className="size-4" aria-hidden />}
      onClick={() => setMaking(true)}
    >
      Make a subaccount
    </Button>
  )
  const shown = all.filter(
    ({ name, id, state }) =>
      `${name} ${id}`.toLowerCase().includes((filters.search ?? '').toLowerCase()) &&
      (filters.state === undefined || filters.state === state),
  )
  return (
    <>
      <PageHeader
        title="Subaccounts"
        hint="Accounts of their own under this one, for your customers or teams, within limits you set."
        actions={all.length > 0 && make}
      />
      {all.length === 0 ? (
        <Empty icon={<Layers aria-hidden />} title="No subaccount yet" actions={make}>
          Each has its own domains, keys, members and messages. You limit and suspend it from here,
          and enter it as its admin.
        </Empty>
      ) : (
        <>
          <FilterBar
            searchLabel="Search by name or id"
            filters={filters}
            onChange={change}
            selects={[{ name: 'state', label: 'State', choices: states }]}
          />
          <List rows={shown} of={all.length} limits={limits} mayChange={mayChange} />
          <p className="mt-3 text-ink-soft" aria-live="polite">
            {countText(shown.length, 'subaccount')} shown; {all.length} of {wholeText(most)} made.
          </p>
        </>
      )}
      <MakeSubaccount isOpen={isMaking} onClose={() => setMaking(false)} limits={limits} />
    </>
  )
}

function List({
  rows,
  of,
  limits,
  mayChange,
}: {
  rows: readonly Subaccount[]
  of: number
  limits: ListSubaccountsAnswer['limits']
  mayChange: boolean
}) {
  const [limiting, setLimiting] = useState<Subaccount>()
  const [suspending, setSuspending] = useState<Subaccount>()
  if (rows.length === 0) {
    return (
      <Empty icon={<Layers aria-hidden />} title="No subaccount is like that">
        Clear the filters to see all {of}.
      </Empty>
    )
  }
  const doing: Column<Subaccount>[] = mayChange
    ? [
        {
          name: 'Do',
          cell: (row) => <SubaccountMenu of={row} {...{ setLimiting, setSuspending }} />,
        },
      ]
    : []
  return (
    <>
      <Table
        label="Subaccounts"
        rows={rows}
        rowKey={({ id }) => id}
        columns={[...columns, ...doing]}
      />
      <LimitSubaccount of={limiting} most={limits} onClose={() => setLimiting(undefined)} />
      <SuspendSubaccount of={suspending} onClose={() => setSuspending(undefined)} />
    </>
  )
}

const columns: Column<Subaccount>[] = [
  {
    name: 'Name',
    isWide: true,
    cell: ({ name }) => <span className="font-medium">{name || 'Without a name'}</span>,
  },
  { name: 'State', cell: ({ state }) => <StateBadge state={state} /> },
  {
    name: 'Messages today',
    from: 'sm',
    isNumber: true,
    cell: ({ messages_today: count }) => wholeText(count),
  },
  {
    name: 'Recipients a day',
    from: 'md',
    isNumber: true,
    cell: ({ limits: { daily_quota: quota } }) => (quota === null ? 'no limit' : wholeText(quota)),
  },
  {
    name: 'Requests a second',
    from: 'lg',
    isNumber: true,
    cell: ({ limits }) => wholeText(limits.requests_per_second),
  },
  { name: 'Domains', from: 'lg', isNumber: true, cell: ({ limits }) => wholeText(limits.domains) },
  { name: 'API keys', from: 'lg', isNumber: true, cell: ({ limits }) => wholeText(limits.keys) },
  { name: 'Made', from: 'lg', cell: ({ created_at: at }) => <Time at={at} /> },
]
