import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Pace } from './pace.ts'

function at(ms: number) {
  const clock = { ms, now: () => clock.ms }
  return clock
}

test('a second’s worth comes at once, and what follows is spaced by the rate', () => {
  const pace = new Pace(at(1_000_000), 20_000)
  const delays = Array.from({ length: 8 }, () => pace.take('a', 5))
  assert.deepEqual(delays, [0, 0, 0, 0, 0, 200, 400, 600])
})

test('accounts do not wait for one another, and time gives the worth back', () => {
  const clock = at(1_000_000)
  const pace = new Pace(clock, 20_000)
  for (let n = 0; n < 5; n++) pace.take('a', 5)
  assert.equal(pace.take('b', 5), 0)
  clock.ms += 1_000
  assert.equal(pace.take('a', 5), 0)
})

test('whoever would wait longer than is allowed gets no turn and takes none', () => {
  const clock = at(1_000_000)
  const pace = new Pace(clock, 1_000)
  assert.deepEqual(
    [1, 2, 3, 4].map(() => pace.take('a', 1)),
    [0, 1_000, undefined, undefined],
  )
  clock.ms += 1_000
  assert.equal(pace.take('a', 1), 1_000)
})
