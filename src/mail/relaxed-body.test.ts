import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { relaxBody } from './relaxed-body.ts'

/** RFC 6376 §3.4.4 word by word. */
function relaxSlowly(body: string): string {
  const lines = body
    .split('\r\n')
    .map((line) => line.replace(/[ \t]+$/, '').replace(/[ \t]+/g, ' '))
  const joined = lines.join('\r\n').replace(/(\r\n)+$/, '')
  return joined === '' ? '' : `${joined}\r\n`
}

test('a body becomes what RFC 6376 §3.4.4 says', () => {
  const cases: [string, string][] = [
    ['', ''],
    ['\r\n', ''],
    [' \r\n\t\r\n', ''],
    [' C \r\nD \t E\r\n\r\n\r\n', ' C\r\nD E\r\n'],
    ['a', 'a\r\n'],
    ['a ', 'a\r\n'],
    ['a\r\n\r\n  \r\n', 'a\r\n'],
    ['\r\n ', ''],
  ]
  for (const [body, relaxed] of cases) {
    assert.equal(relaxBody(Buffer.from(body)).toString(), relaxed, JSON.stringify(body))
  }
})

test('any body becomes the same as by the letter of the rule, and then stays so', () => {
  const unit = fc.constantFrom('a', 'bc', ' ', '  ', '\t', '\r\n', '\r\n\r\n', ' \r\n', '.', 'é')
  fc.assert(
    fc.property(fc.string({ unit }), (body) => {
      const relaxed = relaxBody(Buffer.from(body))
      assert.equal(relaxed.toString(), relaxSlowly(body))
      assert.equal(relaxBody(relaxed).toString(), relaxed.toString())
    }),
    { numRuns: 5_000 },
  )
})

test('a body that is canonical already is not copied', () => {
  const body = Buffer.from('one two\r\n\r\nthree\r\n')
  assert.equal(relaxBody(body), body)
})
