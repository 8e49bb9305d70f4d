import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { readChunk, readCommand, readPath } from './command.ts'
import { readMailFrom, readRecipient } from './mail-command.ts'
import { replies } from './replies.ts'

const line = fc
  .array(
    fc.constantFrom(
      '<',
      '>',
      '"',
      '\\',
      '@',
      ':',
      ' ',
      '=',
      '.',
      'a',
      'FROM:',
      'SIZE',
      '[',
      ']',
      'é',
    ),
    {
      maxLength: 30,
    },
  )
  .map((parts) => parts.join(''))

test('a verb is read in upper case, and its argument without outer blanks', () => {
  assert.deepEqual(readCommand('quit'), { verb: 'QUIT', argument: '' })
  assert.deepEqual(readCommand('Mail  FROM:<a@b.c> '), { verb: 'MAIL', argument: 'FROM:<a@b.c>' })
})

test('no argument makes the readers throw, and what they take stood between brackets', () => {
  fc.assert(
    fc.property(line, (text) => {
      const path = readPath(`FROM:${text}`, 'FROM:')
      if (path) assert.ok(text.includes(`${path.address}>`))
      readMailFrom(text)
      readMailFrom(`FROM:${text}`)
      readRecipient(`TO:${text}`, { isUtf8: true })
      readChunk(text)
    }),
    { numRuns: 3000, seed: 5321 },
  )
})

test('every address that is taken as a recipient is plain enough to be written into a command', () => {
  fc.assert(
    fc.property(line, (text) => {
      const read = readRecipient(`TO:<${text}>`, { isUtf8: true })
      if (typeof read === 'string') return
      assert.match(read.address, /^[^\s<>\r\n]+(?: [^<>\r\n]*)?@[a-z0-9.-]+$|^".*"@[a-z0-9.-]+$/)
    }),
    { numRuns: 3000, seed: 5322 },
  )
})

test('a bracket inside a quoted local part does not close the path', () => {
  assert.equal(readPath('FROM:<"a>b\\">"@example.org>', 'FROM:')?.address, '"a>b\\">"@example.org')
  assert.equal(readPath('FROM:<"a>b@example.org', 'FROM:'), undefined)
})

test('parameters keep their values, and a second one of the same name is refused', () => {
  const path = readPath('TO:<a@example.com> SIZE=10 smtputf8', 'TO:')
  assert.deepEqual(
    [...(path?.parameters ?? [])],
    [
      ['SIZE', '10'],
      ['SMTPUTF8', undefined],
    ],
  )
  assert.equal(readPath('TO:<a@example.com> SIZE=1 size=2', 'TO:'), undefined)
  assert.equal(readPath('TO:<a@example.com> =1', 'TO:'), undefined)
})

test('a recipient’s domain comes in A-labels, and without SMTPUTF8 only ASCII is taken', () => {
  assert.deepEqual(readRecipient('TO:<Ada@BÜCHER.example>', { isUtf8: true }), {
    address: 'Ada@xn--bcher-kva.example',
  })
  assert.equal(readRecipient('TO:<ada@bücher.example>', { isUtf8: false }), replies.utf8Needed)
})

test('a chunk has a size, and LAST in any case', () => {
  assert.deepEqual(readChunk('12'), { sizeBytes: 12, isLast: false })
  assert.deepEqual(readChunk('0 last'), { sizeBytes: 0, isLast: true })
  for (const text of ['', '-1', '1.5', '12345678901', '1 LAST x', 'LAST']) {
    assert.equal(readChunk(text), undefined, text)
  }
})
