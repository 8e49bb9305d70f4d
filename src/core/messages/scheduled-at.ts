/** When a message is to be sent, in ISO 8601 or in words. */
import { Refusal } from '../../lib/refusal.ts'
import { findTimeZone, instantsOf, type TimeZone } from './time-zone.ts'

const minuteMs = 60_000
const hourMs = 60 * minuteMs
const dayMs = 24 * hourMs
const daysMax = 30
const lengthMax = 100

const grammar =
  'Write ISO 8601 such as `2026-08-05T11:52:01Z` (UTC when no zone is given), `in 10 minutes` (or hours or days), or a day and a time: `today`, `tomorrow` or a weekday, `at`, `9am`, `9:30 pm` or `14:05`, and perhaps a zone, such as `Friday at 3pm ET` or `tomorrow at 9am Europe/Berlin`.'

const weekdays = ['sunday', 'monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday']
const units: Readonly<Record<string, number>> = {
  min: minuteMs,
  minute: minuteMs,
  hour: hourMs,
  day: dayMs,
}

const isoForm =
  /^(\d{4})-(\d{2})-(\d{2})(?:[t ](\d{2}):(\d{2})(?::(\d{2})(?:[.,](\d{1,9}))?)?(?: ?(z|[+-]\d{2}(?::?\d{2})?))?)?$/
const waitForm = /^in (\d{1,6}) (min|minute|hour|day)s?$/
const dayForm =
  /^([a-z]{3,9}) at (\d{1,2})(?::(\d{2}))?(?: ?(am|pm)(?![a-z]))?(?: ?([a-z+-][a-z0-9_/:+-]*))?$/

/** In milliseconds. Throws Refusal, fit for the caller, for what is no such time or not within the next 30 days. */
export function parseScheduledAt(text: string, nowMs: number): number {
  const words = text.length > lengthMax ? '' : text.trim().replace(/ {2,}/g, ' ').toLowerCase()
  const instant = readIso(words) ?? readWait(words, nowMs) ?? readDay(words, nowMs)
  if (instant === undefined) refuse(`is not a time that can be read. ${grammar}`)
  if (instant <= nowMs) {
    refuse(`must lie in the future; ${toldInstant(instant)} is past. ${grammar}`)
  }
  if (instant > nowMs + daysMax * dayMs) {
    refuse(`may lie at most ${daysMax} days ahead; ${toldInstant(instant)} is later. ${grammar}`)
  }
  return instant
}

function refuse(rule: string): never {
  throw new Refusal('invalid_input', `The \`scheduled_at\` field ${rule}`)
}

/** A wait of 999,999 days still has a date. */
function toldInstant(instant: number): string {
  return new Date(instant).toISOString()
}

/** `words` in lower case; undefined for what is no such time. */
export function readIso(words: string): number | undefined {
  const match = isoForm.exec(words)
  if (!match) return undefined
  const [, year, month, day, hour = '0', minute = '0', second = '0', fraction = '', zone = 'z'] =
    match
  const date = Date.UTC(Number(year), Number(month) - 1, Number(day))
  // `Date` would take 30 February for 2 March, and years below 100 for those of the last century.
  if (!new Date(date).toISOString().startsWith(`${year}-${month}-${day}`)) return undefined
  if (Number(hour) > 23 || Number(minute) > 59 || Number(second) > 59) return undefined
  const time = (Number(hour) * 60 + Number(minute)) * minuteMs + Number(second) * 1000
  const local = date + time + Number(fraction.padEnd(3, '0').slice(0, 3))
  const found = findTimeZone(zone)
  return found && local - found.offsetAt(local)
}

function readWait(words: string, nowMs: number): number | undefined {
  const [, count, unit] = waitForm.exec(words) ?? []
  const unitMs = unit === undefined ? undefined : units[unit]
  return unitMs === undefined ? undefined : nowMs + Number(count) * unitMs
}

function readDay(words: string, nowMs: number): number | undefined {
  const match = dayForm.exec(words)
  if (!match) return undefined
  const [, day = '', hour = '', minute, half, zoneName = 'utc'] = match
  const timeMs = readTime(hour, minute, half)
  const zone = findTimeZone(zoneName)
  if (timeMs === undefined || !zone) return undefined
  const today = startOfDay(nowMs + zone.offsetAt(nowMs))
  if (day === 'today') return nextInstant(today + timeMs, zone, nowMs)
  if (day === 'tomorrow') return nextInstant(today + dayMs + timeMs, zone, nowMs)
  const weekday = weekdays.indexOf(day)
  if (weekday === -1) return undefined
  const daysAhead = (weekday - new Date(today).getUTCDay() + 7) % 7
  const first = nextInstant(today + daysAhead * dayMs + timeMs, zone, nowMs)
  if (first > nowMs) return first
  return nextInstant(today + (daysAhead + 7) * dayMs + timeMs, zone, nowMs)
}

/** Since midnight. Without am or pm the minutes are needed: `at 9` may mean either half of the day. */
function readTime(hour: string, minute: string | undefined, half: string | undefined) {
  const hours = Number(hour)
  const minutes = Number(minute ?? '0')
  if (minutes > 59) return undefined
  if (half === undefined) {
    return minute === undefined || hours > 23 ? undefined : (hours * 60 + minutes) * minuteMs
  }
  if (hours < 1 || hours > 12) return undefined
  return (((hours % 12) + (half === 'pm' ? 12 : 0)) * 60 + minutes) * minuteMs
}

function startOfDay(localMs: number): number {
  return Math.floor(localMs / dayMs) * dayMs
}

/** Of two instants that show the same local time, the first that is still to come. */
function nextInstant(localMs: number, zone: TimeZone, nowMs: number): number {
  const instants = instantsOf(localMs, zone)
  return instants.find((instant) => instant > nowMs) ?? Math.max(...instants)
}
