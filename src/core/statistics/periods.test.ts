import assert from 'node:assert/strict'
import { test } from 'node:test'
import { findTimeZone } from '../messages/time-zone.ts'
import { boundsOf, type Granularity, periodsOf } from './periods.ts'

function labels(from: string, till: string, granularity: Granularity, zoneName = 'UTC') {
  const zone = findTimeZone(zoneName)
  assert.ok(zone)
  const span = { fromMs: Date.parse(from), tillMs: Date.parse(till) }
  const periods = periodsOf(span, { granularity, zone })
  const bounds = boundsOf(periods, span).map((bound) => bound.toISOString())
  assert.deepEqual(bounds, [...bounds].sort(), 'bounds ascend')
  return { labels: periods.map(({ label }) => label), bounds }
}

test('a span is cut at midnight, on Mondays, and on the first of months', () => {
  const days = labels('2026-03-30T10:00:00Z', '2026-04-02T00:00:00Z', 'daily')
  assert.deepEqual(days.labels, ['2026-03-30', '2026-03-31', '2026-04-01'])
  assert.deepEqual(days.bounds, [
    '2026-03-30T10:00:00.000Z',
    '2026-03-31T00:00:00.000Z',
    '2026-04-01T00:00:00.000Z',
    '2026-04-02T00:00:00.000Z',
  ])
  const weeks = labels('2026-04-01T00:00:00Z', '2026-04-07T00:00:00Z', 'weekly')
  assert.deepEqual(weeks.labels, ['2026-03-30', '2026-04-06'])
  const months = labels('2026-11-15T00:00:00Z', '2027-01-01T00:00:01Z', 'monthly')
  assert.deepEqual(months.labels, ['2026-11-01', '2026-12-01', '2027-01-01'])
})

test('days are those of the zone, also when its clocks change', () => {
  const { labels: days, bounds } = labels(
    '2026-10-23T22:00:00Z',
    '2026-10-26T23:00:00Z',
    'daily',
    'Europe/Berlin',
  )
  assert.deepEqual(days, ['2026-10-24', '2026-10-25', '2026-10-26'])
  assert.deepEqual(bounds, [
    '2026-10-23T22:00:00.000Z',
    '2026-10-24T22:00:00.000Z',
    '2026-10-25T23:00:00.000Z',
    '2026-10-26T23:00:00.000Z',
  ])
})

test('hours are told with the offset of the zone, so that the one that comes twice is told apart', () => {
  const { labels: hours } = labels(
    '2026-10-25T00:30:00Z',
    '2026-10-25T02:00:00Z',
    'hourly',
    'Europe/Berlin',
  )
  assert.deepEqual(hours, ['2026-10-25T02:00:00+02:00', '2026-10-25T02:00:00+01:00'])
  assert.deepEqual(labels('2026-01-01T05:00:00Z', '2026-01-01T05:59:00Z', 'hourly').labels, [
    '2026-01-01T05:00:00Z',
  ])
})

test('a span without length is one period', () => {
  for (const granularity of ['hourly', 'daily', 'weekly', 'monthly'] as const) {
    const { bounds } = labels('2026-05-01T00:00:00Z', '2026-05-01T00:00:00Z', granularity)
    assert.equal(bounds.length, 2)
  }
})
