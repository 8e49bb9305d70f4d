import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { encodeText, withCrlf } from './transfer-encoding.ts'

function decodeBody({ encoding, body }: ReturnType<typeof encodeText>): string {
  if (encoding === '7bit') return body
  if (encoding === 'base64') return Buffer.from(body, 'base64').toString()
  const latin = body
    .replaceAll('=\r\n', '')
    .replace(/=([0-9A-F]{2})/g, (_match, hex) => String.fromCharCode(Number.parseInt(hex, 16)))
  return Buffer.from(latin, 'latin1').toString()
}

test('every end of line becomes CRLF, and the text ends in one', () => {
  const cases: [string, string][] = [
    ['', '\r\n'],
    ['a', 'a\r\n'],
    ['a\nb', 'a\r\nb\r\n'],
    ['a\rb\r', 'a\r\nb\r\n'],
    ['a\r\nb\n\rc\r\n', 'a\r\nb\r\n\r\nc\r\n'],
  ]
  for (const [text, lines] of cases) assert.equal(withCrlf(text), lines)
})

test('ASCII in lines of at most 990 stays 7bit; longer lines, other letters and NUL do not', () => {
  assert.equal(encodeText('x'.repeat(990)).encoding, '7bit')
  assert.equal(encodeText(`a\n${'x'.repeat(991)}`).encoding, 'quoted-printable')
  assert.equal(encodeText('a\0b').encoding, 'quoted-printable')
  assert.equal(encodeText('mostly plain, with one é').encoding, 'quoted-printable')
  assert.equal(encodeText('只有汉字').encoding, 'base64')
})

test('blanks at the end of a line are quoted, within it not', () => {
  const { body } = encodeText('é a \nb\t\n=')
  assert.equal(body, '=C3=A9 a=20\r\nb=09\r\n=3D\r\n')
})

test('any text reads back, in ASCII lines of at most 76 when encoded', () => {
  const unit = fc.constantFrom(
    'a',
    'b c',
    ' ',
    '\t',
    '\n',
    '\r\n',
    '=',
    '.',
    'é',
    '漢',
    '😀',
    '\0',
    'x'.repeat(80),
  )
  fc.assert(
    fc.property(fc.string({ unit, maxLength: 300 }), (text) => {
      const encoded = encodeText(text)
      assert.equal(decodeBody(encoded), withCrlf(text))
      assert.match(encoded.body, /^[\x00-\x7e]*\r\n$/s)
      const limit = encoded.encoding === '7bit' ? 990 : 76
      for (const line of encoded.body.split('\r\n')) assert.ok(line.length <= limit)
    }),
    { numRuns: 1_000 },
  )
})
