import type { GetOverviewAnswer } from '../../api/types.ts'
import { durationText } from '../../lib/duration.ts'
import { shareText, wholeText } from '../../lib/numbers.ts'
import { type Column, Table } from '../../ui/table.tsx'

type Provider = GetOverviewAnswer['providers'][number]

const took = (ms: number | null) => (ms === null ? '–' : durationText(ms))
const columns: Column<Provider>[] = [
  {
    name: 'Provider',
    isWide: true,
    cell: ({ provider }) => (
      <span className="font-medium">{provider === 'other' ? 'All others' : provider}</span>
    ),
  },
  { name: 'Delivered', isNumber: true, cell: ({ counts }) => wholeText(counts.delivered) },
  { name: 'Bounced', isNumber: true, cell: ({ counts }) => wholeText(counts.bounced) },
  {
    name: 'Bounce rate',
    isNumber: true,
    from: 'md',
    cell: ({ counts }) => shareText(counts.bounced, counts.delivered + counts.bounced),
  },
  {
    name: 'Deferred',
    isNumber: true,
    from: 'md',
    cell: ({ counts }) => wholeText(counts.deferred),
  },
  {
    name: 'Complained',
    isNumber: true,
    from: 'lg',
    cell: ({ counts }) => wholeText(counts.complained),
  },
  { name: 'Half within', isNumber: true, from: 'sm', cell: ({ times }) => took(times.p50_ms) },
  { name: '99 % within', isNumber: true, from: 'lg', cell: ({ times }) => took(times.p99_ms) },
]

export function Providers({ providers }: { providers: readonly Provider[] }) {
  if (providers.length === 0) {
    return <p className="text-ink-soft">No mail host has been tried in this time.</p>
  }
  return (
    <Table
      label="Mailbox providers"
      rows={providers}
      columns={columns}
      rowKey={({ provider }) => provider}
      height="short"
    />
  )
}
