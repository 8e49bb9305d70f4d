import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import PostalMime from 'postal-mime'
import { decodeWords } from './encoded-word.ts'
import {
  encodeHeader,
  foldHeader,
  HeaderInjection,
  isHeaderName,
  relaxHeader,
  renderHeaders,
} from './headers.ts'
import { fieldValue, readRawMessage } from './raw-message.ts'

function unfold(value: string): string {
  return value.replaceAll('\r\n', '')
}

test('a value with CR, LF or NUL is refused, and so is a name that is none', () => {
  for (const value of ['a\r\nBcc: x', 'a\nb', 'a\rb', 'a\0b', 'é\n']) {
    assert.throws(() => encodeHeader('Subject', value), HeaderInjection)
    assert.throws(() => foldHeader('To', value), HeaderInjection)
  }
  for (const name of ['', 'a b', 'a:b', 'a\n', 'é', 'x'.repeat(77)]) {
    assert.equal(isHeaderName(name), false, name)
    assert.throws(() => encodeHeader(name, 'x'), HeaderInjection)
  }
  assert.equal(isHeaderName('X-Order_1!'), true)
})

test('short ASCII stays as it is, and only the words beyond ASCII are encoded', () => {
  assert.equal(encodeHeader('Subject', 'Hello there'), 'Hello there')
  assert.equal(encodeHeader('Subject', ''), '')
  assert.equal(
    encodeHeader('Subject', 'Your café order is here'),
    'Your =?utf-8?B?Y2Fmw6k=?= order is here',
  )
  assert.equal(
    decodeWords(encodeHeader('Subject', 'literal =?utf-8?q?x?=')),
    'literal =?utf-8?q?x?=',
  )
})

test('any value without line breaks keeps its text in lines of at most 78 characters', () => {
  const values = fc.array(fc.string({ unit: 'grapheme', minLength: 1, maxLength: 30 }))
  fc.assert(
    fc.property(values, (words) => {
      const value = words
        .map((word) => word.replace(/\s/g, ''))
        .filter(Boolean)
        .join(' ')
      const encoded = encodeHeader('Subject', value)
      assert.equal(decodeWords(unfold(encoded)), value)
      for (const line of `Subject: ${encoded}`.split('\r\n')) {
        assert.ok(line.length <= 78, line)
        assert.match(line, /^[\x20-\x7e]*$/)
        assert.notEqual(line.trim(), '')
      }
    }),
  )
})

test('any value keeps its text but for outer blanks, and a reader that is not ours sees the same', async () => {
  const unit = fc.constantFrom(
    'a',
    'b c',
    ' ',
    '  ',
    '\t',
    '=?',
    '?=',
    '=?utf-8?q?x?=',
    'é',
    '漢',
    '😀',
    '_',
    ',',
  )
  const long = fc.constantFrom('x'.repeat(70), 'é'.repeat(50), ' '.repeat(90))
  const values = fc.array(fc.oneof({ arbitrary: unit, weight: 9 }, long), { maxLength: 30 })
  await fc.assert(
    fc.asyncProperty(values, async (pieces) => {
      const value = pieces.join('')
      const encoded = encodeHeader('Subject', value)
      const trimmed = value.replace(/^[ \t]+|[ \t]+$/g, '')
      assert.equal(decodeWords(unfold(encoded)), trimmed)
      for (const line of `Subject: ${encoded}`.split('\r\n')) {
        assert.match(line, /^[\x20-\x7e\t]{1,998}$/)
        assert.match(line, /[^ \t]/)
      }
      const read = await PostalMime.parse(`From: a@example.com\r\nSubject: ${encoded}\r\n\r\n`)
      const blanks = (text: string) => text.replace(/[ \t]+/g, ' ').trim()
      assert.equal(blanks(read.subject ?? ''), blanks(trimmed))
    }),
    { numRuns: 500 },
  )
})

test('no line grows beyond 998 characters, even for one endless word', () => {
  for (const value of ['x'.repeat(5_000), `é ${'x'.repeat(5_000)}`]) {
    const encoded = encodeHeader('X-Long', value)
    for (const line of `X-Long: ${encoded}`.split('\r\n')) assert.ok(line.length <= 998)
    assert.equal(decodeWords(unfold(encoded)), value)
  }
})

test('relaxing lowers the name, unfolds, and collapses blanks (RFC 6376 §3.4.5)', () => {
  assert.equal(relaxHeader('A', ' X'), 'a:X')
  assert.equal(relaxHeader('B ', ' Y\t\r\n\tZ  '), 'b:Y Z')
  assert.equal(relaxHeader('Subject', 'a\u00a0 b'), 'subject:a\u00a0 b')
})

test('headers that were written read back the same', () => {
  const name = fc.stringMatching(/^X-[A-Za-z-]{1,20}$/)
  const value = fc.string({ unit: fc.constantFrom(...'ab é.') })
  fc.assert(
    fc.property(fc.array(fc.tuple(name, value)), (pairs) => {
      const headers = pairs.map(([n, v]): [string, string] => [n, encodeHeader(n, v)])
      const written = renderHeaders([['From', 'a@example.com'], ...headers])
      const { fields } = readRawMessage(Buffer.from(`${written}\r\n`))
      assert.deepEqual(
        fields.slice(1).map((field) => [field.name, decodeWords(fieldValue(field))]),
        pairs.map(([n, v]) => [n, v.replace(/^ +| +$/g, '')]),
      )
    }),
  )
})

test('long runs of blanks take no more than linear time', () => {
  const value = `a${' '.repeat(200_000)}b`
  assert.equal(relaxHeader('X', value), 'x:a b')
  assert.equal(unfold(foldHeader('X', value)), value)
})
