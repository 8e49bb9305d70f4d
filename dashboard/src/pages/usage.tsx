import { useSuspenseQuery } from '@tanstack/react-query'
import { useMemo } from 'react'
import { answerQuery } from '../api/queries.ts'
import type { GetUsageAnswer } from '../api/types.ts'
import { countText, wholeText } from '../lib/numbers.ts'
import type { LoaderInput } from '../page.ts'
import { Chart } from '../ui/chart.tsx'
import { Meter } from '../ui/meter.tsx'
import { Card, DefinitionList, PageHeader } from '../ui/page.tsx'
import { Time } from '../ui/time.tsx'

export const title = 'Usage'

const usageQuery = answerQuery<GetUsageAnswer>('/usage')

export const loader = ({ client }: LoaderInput) => client.ensureQueryData(usageQuery)

export function View() {
  const { data } = useSuspenseQuery(usageQuery)
  const { today, month, domains } = data
  return (
    <>
      <PageHeader
        title="Usage"
        hint="What this account has sent, and how much it may. The operator sets the limits, or the account above a subaccount."
      />
      <div className="grid gap-4">
        <div className="grid gap-4 md:grid-cols-3">
          <Quota name="Today" of={today} />
          <Quota name="This month" of={month} />
          <Card title="Domains">
            <Meter label="Domains" value={domains.used} max={domains.limit} />
          </Card>
        </div>
        <Card title="The last 30 days" hint="Recipients and messages by day, in UTC.">
          <DayChart days={data.days} />
        </Card>
        <Card title="Limits">
          <DefinitionList
            entries={[
              ['Recipients a day', today.limit === null ? 'No limit' : wholeText(today.limit)],
              ['Requests a second', `${wholeText(data.requests_per_second)}, over all API keys`],
              ['Domains', wholeText(domains.limit)],
              ['API keys', wholeText(data.keys_max)],
            ]}
          />
        </Card>
      </div>
    </>
  )
}

function Quota({ name, of }: { name: string; of: GetUsageAnswer['today'] }) {
  return (
    <Card title={name}>
      <Meter label={`${name}: recipients`} value={of.recipients} max={of.limit} />
      <p className="mt-2 text-[0.8125rem] text-ink-soft">
        Recipients of {countText(of.messages, 'message')}. Counts anew: <Time at={of.resets_at} />
      </p>
    </Card>
  )
}

const dayText = new Intl.DateTimeFormat('en-GB', {
  day: 'numeric',
  month: 'short',
  timeZone: 'UTC',
})
const asDay = (seconds: number) => dayText.format(seconds * 1_000)

function DayChart({ days }: { days: GetUsageAnswer['days'] }) {
  const times = useMemo(() => days.map(({ date }) => Date.parse(date) / 1_000), [days])
  const series = useMemo(
    () => [
      {
        name: 'Recipients',
        tone: 'accent' as const,
        values: days.map(({ recipients }) => recipients),
      },
      { name: 'Messages', tone: 'info' as const, values: days.map(({ messages }) => messages) },
    ],
    [days],
  )
  return <Chart title="By day" times={times} series={series} timeText={asDay} />
}
