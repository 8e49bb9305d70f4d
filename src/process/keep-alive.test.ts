import assert from 'node:assert/strict'
import { test } from 'node:test'
import { keepAlive } from './keep-alive.ts'

test('what keeps ending is started again after pauses that double, and never after the end is wanted', async () => {
  const stopping = new AbortController()
  const pauses: number[] = []
  let starts = 0
  await keepAlive(
    { ended: Promise.resolve('gone') },
    {
      start: async () => {
        starts++
        if (starts === 2) throw new Error('not yet')
        return { ended: Promise.resolve('gone') }
      },
      onEnded: (_ending, pauseMs) => {
        pauses.push(pauseMs)
        if (pauses.length === 3) stopping.abort()
      },
      onFailed: () => {},
      onBack: () => {},
      stopping: stopping.signal,
      clock: { now: () => 0 },
    },
  )
  assert.deepEqual(pauses, [100, 200, 800])
  assert.equal(starts, 3)
})

test('after a minute of life the pause begins anew', async () => {
  const stopping = new AbortController()
  const pauses: number[] = []
  let nowMs = 0
  await keepAlive(
    { ended: Promise.resolve('gone') },
    {
      start: async () => ({
        // Looked at after its start was noted, so it has lived for a minute by then.
        get ended() {
          nowMs += 60_000
          return Promise.resolve('gone')
        },
      }),
      onEnded: (_ending, pauseMs) => {
        pauses.push(pauseMs)
        if (pauses.length === 3) stopping.abort()
      },
      onFailed: () => {},
      onBack: () => {},
      stopping: stopping.signal,
      clock: { now: () => nowMs },
    },
  )
  assert.equal(pauses[2], 100)
})
