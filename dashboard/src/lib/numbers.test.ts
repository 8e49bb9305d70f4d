import assert from 'node:assert/strict'
import { test } from 'node:test'
import { bytesText, countText, shareText } from './numbers.ts'

for (const [part, whole, text] of [
  [0, 0, '–'],
  [0, 10, '0 %'],
  [1, 2, '50 %'],
  [10, 10, '100 %'],
  [3, 100, '3.0 %'],
  [5, 10_000, '0.05 %'],
] as const) {
  test(`${part} of ${whole} is ${text}`, () => assert.equal(shareText(part, whole), text))
}

test('one of a thing is not many', () => {
  assert.equal(countText(1, 'message'), '1 message')
  assert.equal(countText(1_200, 'message'), '1,200 messages')
  assert.equal(countText(2, 'delivery', 'deliveries'), '2 deliveries')
})

test('bytes are written in the largest unit that they fill', () => {
  assert.deepEqual([0, 999, 1_000, 1_540_000, 2_000_000_000].map(bytesText), [
    ...['0 B', '999 B', '1.0 kB', '1.5 MB', '2.0 GB'],
  ])
})
