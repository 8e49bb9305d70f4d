import { StateBadge } from '../src/ui/badge.tsx'
import { FilterBar, useFilters } from '../src/ui/filter-bar.tsx'
import { Card } from '../src/ui/page.tsx'
import { Pager } from '../src/ui/pager.tsx'
import { type Column, rowLinkClass, Table } from '../src/ui/table.tsx'
import { Time } from '../src/ui/time.tsx'

interface Row {
  id: string
  to: string
  subject: string
  state: string
  at: string
  attempts: number
}

const states = [
  'delivered',
  'delivered',
  'queued',
  'delivered',
  'deferred',
  'bounced',
  'complained',
  'suppressed',
]
const subjects = [
  'Your order is on its way',
  'Confirm your address',
  'The November list: twelve books for long evenings',
  'Receipt 2219',
]
const rows: Row[] = Array.from({ length: 5_000 }, (_, index) => ({
  id: `msg-${index}`,
  to: `reader${index}@${['example.org', 'mail.example', 'harbour.example'][index % 3]}`,
  subject: subjects[index % subjects.length] ?? '',
  state: states[index % states.length] ?? '',
  at: new Date(Date.UTC(2026, 10, 14, 9, 30) - index * 73_000).toISOString(),
  attempts: 1 + (index % 3),
}))

const columns: Column<Row>[] = [
  {
    name: 'To',
    cell: ({ to, id }) => (
      <a href={`#${id}`} className={rowLinkClass}>
        {to}
      </a>
    ),
  },
  {
    name: 'Subject',
    isWide: true,
    from: 'md',
    cell: ({ subject }) => <span className="text-ink-soft">{subject}</span>,
  },
  { name: 'State', cell: ({ state }) => <StateBadge state={state} /> },
  { name: 'Attempts', isNumber: true, from: 'lg', cell: ({ attempts }) => attempts },
  { name: 'Accepted', isNumber: true, from: 'sm', cell: ({ at }) => <Time at={at} /> },
]

export function ListPart() {
  const [filters, change] = useFilters(['search', 'state'])
  const found = rows.filter(
    ({ to, state }) =>
      to.includes(filters.search ?? '') && (!filters.state || state === filters.state),
  )
  return (
    <Card title="Messages">
      <FilterBar
        searchLabel="Search by address"
        filters={filters}
        onChange={change}
        selects={[
          {
            name: 'state',
            label: 'State',
            choices: [
              { value: 'delivered', label: 'Delivered' },
              { value: 'bounced', label: 'Bounced' },
            ],
          },
        ]}
      />
      <Table
        label="Messages"
        rows={found}
        columns={columns}
        rowKey={({ id }) => id}
        height="short"
      />
      <Pager shown={`${found.length.toLocaleString('en')} messages`} onNext={() => {}} />
    </Card>
  )
}
