import assert from 'node:assert/strict'
import { test } from 'node:test'
import { durationText } from './duration.ts'

for (const [ms, text] of [
  [0, '0 ms'],
  [840, '840 ms'],
  [2_440, '2.4 s'],
  [59_400, '59 s'],
  [60_000, '1 min'],
  [190_000, '3 min 10 s'],
  [3_900_000, '1 h 5 min'],
  [90_000_000, '1 d 1 h'],
] as const) {
  test(`${ms} ms is ${text}`, () => assert.equal(durationText(ms), text))
}
