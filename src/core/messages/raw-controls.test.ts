import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Refusal } from '../../lib/refusal.ts'
import { readRawMessage } from '../../mail/raw-message.ts'
import { readControls } from './raw-controls.ts'

const nowMs = Date.parse('2026-03-01T10:00:00Z')

function read(...lines: string[]) {
  const bytes = Buffer.from(['From: a@example.com', ...lines, '', ''].join('\r\n'))
  return readControls(readRawMessage(bytes), nowMs)
}

function refusalOf(...lines: string[]): Refusal {
  try {
    read(...lines)
  } catch (error) {
    if (error instanceof Refusal) return error
    throw error
  }
  return assert.fail('the headers are taken')
}

test('a message that asks for nothing gets nothing', () => {
  assert.deepEqual(read(), { idempotencyKey: null, tags: [] })
})

test('the idempotency key has two names and stands once', () => {
  assert.equal(read('Resend-Idempotency-Key: a 1').idempotencyKey, 'a 1')
  assert.equal(read('x-postern-idempotency-key:b').idempotencyKey, 'b')
  const both = refusalOf('Resend-Idempotency-Key: a', 'X-Postern-Idempotency-Key: a')
  assert.match(both.message, /may stand once/)
  for (const key of ['', 'x'.repeat(257)]) {
    assert.equal(refusalOf(`Resend-Idempotency-Key: ${key}`).code, 'invalid_idempotency_key')
  }
})

test('a time is read as the API reads it, and the refusal names the header', () => {
  const { scheduledAt } = read('X-Postern-Scheduled-At: in 10 minutes')
  assert.equal(scheduledAt?.toISOString(), '2026-03-01T10:10:00.000Z')
  assert.match(
    refusalOf('X-Postern-Scheduled-At: soon').message,
    /^The X-Postern-Scheduled-At header is not a time/,
  )
})

test('tags may repeat, up to fifty, and have the letters that tags have', () => {
  const { tags } = read('X-Postern-Tag: kind=order', 'x-postern-tag: year = 2026')
  assert.deepEqual(tags, [
    { name: 'kind', value: 'order' },
    { name: 'year', value: '2026' },
  ])
  assert.equal(read(...Array<string>(50).fill('X-Postern-Tag: a=b')).tags.length, 50)
  for (const value of ['order', '=order', 'kind=', 'kind=or der', 'ä=b', `a=${'b'.repeat(257)}`]) {
    assert.match(refusalOf(`X-Postern-Tag: ${value}`).message, /must be name=value/, value)
  }
})

test('what another service would read from the message is refused, and not sent without it', () => {
  assert.match(refusalOf('X-SMTPAPI: {"category":"a"}').message, /Nothing was sent/)
})
