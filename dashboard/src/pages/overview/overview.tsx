import { useQuery, useSuspenseQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { Send } from 'lucide-react'
import { answerQuery } from '../../api/queries.ts'
import type { GetOverviewAnswer, ListDomainsAnswer } from '../../api/types.ts'
import { useMay } from '../../frame/session.ts'
import { shareText, wholeText } from '../../lib/numbers.ts'
import type { LoaderInput } from '../../page.ts'
import { paths } from '../../paths.ts'
import { buttonClass } from '../../ui/button.tsx'
import { Select } from '../../ui/field.tsx'
import { type Filters, useFilters } from '../../ui/filter-bar.tsx'
import { Card, Figure, PageHeader } from '../../ui/page.tsx'
import { Empty } from '../../ui/states.tsx'
import { DeliveryTimes } from './delivery-times.tsx'
import { OutcomeChart } from './outcome-chart.tsx'
import { Providers } from './providers.tsx'

export const title = 'Overview'

const ranges = [
  { value: '24h', label: 'Last 24 hours' },
  { value: '7d', label: 'Last 7 days' },
  { value: '30d', label: 'Last 30 days' },
  { value: '90d', label: 'Last 90 days' },
]
const rangeDefault = '7d'

/** Days begin where the person is; a zone that the console could not know counts as UTC. */
function ownZone(): string {
  const { timeZone } = Intl.DateTimeFormat().resolvedOptions()
  return timeZone.includes('/') ? timeZone : 'UTC'
}

function overviewQuery({ range, domain }: { range?: unknown; domain?: unknown }) {
  return answerQuery<GetOverviewAnswer>('/overview', {
    range: ranges.find(({ value }) => value === range)?.value ?? rangeDefault,
    domain_id: typeof domain === 'string' ? domain : undefined,
    zone: ownZone(),
  })
}

export const loader = ({ client, search }: LoaderInput) =>
  client.ensureQueryData(overviewQuery(search))

export function View() {
  const [filters, change] = useFilters(['range', 'domain'])
  const { data } = useSuspenseQuery(overviewQuery(filters))
  if (!data.has_sent && filters.domain === undefined) return <FirstVisit />
  return (
    <>
      <PageHeader
        title="Overview"
        hint="What became of your messages. Counts follow what happens within seconds."
        actions={<OverviewFilters filters={filters} onChange={change} />}
      />
      <div className="grid gap-4">
        <Totals totals={data.totals} />
        <Card title="Outcomes over time">
          <OutcomeChart overview={data} />
        </Card>
        <Card
          title="Time to deliver"
          hint="From the moment a message was accepted until the recipient’s host took it."
        >
          <DeliveryTimes times={data.times} />
        </Card>
        <Card title="By mailbox provider" hint="Who took your mail, most first.">
          <Providers providers={data.providers} />
        </Card>
      </div>
    </>
  )
}

function FirstVisit() {
  const may = useMay()
  return (
    <>
      <PageHeader title="Overview" />
      <Empty
        icon={<Send aria-hidden />}
        title="Send your first message"
        actions={
          <>
            <Link to={paths.start()} className={buttonClass('primary')}>
              Send your first message
            </Link>
            {may('domains:read') && (
              <Link to={paths.domains()} className={buttonClass()}>
                Set up a domain
              </Link>
            )}
          </>
        }
      >
        It takes a minute, and no DNS. What was sent, delivered, bounced and complained about then
        stands here, over time and by mailbox provider.
      </Empty>
    </>
  )
}

function OverviewFilters({
  filters,
  onChange,
}: {
  filters: Filters
  onChange: (changed: Filters) => void
}) {
  const may = useMay()
  const { data } = useQuery({
    ...answerQuery<ListDomainsAnswer>('/domains', { limit: 100 }),
    enabled: may('domains:read'),
  })
  const domains = data?.data ?? []
  return (
    <>
      {domains.length > 0 && (
        <Select
          aria-label="Domain"
          className="w-auto min-w-44"
          value={filters.domain ?? ''}
          choices={[
            { value: '', label: 'All domains' },
            ...domains.map(({ id, name }) => ({ value: id, label: name })),
          ]}
          onChange={(event) => onChange({ domain: event.target.value })}
        />
      )}
      <Select
        aria-label="Range"
        className="w-auto min-w-36"
        value={filters.range ?? rangeDefault}
        choices={ranges}
        onChange={(event) => onChange({ range: event.target.value })}
      />
    </>
  )
}

function Totals({ totals }: { totals: GetOverviewAnswer['totals'] }) {
  const { messages, recipients, delivered, bounced, complained, unsubscribed } = totals
  const ended = delivered + bounced + totals.expired
  return (
    <div className="grid grid-cols-2 gap-3 xl:grid-cols-4">
      <Figure
        name="Sent"
        value={wholeText(recipients)}
        hint={`recipients of ${wholeText(messages)} messages`}
      />
      <Figure
        name="Delivered"
        value={wholeText(delivered)}
        hint={`${shareText(delivered, ended)} of those that have ended`}
      />
      <Figure
        name="Bounced"
        value={wholeText(bounced)}
        hint={`${shareText(bounced, ended)} of those that have ended`}
      />
      <Figure
        name="Complained"
        value={wholeText(complained)}
        hint={`${shareText(complained, delivered)} of those delivered${unsubscribed === 0 ? '' : ` · ${wholeText(unsubscribed)} unsubscribed`}`}
      />
    </div>
  )
}
