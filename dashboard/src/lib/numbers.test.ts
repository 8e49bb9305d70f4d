import assert from 'node:assert/strict'
import { test } from 'node:test'
import { countText, shareText } from './numbers.ts'

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
