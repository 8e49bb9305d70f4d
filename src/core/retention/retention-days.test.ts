import assert from 'node:assert/strict'
import { test } from 'node:test'
import { daysKept } from './retention-days.ts'

test('without a word of the account everything is kept as long as the installation keeps it', () => {
  assert.deepEqual(daysKept(30), { content: 30, messages: 30, logs: 30 })
})

test('an account shortens each class, and lengthens none', () => {
  const own = { content: 2, messages: 90, logs: 7 }
  assert.deepEqual(daysKept(30, own), { content: 2, messages: 30, logs: 7 })
})

test('content is kept no longer than its message', () => {
  assert.deepEqual(daysKept(30, { messages: 5 }), { content: 5, messages: 5, logs: 30 })
  assert.deepEqual(daysKept(30, { content: 9, messages: 5 }).content, 5)
})
