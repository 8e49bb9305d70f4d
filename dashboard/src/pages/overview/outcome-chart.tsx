import { useMemo } from 'react'
import type { GetOverviewAnswer } from '../../api/types.ts'
import { Chart, type Series } from '../../ui/chart.tsx'

type Counts = GetOverviewAnswer['totals']

const shown: [name: string, tone: Series['tone'], key: keyof Counts][] = [
  ['Sent', 'accent', 'recipients'],
  ['Delivered', 'good', 'delivered'],
  ['Bounced', 'bad', 'bounced'],
  ['Complained', 'odd', 'complained'],
]

const hourText = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit' })
const dayText = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short' })

const asHour = (seconds: number) => hourText.format(seconds * 1_000)
const asDay = (seconds: number) => dayText.format(seconds * 1_000)

export function OutcomeChart({ overview }: { overview: GetOverviewAnswer }) {
  const { periods, granularity } = overview
  const times = useMemo(() => periods.map(({ start }) => Date.parse(start) / 1_000), [periods])
  const series = useMemo(
    () =>
      shown.map(([name, tone, key]) => ({
        name,
        tone,
        values: periods.map(({ counts }) => counts[key]),
      })),
    [periods],
  )
  return (
    <Chart
      title="Outcomes over time"
      times={times}
      series={series}
      timeText={granularity === 'hourly' ? asHour : asDay}
    />
  )
}
