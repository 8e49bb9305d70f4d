import assert from 'node:assert/strict'
import { test } from 'node:test'
import { RateLimit } from './rate-limit.ts'

test('the request over the limit is refused until the next second begins', () => {
  let now = 10_000
  const limit = new RateLimit({ now: () => now })
  assert.deepEqual(limit.take('a', 2), { allowed: true, limit: 2, remaining: 1 })
  assert.deepEqual(limit.take('a', 2), { allowed: true, limit: 2, remaining: 0 })
  assert.deepEqual(limit.take('a', 2), { allowed: false, limit: 2, remaining: 0 })
  now = 11_000
  assert.equal(limit.take('a', 2).allowed, true)
})

test('one caller does not use up the limit of another', () => {
  const limit = new RateLimit({ now: () => 5 })
  limit.take('a', 1)
  assert.equal(limit.take('a', 1).allowed, false)
  assert.equal(limit.take('b', 1).allowed, true)
})
