import assert from 'node:assert/strict'
import { test } from 'node:test'
import { summarize } from './summary.ts'

const at = new Date('2026-03-01T10:00:00Z')

function summaryOf(source: string) {
  const received = {
    returnPath: 'bounce@example.com',
    recipients: ['ada@example.com'],
    source: Buffer.from(source),
  }
  return summarize(received, '01900000-0000-7000-8000-000000000000', at)
}

test('from and subject are unfolded and decoded', () => {
  const { from, subject } = summaryOf(
    'X-From: no\r\nfrom: =?utf-8?q?J=C3=B6rg?=\r\n <j@example.com>\r\nSUBJECT: =?utf-8?b?w5xiZXI=?=\r\n =?utf-8?q?_uns?=\r\n\r\nSubject: not this\r\n',
  )
  assert.equal(from, 'Jörg <j@example.com>')
  assert.equal(subject, 'Über uns')
})

test('quotes around a name are not part of it', () => {
  assert.equal(
    summaryOf('From: "Ada \\"L\\", Inc" <a@b.example>\r\n\r\n').from,
    'Ada "L", Inc <a@b.example>',
  )
})

test('without a From the return path stands in; recipients are those of the envelope', () => {
  const summary = summaryOf('To: someone-else@example.com\r\n\r\nhello\r\n')
  assert.equal(summary.from, 'bounce@example.com')
  assert.deepEqual(summary.to, ['ada@example.com'])
  assert.equal(summary.subject, '')
})

test('a message that is only a body, or nothing, has an empty summary', () => {
  assert.equal(summaryOf('').subject, '')
  assert.equal(summaryOf('no header at all').subject, '')
})

test('texts are bounded and hold no control or direction characters', () => {
  const { subject } = summaryOf(`Subject: a\tb\x07\u202ec ${'x'.repeat(5000)}\r\n\r\n`)
  assert.ok(subject.startsWith('a b c xxx'))
  assert.equal(subject.length, 300)
})
