import { Chart, type Series } from '../src/ui/chart.tsx'
import { Card, Figure } from '../src/ui/page.tsx'

const day = 86_400
const first = Date.UTC(2026, 10, 1) / 1000
const sent = [812, 904, 870, 1_240, 1_310, 640, 588, 930, 1_022, 1_180, 1_402, 1_377, 702, 655]
const times = sent.map((_, index) => first + index * day)
const series: Series[] = [
  { name: 'Delivered', tone: 'accent', values: sent.map((count) => Math.round(count * 0.97)) },
  {
    name: 'Deferred',
    tone: 'warn',
    values: sent.map((count, index) => Math.round(count * 0.05) + (index % 4) * 14),
  },
  { name: 'Bounced', tone: 'bad', values: sent.map((count) => Math.round(count * 0.02)) },
]
const dayText = (seconds: number) =>
  new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short', timeZone: 'UTC' }).format(
    seconds * 1000,
  )

export function FiguresPart() {
  return (
    <div className="grid grid-cols-2 gap-3 sm:gap-4 xl:grid-cols-4">
      <Figure name="Sent" value="13,632" hint="8% more than the 14 days before" />
      <Figure name="Delivered" value="97.1%" hint="half of them within 1.4 s" />
      <Figure name="Bounced" value="1.9%" hint="below the limit of 5%" />
      <Figure name="Complained" value="0.02%" hint="below the limit of 0.1%" />
    </div>
  )
}

export function ChartPart() {
  return (
    <Card title="Messages a day">
      <Chart title="Messages a day" times={times} series={series} timeText={dayText} />
    </Card>
  )
}
