import assert from 'node:assert/strict'
import { test } from 'node:test'
import { deliveryTimesOf } from './delivery-times.ts'

test('percentiles lie where the deliveries of their bucket would, spread evenly', () => {
  const times = deliveryTimesOf([
    { fromMs: 0, upToMs: 100, deliveries: 50 },
    { fromMs: 100, upToMs: 200, deliveries: 50 },
  ])
  assert.deepEqual(times, { deliveries: 100, p50Ms: 100, p90Ms: 180, p99Ms: 198 })
})

test('of the bucket without an end its beginning is told', () => {
  const times = deliveryTimesOf([{ fromMs: 86_400_000, upToMs: null, deliveries: 3 }])
  assert.deepEqual([times.p50Ms, times.p90Ms, times.p99Ms], [86_400_000, 86_400_000, 86_400_000])
})

test('nothing delivered has no percentiles', () => {
  assert.deepEqual(deliveryTimesOf([]), {
    deliveries: 0,
    p50Ms: null,
    p90Ms: null,
    p99Ms: null,
  })
})
