import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { ClaimedDelivery } from '../core/deliveries/queries.ts'
import { ByteGate } from './byte-gate.ts'
import { InFlight } from './in-flight.ts'

const limits = { deliveriesMax: 10, bytesMax: 1_000, perDestinationMax: 2 }

function setUp() {
  const time = { ms: 0 }
  return { time, inFlight: new InFlight({ now: () => time.ms }, limits) }
}

function row(change: Partial<ClaimedDelivery> = {}): ClaimedDelivery {
  return {
    lane: 0,
    accountId: 'a',
    messageId: 'm',
    n: 0,
    fence: 1,
    attempts: 0,
    stream: 'transactional',
    destination: Buffer.from('d1'),
    createdAt: new Date(0),
    expiresAt: new Date(0),
    sizeBytes: 100,
    envelopeSealed: Buffer.alloc(0),
    contentSealed: null,
    ...change,
  }
}

test('what is held already is renewed and not begun again', () => {
  const { inFlight } = setUp()
  const held = inFlight.add(row(), 100)
  assert.ok(held)
  assert.equal(inFlight.add(row({ fence: 2 }), 200), undefined)
  assert.deepEqual([held.fence, held.leaseUntilMs, inFlight.count], [2, 200, 1])
})

test('recipients of one message count its bytes once, until the last is done', () => {
  const { inFlight } = setUp()
  const first = inFlight.add(row({ sizeBytes: 999 }), 1)!
  const second = inFlight.add(row({ n: 1, sizeBytes: 999 }), 1)!
  assert.equal(inFlight.free, 8)
  const other = inFlight.add(row({ messageId: 'o', sizeBytes: 1 }), 1)!
  assert.equal(inFlight.free, 0)
  for (const held of [first, second, other, other]) inFlight.remove(held)
  assert.equal(inFlight.free, 10)
})

test('an outcome that waits for its next claim takes no place, so that the claim can come', () => {
  const { inFlight } = setUp()
  const held = inFlight.add(row(), 1)!
  inFlight.setLate(held, true)
  assert.equal(inFlight.free, 10)
  inFlight.add(row({ fence: 2 }), 2)
  assert.equal(inFlight.free, 9)
})

test('a destination with its share in flight is busy, others are not', () => {
  const { inFlight } = setUp()
  const held = inFlight.add(row(), 1)!
  inFlight.add(row({ n: 1 }), 1)
  inFlight.add(row({ n: 2, destination: Buffer.from('d2') }), 1)
  assert.deepEqual(inFlight.busy(), [Buffer.from('d1')])
  inFlight.remove(held)
  assert.deepEqual(inFlight.busy(), [])
})

test('a silent destination is left alone, longer each time, until it answers', () => {
  const { inFlight, time } = setUp()
  const silent = Buffer.from('d1')
  inFlight.pause(silent)
  inFlight.pause(silent)
  assert.deepEqual(inFlight.busy(), [silent])
  time.ms = 1_000
  assert.deepEqual(inFlight.busy(), [])
  inFlight.pause(silent)
  time.ms = 2_500
  assert.deepEqual(inFlight.busy(), [silent])
  inFlight.resume(silent)
  assert.deepEqual(inFlight.busy(), [])
})

test('the gate lets large messages in by turns, and one over the limit alone', async () => {
  const gate = new ByteGate(10)
  const entered: string[] = []
  await gate.enter(6)
  const huge = gate.enter(50).then(() => entered.push('huge'))
  const small = gate.enter(1).then(() => entered.push('small'))
  await Promise.resolve()
  assert.deepEqual(entered, [])
  gate.leave(6)
  await huge
  assert.deepEqual(entered, ['huge'])
  gate.leave(50)
  await small
  assert.deepEqual(entered, ['huge', 'small'])
})
