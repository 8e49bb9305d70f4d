import assert from 'node:assert/strict'
import { test } from 'node:test'
import { guessContentType, readContentType } from './content-type.ts'

test('a media type is read with its parameters, in lower case without them', () => {
  const cases: [string, string, string[]][] = [
    ['image/png', 'image/png', []],
    ['Text/CSV; Charset=UTF-8', 'text/csv', ['Charset=UTF-8']],
    [
      'text/calendar;method=REQUEST ; name="a; \\"b\\""',
      'text/calendar',
      ['method=REQUEST', 'name="a; \\"b\\""'],
    ],
    ['application/vnd.oasis.opendocument.text', 'application/vnd.oasis.opendocument.text', []],
    ['message/rfc822', 'message/rfc822', []],
  ]
  for (const [text, type, parameters] of cases) {
    assert.deepEqual(readContentType(text), { type, parameters }, text)
  }
})

test('what could end its header or is no single type is refused', () => {
  const refused = [
    '',
    'png',
    'image/',
    '/png',
    'image/png/x',
    ' image/png',
    'image /png',
    'image/png;',
    'image/png; charset',
    'image/png; charset=',
    'image/png; name="x',
    'image/png; name="é"',
    'image/png\r\nBcc: x@example.com',
    'image/png; a=b\r\n c=d',
    'image/png\0',
    'multipart/mixed; boundary=x',
    'MULTIPART/alternative',
    `image/${'x'.repeat(128)}`,
    `image/png; name=${'x'.repeat(250)}`,
  ]
  for (const text of refused) assert.equal(readContentType(text), undefined, JSON.stringify(text))
})

test('the type of a file is told by its ending, and is unknown without a known one', () => {
  assert.equal(guessContentType('Invoice 1.PDF'), 'application/pdf')
  assert.equal(guessContentType('archive.tar.gz'), 'application/gzip')
  for (const name of ['README', 'x.unknown', '.', '', 'x.constructor']) {
    assert.equal(guessContentType(name), 'application/octet-stream', name)
  }
})

test('every type that is guessed is one that may be written', () => {
  for (const ending of ['pdf', 'docx', 'svg', 'ics', 'txt', 'epub', 'ico', 'bin']) {
    assert.ok(readContentType(guessContentType(`a.${ending}`)), ending)
  }
})
