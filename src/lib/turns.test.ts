import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Turns } from './turns.ts'

function gate() {
  const { promise, resolve, reject } = Promise.withResolvers<string>()
  return { promise, resolve, reject }
}

test('no more run at once than allowed; the others follow in their order', async () => {
  const turns = new Turns({ atOnceMax: 2, waitingMax: 10 })
  const gates = [gate(), gate(), gate(), gate()]
  const begun: number[] = []
  const all = gates.map(({ promise }, i) =>
    turns.take(() => {
      begun.push(i)
      return promise
    }),
  )
  assert.deepEqual(begun, [0, 1])
  gates[1]?.resolve('b')
  assert.equal(await all[1], 'b')
  assert.deepEqual(begun, [0, 1, 2])
  for (const { resolve } of gates) resolve('x')
  await Promise.all(all)
  assert.deepEqual(begun, [0, 1, 2, 3])
})

test('the line is full when as many wait as may, and work that fails frees its place', async () => {
  const turns = new Turns({ atOnceMax: 1, waitingMax: 1 })
  const [first, second] = [gate(), gate()]
  const failing = turns.take(() => first.promise)
  assert.equal(turns.isFull, false)
  const waiting = turns.take(() => second.promise)
  assert.equal(turns.isFull, true)
  first.reject(new Error('no'))
  await assert.rejects(failing)
  assert.equal(turns.isFull, false)
  second.resolve('done')
  assert.equal(await waiting, 'done')
  assert.equal(await turns.take(async () => 'free again'), 'free again')
})
