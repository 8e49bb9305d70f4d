/** A span of time cut into hours, days, weeks or months as clocks of a time zone show them. */
import { instantsOf, type TimeZone } from '../messages/time-zone.ts'

export const granularities = ['hourly', 'daily', 'weekly', 'monthly'] as const
export type Granularity = (typeof granularities)[number]

export interface Span {
  fromMs: number
  /** Not part of it. */
  tillMs: number
}

export interface Period {
  /** Where the span begins, for the first one. */
  startMs: number
  /** The date of its first day; for an hour its local time with the offset. */
  label: string
}

const minuteMs = 60_000
export const hourMs = 60 * minuteMs
const dayMs = 24 * hourMs

export function startOfHour(instantMs: number): number {
  return Math.floor(instantMs / hourMs) * hourMs
}

/** Every period that the span touches, in order; at least one. Weeks begin on Monday. */
export function periodsOf(
  { fromMs, tillMs }: Span,
  { granularity, zone }: { granularity: Granularity; zone: TimeZone },
): Period[] {
  if (granularity === 'hourly') return hoursOf({ fromMs, tillMs }, zone)
  const first = startOfLocal(fromMs + zone.offsetAt(fromMs), granularity)
  const periods = [{ startMs: fromMs, label: dateOf(first) }]
  for (let local = nextLocal(first, granularity); ; local = nextLocal(local, granularity)) {
    const [startMs = local] = instantsOf(local, zone)
    if (startMs >= tillMs) return periods
    periods.push({ startMs, label: dateOf(local) })
  }
}

/** Where periods meet, with the end of the span as the last one. */
export function boundsOf(periods: readonly Period[], { tillMs }: Span): Date[] {
  return [...periods.map(({ startMs }) => startMs), tillMs].map((instant) => new Date(instant))
}

function hoursOf({ fromMs, tillMs }: Span, zone: TimeZone): Period[] {
  const periods: Period[] = []
  let startMs = fromMs
  do {
    const hour = startOfHour(startMs)
    periods.push({ startMs, label: localTime(hour, zone) })
    startMs = hour + hourMs
  } while (startMs < tillMs)
  return periods
}

function startOfLocal(localMs: number, granularity: Granularity): number {
  const day = Math.floor(localMs / dayMs) * dayMs
  if (granularity === 'weekly') return day - ((new Date(day).getUTCDay() + 6) % 7) * dayMs
  const date = new Date(day)
  return granularity === 'monthly' ? Date.UTC(date.getUTCFullYear(), date.getUTCMonth(), 1) : day
}

function nextLocal(localMs: number, granularity: Granularity): number {
  if (granularity === 'daily') return localMs + dayMs
  if (granularity === 'weekly') return localMs + 7 * dayMs
  const date = new Date(localMs)
  return Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 1)
}

function dateOf(localMs: number): string {
  return new Date(localMs).toISOString().slice(0, 10)
}

function localTime(instantMs: number, zone: TimeZone): string {
  const offset = zone.offsetAt(instantMs)
  const time = new Date(instantMs + offset).toISOString().slice(0, 19)
  if (offset === 0) return `${time}Z`
  const minutes = Math.round(Math.abs(offset) / minuteMs)
  const two = (number: number) => String(number).padStart(2, '0')
  return `${time}${offset < 0 ? '-' : '+'}${two(Math.floor(minutes / 60))}:${two(minutes % 60)}`
}
