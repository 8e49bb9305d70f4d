/** Time zones as people write them: offsets, abbreviations, and the names of the time zone database. */

export interface TimeZone {
  /** How far local time is ahead of UTC at an instant, in milliseconds. */
  offsetAt(instantMs: number): number
}

const minuteMs = 60_000
const hourMs = 60 * minuteMs
const dayMs = 24 * hourMs

/** Fixed, as their names say; `ET` and its like follow the seasons. */
const fixedHours: Readonly<Record<string, number>> = {
  z: 0,
  utc: 0,
  gmt: 0,
  est: -5,
  edt: -4,
  cst: -6,
  cdt: -5,
  mst: -7,
  mdt: -6,
  pst: -8,
  pdt: -7,
  bst: 1,
  cet: 1,
  cest: 2,
}

const seasonal: Readonly<Record<string, string>> = {
  et: 'America/New_York',
  ct: 'America/Chicago',
  mt: 'America/Denver',
  pt: 'America/Los_Angeles',
}

const offsetForm = /^([+-])(\d{2})(?::?(\d{2}))?$/
/** With a slash: `Intl` also takes abbreviations, of which some mean something else there. */
const databaseName = /^[a-z_]{1,20}(?:\/[a-z0-9_+-]{1,30}){1,2}$/

/** Undefined when there is no such zone. Case does not count. */
export function findTimeZone(text: string): TimeZone | undefined {
  const lower = text.toLowerCase()
  const offset = offsetForm.exec(lower)
  if (offset) return offsetZone(offset)
  if (Object.hasOwn(fixedHours, lower)) return fixed((fixedHours[lower] ?? 0) * hourMs)
  const name = Object.hasOwn(seasonal, lower) ? seasonal[lower] : lower
  return name !== undefined && databaseName.test(name.toLowerCase()) ? namedZone(name) : undefined
}

/** Up to +14:00 and -12:00, as far as clocks on Earth go. */
function offsetZone([, sign, hours, minutes = '00']: RegExpExecArray): TimeZone | undefined {
  if (Number(minutes) > 59) return undefined
  const ms = (sign === '-' ? -1 : 1) * (Number(hours) * hourMs + Number(minutes) * minuteMs)
  return ms < -12 * hourMs || ms > 14 * hourMs ? undefined : fixed(ms)
}

function fixed(offsetMs: number): TimeZone {
  return { offsetAt: () => offsetMs }
}

function namedZone(timeZone: string): TimeZone | undefined {
  let format: Intl.DateTimeFormat
  try {
    format = new Intl.DateTimeFormat('en-US', {
      timeZone,
      hourCycle: 'h23',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
      second: 'numeric',
    })
  } catch (error) {
    if (error instanceof RangeError) return undefined
    throw error
  }
  return {
    offsetAt(instantMs) {
      const seconds = Math.floor(instantMs / 1000) * 1000
      const parts = new Map(format.formatToParts(seconds).map(({ type, value }) => [type, value]))
      const read = (type: Intl.DateTimeFormatPartTypes) => Number(parts.get(type))
      const day = Date.UTC(read('year'), read('month') - 1, read('day'))
      const time = read('hour') * hourMs + read('minute') * minuteMs + read('second') * 1000
      return day + time - seconds
    },
  }
}

/**
 * The instants at which clocks of the zone show this local time (given as if it were UTC), in order: two where they are
 * put back. Where they are put forward past it, the one instant that counts on as if they had not been: 2:30 is 3:30.
 */
export function instantsOf(localMs: number, zone: TimeZone): number[] {
  const before = zone.offsetAt(localMs - dayMs)
  const after = zone.offsetAt(localMs + dayMs)
  const candidates = [...new Set([localMs - before, localMs - after])]
  const shown = candidates.filter((instant) => instant + zone.offsetAt(instant) === localMs)
  return shown.length > 0 ? shown.sort((a, b) => a - b) : [localMs - before]
}
