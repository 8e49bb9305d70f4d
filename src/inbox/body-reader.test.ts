import assert from 'node:assert/strict'
import { test } from 'node:test'
import { BodyReader } from './body-reader.ts'

const afterwards = 'MAIL FROM:<next@example.com>\r\n'

/** Feeds the pieces; answers the source and what was left over once the body was whole. */
function read(pieces: string[]): { source: string; rest: string } | null {
  const reader = new BodyReader()
  for (const [i, piece] of pieces.entries()) {
    const bytes = Buffer.from(piece)
    const consumed = reader.push(bytes)
    if (consumed < 0) continue
    const rest = bytes.toString('utf8', consumed) + pieces.slice(i + 1).join('')
    return { source: reader.source().toString(), rest }
  }
  return null
}

test('the end is found wherever the stream is cut', () => {
  const wire = `Subject: a\r\n\r\n.. two dots\r\n..\r\nlast\r\n.\r\n${afterwards}`
  const source = 'Subject: a\r\n\r\n. two dots\r\n.\r\nlast\r\n'
  for (let first = 0; first <= wire.length; first++) {
    for (let second = first; second <= wire.length; second++) {
      const pieces = [wire.slice(0, first), wire.slice(first, second), wire.slice(second)]
      assert.deepEqual(read(pieces), { source, rest: afterwards }, `cut at ${first} and ${second}`)
    }
  }
})

test('the end is found when every byte comes alone', () => {
  const wire = `a\r\n..b\r\n.\r\n`
  assert.deepEqual(read([...wire]), { source: 'a\r\n.b\r\n', rest: '' })
})

test('a body may be empty', () => {
  assert.deepEqual(read([`.\r\n${afterwards}`]), { source: '', rest: afterwards })
  assert.deepEqual(read(['.', '\r', `\n${afterwards}`]), { source: '', rest: afterwards })
})

test('the first line is unstuffed too', () => {
  assert.deepEqual(read(['..first\r\n.\r\n']), { source: '.first\r\n', rest: '' })
})

test('a dot line ended by bare line feeds does not end the body', () => {
  assert.equal(read(['a\n.\n', 'b\r\n.\n', 'c\n.\r\n']), null)
})

test('many small pieces are joined in order', () => {
  const line = '0123456789abcdef\r\n'
  const wire = `${line.repeat(400)}.\r\n`
  assert.equal(read([...wire])?.source, line.repeat(400))
})

test('a discarded body is still read to its end and counted', () => {
  const reader = new BodyReader()
  assert.equal(reader.push(Buffer.from('first\r\n')), -1)
  reader.discard()
  assert.equal(reader.push(Buffer.from('second\r\n.\r\nQUIT')), 11)
  assert.equal(reader.sizeBytes, 18)
})
