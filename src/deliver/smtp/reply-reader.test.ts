import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { Reply } from '../../mail/reply.ts'
import { ReplyReader } from './reply-reader.ts'

function readAll(chunks: Buffer[]): (Reply | 'malformed')[] {
  const reader = new ReplyReader()
  const replies: (Reply | 'malformed')[] = []
  for (const chunk of chunks) {
    reader.push(chunk)
    for (let reply = reader.next(); reply !== undefined; reply = reader.next()) {
      replies.push(reply)
      if (reply === 'malformed') return replies
    }
  }
  return replies
}

const said = '220 hi\r\n250-one\r\n250-Größe\r\n250 end\r\n250 2.1.0 Ok\r\n250 2.1.0 Ok\n354\r\n'

test('replies are the same wherever the network cuts them', () => {
  const bytes = Buffer.from(said)
  const whole = readAll([bytes])
  assert.equal(whole.length, 5)
  fc.assert(
    fc.property(fc.array(fc.nat(bytes.length), { maxLength: 8 }), (cuts) => {
      const at = [0, ...cuts.sort((a, b) => a - b), bytes.length]
      const chunks = at.slice(1).map((end, i) => bytes.subarray(at[i], end))
      assert.deepEqual(readAll(chunks), whole)
    }),
  )
})

test('a line or a reply without end is malformed before it fills the memory', () => {
  const chunk = Buffer.alloc(1024, 'x')
  assert.deepEqual(readAll(Array.from({ length: 8 }, () => chunk)), ['malformed'])
  const line = Buffer.from(`250-${'x'.repeat(996)}\r\n`)
  assert.deepEqual(readAll(Array.from({ length: 99 }, () => line)), ['malformed'])
})

test('it is empty only when nothing was heard beyond the replies taken', () => {
  const reader = new ReplyReader()
  reader.push(Buffer.from('220 go\r\n2'))
  reader.next()
  assert.equal(reader.isEmpty, false)
  reader.push(Buffer.from('50 ok\r\n250-more\r\n'))
  reader.next()
  reader.next()
  assert.equal(reader.isEmpty, false)
  reader.push(Buffer.from('250 end\r\n'))
  reader.next()
  assert.equal(reader.isEmpty, true)
})
