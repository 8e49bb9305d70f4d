import assert from 'node:assert/strict'
import { test } from 'node:test'
import { noCapabilities, readCapabilities } from './capabilities.ts'

const read = (...lines: string[]) => readCapabilities({ code: 250, enhanced: undefined, lines })

test('the first line is a greeting, whatever it looks like', () => {
  assert.deepEqual(read('PIPELINING'), noCapabilities)
})

test('keywords count in any case, and unknown ones do not', () => {
  const offered = read('mx', 'Pipelining', '8bitmime', 'XFORWARD NAME', 'starttls', 'SmtpUtf8')
  const all = { pipelining: true, eightBitMime: true, startTls: true, smtpUtf8: true }
  assert.deepEqual(offered, { ...all, sizeBytesMax: null })
})

test('SIZE without a number, or with one that is none, sets no limit', () => {
  assert.equal(read('mx', 'SIZE').sizeBytesMax, 0)
  assert.equal(read('mx', 'SIZE lots').sizeBytesMax, 0)
  assert.equal(read('mx', 'SIZE  35882577').sizeBytesMax, 35_882_577)
})
