import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readMoment, readSeconds } from './duration.ts'

for (const [text, seconds] of [
  ['90s', 90],
  ['15m', 900],
  ['24h', 86_400],
  ['30d', 2_592_000],
  ['0s', 0],
] as const) {
  test(`${text} is ${seconds} seconds`, () => assert.equal(readSeconds('x', text), seconds))
}

test('a moment is a span from now, or a time with its zone', () => {
  assert.equal(readMoment('x', '1h', 1_000).getTime(), 3_601_000)
  assert.equal(
    readMoment('x', '2027-01-31T12:00:00+01:00', 0).toISOString(),
    '2027-01-31T11:00:00.000Z',
  )
})

for (const text of ['', '1', 'h', '1w', '-1h', '1.5h', '2027-01-31', '2027-13-31T12:00:00Z']) {
  test(`no moment: ${text}`, () => assert.throws(() => readMoment('x', text, 0), /--x must be/))
}
