import assert from 'node:assert/strict'
import { test } from 'node:test'
import { failureOfProblem } from './order-failure.ts'
import { renewAt, retryAt } from './renewal.ts'

const hourMs = 3_600_000
const dayMs = 24 * hourMs
const lifetime = { validFromMs: 0, validUntilMs: 90 * dayMs }

test('a certificate is renewed with a third of its lifetime left, or a little earlier', () => {
  assert.equal(renewAt(lifetime, { nowMs: 0, random: 0 }), 60 * dayMs)
  const latest = renewAt(lifetime, { nowMs: 0, random: 0.999 })
  assert.ok(latest > 58.4 * dayMs && latest < 60 * dayMs)
})

test('however short it lives, an hour passes between two orders', () => {
  assert.equal(renewAt(lifetime, { nowMs: 89 * dayMs, random: 0 }), 89 * dayMs + hourMs)
})

test('after failures it is tried ever more rarely, at most four times in the first hour, at least twice a day', () => {
  const waits = [0, 1, 2, 3, 4, 5, 50].map((failures) =>
    retryAt({ failures, toldMs: 0 }, { nowMs: 0, random: 0.5 }),
  )
  const minutes = waits.map((wait) => wait / 60_000)
  assert.deepEqual(minutes, [2, 6, 18, 54, 162, 486, 720])
})

test('tries of many installations drift apart, and an authority is waited for up to a week', () => {
  const wait = (toldMs: number, random: number) =>
    retryAt({ failures: 0, toldMs }, { nowMs: 0, random })
  assert.deepEqual([wait(0, 0), wait(0, 1)], [90_000, 150_000])
  assert.equal(wait(3 * hourMs, 0), 3 * hourMs)
  assert.equal(wait(365 * dayMs, 0), 7 * dayMs)
})

test('a problem is known by its type alone, and no other word of an authority is taken', () => {
  assert.equal(failureOfProblem('urn:ietf:params:acme:error:rateLimited'), 'rate_limited')
  for (const type of ['rateLimited', 'urn:ietf:params:acme:error:toString', '']) {
    assert.equal(failureOfProblem(type), undefined)
  }
})
