import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { Refusal } from '../../lib/refusal.ts'
import { parseScheduledAt } from './scheduled-at.ts'

const dayMs = 86_400_000

/** A Wednesday, at noon. */
const noon = '2026-08-05T12:00:00.000Z'

function parsed(text: string, now = noon): string {
  return new Date(parseScheduledAt(text, Date.parse(now))).toISOString()
}

function refusalOf(text: string, now = noon): Refusal {
  try {
    parseScheduledAt(text, Date.parse(now))
  } catch (error) {
    if (error instanceof Refusal) return error
    throw error
  }
  assert.fail(`taken: ${text}`)
}

test('ISO 8601 is read with its zone, and is UTC without one', () => {
  const cases: [string, string][] = [
    ['2026-08-06T09:30:15.250Z', '2026-08-06T09:30:15.250Z'],
    ['2026-08-06T09:30:15z', '2026-08-06T09:30:15.000Z'],
    ['2026-08-06T09:30', '2026-08-06T09:30:00.000Z'],
    ['2026-08-06', '2026-08-06T00:00:00.000Z'],
    ['2026-08-06 09:30:15', '2026-08-06T09:30:15.000Z'],
    ['2026-08-06T09:30:15+02:00', '2026-08-06T07:30:15.000Z'],
    ['2026-08-06T09:30-0530', '2026-08-06T15:00:00.000Z'],
    ['2026-08-06 09:30:15.123456+00', '2026-08-06T09:30:15.123Z'],
    ['  2026-08-06T09:30Z ', '2026-08-06T09:30:00.000Z'],
  ]
  for (const [text, instant] of cases) assert.equal(parsed(text), instant, text)
})

test('a wait is counted from now', () => {
  const cases: [string, string][] = [
    ['in 1 min', '2026-08-05T12:01:00.000Z'],
    ['in 10 mins', '2026-08-05T12:10:00.000Z'],
    ['In 1 Minute', '2026-08-05T12:01:00.000Z'],
    ['in  90  minutes', '2026-08-05T13:30:00.000Z'],
    ['in 1 hour', '2026-08-05T13:00:00.000Z'],
    ['in 36 hours', '2026-08-07T00:00:00.000Z'],
    ['in 1 day', '2026-08-06T12:00:00.000Z'],
    ['in 30 days', '2026-09-04T12:00:00.000Z'],
  ]
  for (const [text, instant] of cases) assert.equal(parsed(text), instant, text)
})

test('a day and a time are read in the zone that is named, or in UTC', () => {
  const cases: [string, string][] = [
    ['today at 1pm', '2026-08-05T13:00:00.000Z'],
    ['today at 12:01', '2026-08-05T12:01:00.000Z'],
    ['today at 9:30 pm', '2026-08-05T21:30:00.000Z'],
    ['tomorrow at 9am', '2026-08-06T09:00:00.000Z'],
    ['TOMORROW AT 9AM', '2026-08-06T09:00:00.000Z'],
    ['tomorrow at 12am', '2026-08-06T00:00:00.000Z'],
    ['tomorrow at 12pm', '2026-08-06T12:00:00.000Z'],
    ['tomorrow at 14:05', '2026-08-06T14:05:00.000Z'],
    ['tomorrow at 00:00 UTC', '2026-08-06T00:00:00.000Z'],
    ['tomorrow at 14:05Z', '2026-08-06T14:05:00.000Z'],
    ['tomorrow at 9am +05:30', '2026-08-06T03:30:00.000Z'],
    ['tomorrow at 9am-03:00', '2026-08-06T12:00:00.000Z'],
    ['tomorrow at 9am ET', '2026-08-06T13:00:00.000Z'],
    ['tomorrow at 9am EST', '2026-08-06T14:00:00.000Z'],
    ['tomorrow at 9am EDT', '2026-08-06T13:00:00.000Z'],
    ['tomorrow at 9am CT', '2026-08-06T14:00:00.000Z'],
    ['tomorrow at 9am MT', '2026-08-06T15:00:00.000Z'],
    ['tomorrow at 9am PT', '2026-08-06T16:00:00.000Z'],
    ['tomorrow at 9am PST', '2026-08-06T17:00:00.000Z'],
    ['tomorrow at 9am CEST', '2026-08-06T07:00:00.000Z'],
    ['tomorrow at 9am CET', '2026-08-06T08:00:00.000Z'],
    ['tomorrow at 9am BST', '2026-08-06T08:00:00.000Z'],
    ['tomorrow at 9am GMT', '2026-08-06T09:00:00.000Z'],
    ['tomorrow at 9am Europe/Berlin', '2026-08-06T07:00:00.000Z'],
    ['tomorrow at 9:15 America/New_York', '2026-08-06T13:15:00.000Z'],
    ['tomorrow at 9am america/argentina/buenos_aires', '2026-08-06T12:00:00.000Z'],
    ['tomorrow at 9am Asia/Kathmandu', '2026-08-06T03:15:00.000Z'],
    ['Friday at 3pm ET', '2026-08-07T19:00:00.000Z'],
    ['thursday at 9am', '2026-08-06T09:00:00.000Z'],
    ['tuesday at 9am', '2026-08-11T09:00:00.000Z'],
  ]
  for (const [text, instant] of cases) assert.equal(parsed(text), instant, text)
})

test('a weekday is today while its time is still ahead, and in a week after that', () => {
  assert.equal(parsed('wednesday at 12:01'), '2026-08-05T12:01:00.000Z')
  assert.equal(parsed('wednesday at 12:00'), '2026-08-12T12:00:00.000Z')
  assert.equal(parsed('wednesday at 9am'), '2026-08-12T09:00:00.000Z')
  assert.equal(parsed('wednesday at 9am PT'), '2026-08-05T16:00:00.000Z')
})

test('what day it is depends on the zone', () => {
  const late = '2026-08-05T23:30:00.000Z'
  assert.equal(parsed('today at 9am Asia/Tokyo', late), '2026-08-06T00:00:00.000Z')
  assert.equal(parsed('tomorrow at 9am Asia/Tokyo', late), '2026-08-07T00:00:00.000Z')
  assert.equal(parsed('tomorrow at 9am ET', '2026-08-06T01:00:00Z'), '2026-08-06T13:00:00.000Z')
  assert.equal(parsed('thursday at 9am Asia/Tokyo', late), '2026-08-06T00:00:00.000Z')
})

test('clocks put forward and back keep the time that was meant', () => {
  const cases: [now: string, text: string, instant: string][] = [
    // New York goes from EST to EDT on 8 March 2026 at 2:00, and back on 1 November at 2:00.
    ['2026-03-07T12:00Z', 'today at 9am ET', '2026-03-07T14:00:00.000Z'],
    ['2026-03-07T12:00Z', 'tomorrow at 1:59 ET', '2026-03-08T06:59:00.000Z'],
    ['2026-03-07T12:00Z', 'tomorrow at 2:30am ET', '2026-03-08T07:30:00.000Z'],
    ['2026-03-07T12:00Z', 'tomorrow at 3am ET', '2026-03-08T07:00:00.000Z'],
    ['2026-03-07T12:00Z', 'sunday at 9am America/New_York', '2026-03-08T13:00:00.000Z'],
    ['2026-10-31T12:00Z', 'tomorrow at 12:30am ET', '2026-11-01T04:30:00.000Z'],
    ['2026-10-31T12:00Z', 'tomorrow at 1:30am ET', '2026-11-01T05:30:00.000Z'],
    ['2026-10-31T12:00Z', 'tomorrow at 2am ET', '2026-11-01T07:00:00.000Z'],
    // Between the two 1:30, the second is still ahead.
    ['2026-11-01T05:45Z', 'today at 1:30am ET', '2026-11-01T06:30:00.000Z'],
    ['2026-11-01T06:45Z', 'sunday at 1:30am ET', '2026-11-08T06:30:00.000Z'],
    // Berlin: 29 March 2026 at 2:00, 25 October at 3:00.
    ['2026-03-28T12:00Z', 'tomorrow at 02:30 Europe/Berlin', '2026-03-29T01:30:00.000Z'],
    ['2026-10-24T12:00Z', 'tomorrow at 02:30 Europe/Berlin', '2026-10-25T00:30:00.000Z'],
    // Half an hour only, on Lord Howe Island.
    ['2026-10-03T00:00Z', 'tomorrow at 2:15am Australia/Lord_Howe', '2026-10-03T15:45:00.000Z'],
    // A weekday at a time that its clocks leave out.
    ['2026-03-07T12:00Z', 'sunday at 2:30am ET', '2026-03-08T07:30:00.000Z'],
  ]
  for (const [now, text, instant] of cases) assert.equal(parsed(text, now), instant, text)
})

const unreadable = [
  '',
  'now',
  'soon',
  'tomorrow',
  '9am',
  'tomorrow 9am',
  'tomorrow at 9',
  'tomorrow at 0am',
  'tomorrow at 13pm',
  'tomorrow at 24:00',
  'tomorrow at 9:60am',
  'tomorrow at 9:5am',
  'tomorrow at 9am XYZ',
  'tomorrow at 9am EST5EDT',
  'tomorrow at 9am Nowhere/City',
  'tomorrow at 9am __proto__',
  'tomorrow at 9am constructor',
  'tomorrow at 9am +14:01',
  'tomorrow at 9am +02:60',
  'someday at 9am',
  'next friday at 9am',
  'in a minute',
  'in -1 minutes',
  'in 1.5 hours',
  'in 1 week',
  'in 5 constructor',
  'in 1234567 minutes',
  '2026-02-30',
  '2026-13-01',
  '0026-08-06',
  '2026-08-06T24:00',
  '2026-08-06T09:60',
  '2026-08-06T09:00:60',
  '2026-08-06T9:00',
  '2026-08-06T09:00 Europe/Berlin',
  '2026-08-06T09:00+15:00',
  '20260806T090000Z',
  '1786017600',
  `in 1 min${' '.repeat(200)}`,
  'tomorrow at 9am\0',
]

test('anything else is refused with the field, the grammar and an example', () => {
  for (const text of unreadable) {
    const refusal = refusalOf(text)
    assert.equal(refusal.code, 'invalid_input', text)
    assert.match(
      refusal.message,
      /^The `scheduled_at` field is not a time.*ISO 8601.*`in 10 minutes`/,
    )
  }
})

test('what is past, and what lies more than 30 days ahead, is refused with the rule', () => {
  const past = ['2026-08-05T12:00:00Z', '2026-08-05', '1999-01-01', 'in 0 minutes', 'today at 9am']
  for (const text of past) assert.match(refusalOf(text).message, /must lie in the future/, text)
  const late = ['2026-09-04T12:00:00.001Z', 'in 31 days', 'in 999999 days', '9999-12-31']
  for (const text of late) assert.match(refusalOf(text).message, /at most 30 days ahead/, text)
  assert.equal(parsed('2026-09-04T12:00:00Z'), '2026-09-04T12:00:00.000Z')
})

const nows = fc.date({
  min: new Date('2024-01-01'),
  max: new Date('2032-01-01'),
  noInvalidDate: true,
})

test('every instant of the next 30 days reads back from its own ISO text, whatever the offset', () => {
  const offsets = fc.integer({ min: -12 * 60, max: 14 * 60 })
  fc.assert(
    fc.property(nows, fc.integer({ min: 1, max: 30 * dayMs }), offsets, (now, ahead, offset) => {
      const instant = now.getTime() + ahead
      assert.equal(parseScheduledAt(new Date(instant).toISOString(), now.getTime()), instant)
      const sign = offset < 0 ? '-' : '+'
      const two = (value: number) => String(value).padStart(2, '0')
      const minutes = Math.abs(offset)
      const zone = `${sign}${two(Math.floor(minutes / 60))}:${two(minutes % 60)}`
      const local = new Date(instant + offset * 60_000).toISOString().replace('Z', zone)
      assert.equal(parseScheduledAt(local, now.getTime()), instant)
    }),
  )
})

test('a weekday is the next such day in its zone, within a week and a changed hour', () => {
  const names = ['sunday', 'monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday']
  const zones = fc.constantFrom('Europe/Berlin', 'America/New_York', 'Asia/Tokyo', 'UTC')
  const times = fc.integer({ min: 4 * 60, max: 24 * 60 - 1 })
  fc.assert(
    fc.property(nows, fc.constantFrom(...names), times, zones, (now, day, time, zone) => {
      const clock = `${Math.floor(time / 60)}:${String(time % 60).padStart(2, '0')}`
      const instant = parseScheduledAt(`${day} at ${clock} ${zone}`, now.getTime())
      assert.ok(instant - now.getTime() <= 7 * dayMs + 3_600_000)
      const shown = new Intl.DateTimeFormat('en-GB', {
        timeZone: zone,
        weekday: 'long',
        hour: 'numeric',
        minute: '2-digit',
      }).format(instant)
      assert.equal(shown.toLowerCase(), `${day} ${clock.padStart(5, '0')}`)
    }),
    { numRuns: 300 },
  )
})

test('any text is either a time within 30 days or a refusal', () => {
  const words = fc.constantFrom(
    'in',
    'at',
    '1',
    '99',
    ':',
    'min',
    'days',
    'today',
    'friday',
    'am',
    '+',
  )
  const texts = fc.oneof(
    fc.string(),
    fc.array(words).map((list) => list.join(' ')),
  )
  fc.assert(
    fc.property(texts, nows, (text, now) => {
      try {
        const ahead = parseScheduledAt(text, now.getTime()) - now.getTime()
        assert.ok(ahead > 0 && ahead <= 30 * dayMs)
      } catch (error) {
        assert.ok(error instanceof Refusal)
      }
    }),
    { numRuns: 1_000 },
  )
})
