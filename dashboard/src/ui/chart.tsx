/** A chart over time with its numbers as a table beside it: who cannot see the one reads the other. */
import { useEffect, useRef } from 'react'
import uPlot from 'uplot'
import 'uplot/dist/uPlot.min.css'
import { cx } from '../lib/class-names.ts'
import type { Tone } from './badge.tsx'
import { useTheme } from './theme.ts'

export interface Series {
  name: string
  tone: Tone | 'accent'
  values: readonly (number | null)[]
}

export interface ChartProps {
  title: string
  /** Unix seconds, rising. */
  times: readonly number[]
  series: readonly Series[]
  /** How a point is named in the table: a day, an hour. */
  timeText: (seconds: number) => string
  valueText?: (value: number) => string
}

const heightPx = 240
const dashes: (number[] | undefined)[] = [undefined, [6, 4], [2, 3], [10, 3, 2, 3]]
const wholeNumber = (value: number) => value.toLocaleString('en')

export function Chart({ title, times, series, timeText, valueText = wholeNumber }: ChartProps) {
  return (
    <figure className="grid gap-4 xl:grid-cols-[minmax(0,1fr)_minmax(18rem,max-content)]">
      <div className="min-w-0">
        <ul className="mb-2 flex flex-wrap gap-x-4 gap-y-1" aria-hidden>
          {series.map(({ name, tone }, index) => (
            <li key={name} className="flex items-center gap-2 text-[0.8125rem] text-ink-soft">
              <Stroke tone={tone} dash={dashes[index % dashes.length]} />
              {name}
            </li>
          ))}
        </ul>
        <Plot {...{ times, series, timeText, valueText }} />
      </div>
      <NumberTable {...{ title, times, series, timeText, valueText }} />
    </figure>
  )
}

function Stroke({ tone, dash }: { tone: string; dash: number[] | undefined }) {
  return (
    <svg width="22" height="8" aria-hidden>
      <line
        x1="1"
        y1="4"
        x2="21"
        y2="4"
        stroke={`var(--${tone})`}
        strokeWidth="2.5"
        strokeDasharray={dash?.join(' ')}
      />
    </svg>
  )
}

function Plot({ times, series, timeText, valueText }: Omit<Required<ChartProps>, 'title'>) {
  const box = useRef<HTMLDivElement>(null)
  const { shown: theme } = useTheme()
  useEffect(() => {
    const element = box.current
    if (!element) return
    // The canvas takes colours, not variables; another theme has others.
    element.dataset.theme = theme
    const data = [times, ...series.map(({ values }) => values)] as uPlot.AlignedData // of one length, as the caller has them
    const plot = new uPlot(plotOptions(element, { series, timeText, valueText }), data, element)
    const watch = new ResizeObserver(() =>
      plot.setSize({ width: element.clientWidth, height: heightPx }),
    )
    watch.observe(element)
    return () => {
      watch.disconnect()
      plot.destroy()
    }
  }, [times, series, timeText, valueText, theme])
  return <div ref={box} aria-hidden className="h-60 w-full overflow-hidden" />
}

function plotOptions(
  element: HTMLElement,
  { series, timeText, valueText }: Omit<Required<ChartProps>, 'title' | 'times'>,
): uPlot.Options {
  const style = getComputedStyle(element)
  const colour = (name: string) => style.getPropertyValue(`--${name}`).trim()
  const axis: uPlot.Axis = {
    stroke: colour('ink-soft'),
    font: `12px ${style.fontFamily}`,
    grid: { stroke: colour('line'), width: 1 },
    ticks: { show: false },
  }
  return {
    width: element.clientWidth,
    height: heightPx,
    legend: { show: false },
    cursor: { y: false, points: { size: 7 } },
    scales: { y: { range: (_plot, _low, high) => [0, Math.max(high * 1.1, 1)] } },
    axes: [
      {
        ...axis,
        grid: { show: false },
        space: 72,
        values: (_plot, values) => values.map(timeText),
      },
      { ...axis, size: 48, values: (_plot, values) => values.map((value) => valueText(value)) },
    ],
    series: [
      {},
      ...series.map(({ name, tone }, index) => {
        const dash = dashes[index % dashes.length]
        return {
          label: name,
          stroke: colour(tone),
          width: 2,
          points: { show: false },
          ...(index === 0 && { fill: `color-mix(in srgb, ${colour(tone)} 10%, transparent)` }),
          ...(dash && { dash }),
        }
      }),
    ],
  }
}

function NumberTable({ title, times, series, timeText, valueText }: Required<ChartProps>) {
  return (
    <section
      // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls takes the focus (WCAG 2.1.1)
      tabIndex={0}
      aria-label={`${title}, as a table`}
      className="max-h-72 overflow-auto rounded-xl border border-line"
    >
      <table className="w-full border-separate border-spacing-0 text-[0.8125rem] tabular-nums">
        <caption className="sr-only">{title}</caption>
        <thead>
          <tr>
            {['Time', ...series.map(({ name }) => name)].map((name, index) => (
              <th
                key={name}
                scope="col"
                className={cx(head, index > 0 ? 'text-right' : 'text-left')}
              >
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {times.map((time, index) => (
            <tr key={time} className="hover:bg-hover">
              <th
                scope="row"
                className="px-3 py-1.5 text-left font-normal whitespace-nowrap text-ink-soft"
              >
                {timeText(time)}
              </th>
              {series.map(({ name, values }) => {
                const value = values[index]
                return (
                  <td key={name} className="px-3 py-1.5 text-right">
                    {value === null || value === undefined ? '–' : valueText(value)}
                  </td>
                )
              })}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  )
}

const head =
  'sticky top-0 border-b border-line bg-surface px-3 py-2 text-xs font-medium text-ink-soft'
