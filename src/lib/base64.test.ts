import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { decodeBase64, decodeBase64Url } from './base64.ts'

test('whatever was encoded is decoded to the same bytes', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (array) => {
      const bytes = Buffer.from(array)
      assert.deepEqual(decodeBase64(bytes.toString('base64')), bytes)
    }),
  )
})

test('a change of one character is decoded to other bytes or refused, never ignored', () => {
  fc.assert(
    fc.property(
      fc.uint8Array({ minLength: 1, maxLength: 50 }),
      fc.nat(),
      fc.constantFrom(...' \n\r\0=-_.,*#é€'.split(''), 'A'),
      (array, position, char) => {
        const text = Buffer.from(array).toString('base64')
        const at = position % text.length
        const changed = text.slice(0, at) + char + text.slice(at + 1)
        const decoded = decodeBase64(changed)
        if (decoded) assert.equal(decoded.toString('base64'), changed)
      },
    ),
  )
})

for (const text of [
  'YQ',
  'YQ=',
  'Y===',
  'YR==',
  'YWI',
  'YWJ=',
  'YQ==\n',
  'YQ==YQ==',
  '=AAA',
  'a-_b',
  '____',
]) {
  test(`text that is not whole base64 is refused: ${JSON.stringify(text)}`, () => {
    assert.equal(decodeBase64(text), undefined)
  })
}

test('40 MB are decoded within a second', () => {
  const text = Buffer.alloc(30_000_000, 7).toString('base64')
  const start = performance.now()
  assert.equal(decodeBase64(text)?.length, 30_000_000)
  assert.equal(decodeBase64(`${text.slice(0, -5)} ${text.slice(-4)}`), undefined)
  assert.ok(performance.now() - start < 1_000)
})

test('base64url is decoded to the bytes it was made of, and nothing else is', () => {
  const anything = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.string({ unit: fc.constantFrom(...'AQgw019zZ-_+/= \n') }),
  )
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), anything, (array, text) => {
      const bytes = Buffer.from(array)
      assert.deepEqual(decodeBase64Url(bytes.toString('base64url')), bytes)
      const decoded = decodeBase64Url(text)
      assert.ok(decoded === undefined || decoded.toString('base64url') === text)
    }),
  )
})

for (const text of ['YQ==', 'YR', 'Y', 'a+/b', 'YQ\n', ' YQ', 'YQ YQ', 'YQ\0']) {
  test(`text that is not whole base64url is refused: ${JSON.stringify(text)}`, () => {
    assert.equal(decodeBase64Url(text), undefined)
  })
}
