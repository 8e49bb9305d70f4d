import assert from 'node:assert/strict'
import { test } from 'node:test'
import { BodyGate } from './body-gate.ts'

const limits = { bytesMax: 10_000_000, largeBytesMax: 8_000_000, accountBytesMax: 5_000_000 }

test('bodies come in while there is room, and what is over makes room again', () => {
  const gate = new BodyGate(limits)
  const leave = gate.enter('a', 4_000_000)
  assert.ok(leave)
  assert.ok(gate.enter('b', 4_000_000))
  assert.equal(gate.enter('c', 1_000_000), undefined)
  leave()
  assert.ok(gate.enter('c', 4_000_000))
})

test('one account does not fill it, and large bodies leave room for small ones', () => {
  const gate = new BodyGate(limits)
  assert.ok(gate.enter('a', 3_000_000))
  assert.equal(gate.enter('a', 3_000_000), undefined)
  assert.ok(gate.enter('b', 5_000_000))
  assert.equal(gate.enter('c', 2_000_000), undefined)
  assert.ok(gate.enter('a', 900_000))
  assert.ok(gate.enter('c', 900_000))
  assert.equal(gate.enter('c', 900_000), undefined)
})
