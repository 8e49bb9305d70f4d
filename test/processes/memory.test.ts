/** `node bench/memory.ts` does the same over 50,000 messages. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { measureMemory, tooLarge } from '../../bench/memory.ts'

test('no process grows with the number of messages that have passed through it', async (context) => {
  const print = (line: string) => context.diagnostic(line)
  const { growths, accepted, counts } = await measureMemory({ messages: 5_000, samples: 5, print })
  assert.ok(accepted >= 5_000)
  assert.equal(counts.unique, accepted)
  assert.equal(counts.duplicates, 0)
  assert.ok(growths.length >= 6, 'every process was looked at')
  assert.deepEqual(tooLarge(growths), [])
})

test('a process that grows beyond the margin is named', () => {
  const flat = { process: 'api', warmMb: 80, lastMb: 90 }
  const growing = { process: 'jobs', warmMb: 80, lastMb: 200 }
  assert.deepEqual(tooLarge([flat, growing]), [growing])
})
