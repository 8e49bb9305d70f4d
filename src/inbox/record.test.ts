import assert from 'node:assert/strict'
import { createSecretKey } from 'node:crypto'
import { test } from 'node:test'
import { findRecords, openRecord, type StoredMessage, sealRecord, segmentHead } from './record.ts'

const key = createSecretKey(Buffer.alloc(32, 1))
const otherKey = createSecretKey(Buffer.alloc(32, 2))

const message: StoredMessage = {
  id: '01900000-0000-7000-8000-000000000001',
  from: 'Jörg <j@example.com>',
  to: ['ada@example.com'],
  subject: 'Über uns',
  receivedAt: new Date('2026-03-01T10:00:00.123Z'),
  sizeBytes: 5,
  isComplaint: false,
  returnPath: 'bounce@example.com',
  source: Buffer.from('hello'),
}

test('what was sealed opens again, whole', () => {
  assert.deepEqual(openRecord(key, Buffer.concat(sealRecord(key, message))), message)
})

test('no byte of a record can be changed, and no other key opens it', () => {
  const record = Buffer.concat(sealRecord(key, message))
  assert.throws(() => openRecord(otherKey, record))
  for (let at = 4; at < record.length; at++) {
    const changed = Buffer.from(record)
    changed.writeUInt8(changed.readUInt8(at) ^ 1, at)
    assert.throws(() => openRecord(key, changed), `byte ${at}`)
  }
})

test('the same message is sealed differently each time', () => {
  const [first, second] = [sealRecord(key, message), sealRecord(key, message)]
  assert.notDeepEqual(Buffer.concat(first), Buffer.concat(second))
})

test('records are found up to the last whole one, wherever the segment was cut', () => {
  const head = segmentHead(key)
  const record = Buffer.concat(sealRecord(key, message))
  const segment = Buffer.concat([head, record, record])
  for (let length = head.length; length <= segment.length; length++) {
    const { extents, endOffset } = findRecords(segment.subarray(0, length))
    const whole = Math.floor((length - head.length) / record.length)
    assert.equal(extents.length, whole)
    assert.equal(endOffset, head.length + whole * record.length)
  }
})

test('an impossible length ends a segment', () => {
  const head = segmentHead(key)
  const huge = Buffer.from([0xff, 0xff, 0xff, 0xff, 0])
  assert.deepEqual(findRecords(Buffer.concat([head, huge])).extents, [])
  assert.deepEqual(findRecords(Buffer.concat([head, Buffer.alloc(64)])).extents, [])
})
