import assert from 'node:assert/strict'
import { test } from 'node:test'
import { absoluteText, elapsedText } from './elapsed.ts'

const now = Date.UTC(2026, 10, 14, 12)

for (const [msAgo, text] of [
  [2_000, 'just now'],
  [61_000, '1 min. ago'],
  [3 * 3_600_000 + 5, '3 hr. ago'],
  [26 * 3_600_000, 'yesterday'],
  [-120_000, 'in 2 min.'],
] as const) {
  test(`${msAgo} ms ago is ${text}`, () => assert.equal(elapsedText(now - msAgo, now), text))
}

test('the moment itself names its zone', () => {
  assert.equal(absoluteText(new Date(now), 'UTC'), '14 Nov 2026, 12:00:00 UTC')
})
