import assert from 'node:assert/strict'
import { test } from 'node:test'
import { noCapabilities } from './capabilities.ts'
import { assertSafePaths, cannotCarry, mailCommand } from './envelope.ts'
import type { Job } from './transaction.ts'

const job: Job = {
  host: 'mx.test',
  port: 25,
  mailFrom: 'bounce@sender.test',
  recipient: 'someone@receiver.test',
  message: Buffer.alloc(0),
  bytes: 100,
  eightBit: true,
  smtpUtf8: false,
  requiresTls: false,
}

for (const path of ['a\r\nDATA', 'a\nb@c', 'a>b@c', '<a@b', 'a\0@b']) {
  test(`${JSON.stringify(path)} is no path`, () => {
    assert.throws(() => assertSafePaths({ ...job, recipient: path }), RangeError)
    assert.throws(() => assertSafePaths({ ...job, mailFrom: path }), RangeError)
  })
}

test('only the return path may be empty', () => {
  assertSafePaths({ ...job, mailFrom: '' })
  assert.throws(() => assertSafePaths({ ...job, recipient: '' }), RangeError)
})

test('parameters are said only where they are offered', () => {
  assert.equal(mailCommand(job, noCapabilities), 'MAIL FROM:<bounce@sender.test>')
  const offered = { ...noCapabilities, sizeBytesMax: 0, eightBitMime: true }
  assert.match(mailCommand(job, offered), / SIZE=100 BODY=8BITMIME$/)
})

test('SIZE without a limit refuses nothing; a limit refuses one byte more', () => {
  const at = (sizeBytesMax: number) => cannotCarry(job, { ...noCapabilities, sizeBytesMax })
  assert.equal(at(0), undefined)
  assert.equal(at(100), undefined)
  assert.equal(at(99)?.enhanced, '5.3.4')
})
