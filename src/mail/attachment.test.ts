import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { type Attachment, attachmentEntity, explainFilename, isContentId } from './attachment.ts'
import { bodyOf } from './entity.ts'
import { HeaderInjection, renderHeaders } from './headers.ts'

const plain: Attachment = {
  filename: 'report.pdf',
  contentType: 'application/pdf',
  contentId: null,
  disposition: 'attachment',
  bytes: Buffer.from('%PDF'),
}

function headOf(changes: Partial<Attachment>): string {
  return renderHeaders(attachmentEntity({ ...plain, ...changes }).headers)
}

test('an attachment has its type, its name and its bytes in base64', () => {
  assert.equal(
    headOf({}),
    'Content-Type: application/pdf\r\nContent-Transfer-Encoding: base64\r\nContent-Disposition: attachment;\r\n filename="report.pdf"\r\n',
  )
  assert.equal(bodyOf(attachmentEntity(plain)).toString(), 'JVBERg==\r\n')
  assert.match(
    headOf({ disposition: 'inline', contentId: 'logo@x', contentType: 'Image/PNG; a=b' }),
    /^Content-Type: image\/png;\r\n a=b\r\n.*Disposition: inline;.*Content-ID: <logo@x>\r\n$/s,
  )
})

test('a name beyond ASCII is written twice, once for readers that only know ASCII', () => {
  const cases: [string, RegExp][] = [
    ['Übersicht.pdf', /filename="Ubersicht\.pdf";\r\n filename\*=utf-8''%C3%9Cbersicht\.pdf\r\n/],
    ['漢字.txt', /filename="__\.txt";\r\n filename\*=utf-8''%E6%BC%A2%E5%AD%97\.txt\r\n/],
    ['a "b" (c).txt', /filename="a \\"b\\" \(c\)\.txt"\r\n/],
    ["é'*().txt", /filename\*=utf-8''%C3%A9%27%2A%28%29\.txt\r\n/],
    ['=?utf-8?q?x?=.txt', /filename="=_utf-8\?q\?x\?=\.txt";\r\n filename\*=utf-8''%3D%3Futf-8/],
    ['\u2100.txt', /filename="a_c\.txt";/],
  ]
  for (const [filename, form] of cases) assert.match(headOf({ filename }), form, filename)
})

test('a name that is a path, a trick or too long is refused with the rule and the fix', () => {
  const cases: [string, RegExp][] = [
    ['', /empty/],
    ['.', /dots/],
    ['..', /dots/],
    ['a/b.txt', /slash/],
    ['..\\b.txt', /backslash/],
    ['a\r\nBcc: x', /control/],
    ['a\0b', /control/],
    ['a\u202egpj.exe', /direction/],
    ['a\ud800', /half a character/],
    ['x'.repeat(256), /255 bytes/],
    ['é'.repeat(128), /255 bytes/],
  ]
  for (const [filename, sentence] of cases) {
    assert.match(explainFilename(filename), sentence)
    assert.match(explainFilename(filename), /^The file name [^;]*; .*\.$/)
    assert.throws(() => headOf({ filename }), HeaderInjection)
  }
  assert.equal(explainFilename('é'.repeat(127)), '')
})

test('a content id is what may stand between angle brackets, and nothing more', () => {
  for (const id of ['logo', 'logo@example.com', 'a.b_c-d/e+f=', 'x'.repeat(128)]) {
    assert.equal(isContentId(id), true, id)
  }
  for (const id of ['', '<logo>', 'a b', 'a"b', 'é', 'a\r\nb', 'a(b)', 'x'.repeat(129)]) {
    assert.equal(isContentId(id), false, id)
    assert.throws(() => headOf({ contentId: id }), HeaderInjection)
  }
})

test('a type that would break its header is refused, and a message goes as a plain file', () => {
  for (const contentType of ['', 'x', 'a/b\r\nBcc: c', 'multipart/mixed']) {
    assert.throws(() => headOf({ contentType }), HeaderInjection)
  }
  assert.match(
    headOf({ contentType: 'message/rfc822' }),
    /^Content-Type: application\/octet-stream\r/,
  )
})

test('whatever the name, the header is ASCII in lines of at most 998 and none that opens a new field', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', minLength: 1, maxLength: 80 }), (filename) => {
      if (explainFilename(filename) !== '') {
        assert.throws(() => headOf({ filename }), HeaderInjection)
        return
      }
      const head = headOf({ filename })
      assert.match(head, /^[\x20-\x7e\r\n]*$/)
      assert.equal(head.replaceAll('\r\n ', ' ').split('\r\n').length, 4)
      for (const line of head.split('\r\n')) assert.ok(line.length <= 998)
    }),
    { numRuns: 1_000 },
  )
})

test('any bytes are whole lines of 76 in base64 and read back', () => {
  const sizes = fc.oneof(
    fc.uint8Array({ maxLength: 400 }),
    fc.integer({ min: -3, max: 3 }).map((n) => Buffer.alloc(57 * 1024 + n, 'attachment')),
  )
  fc.assert(
    fc.property(sizes, (given) => {
      const bytes = Buffer.from(given)
      const body = bodyOf(attachmentEntity({ ...plain, bytes })).toString('latin1')
      assert.deepEqual(Buffer.from(body, 'base64'), bytes)
      const lines = body.split('\r\n')
      assert.equal(lines.pop(), '')
      for (const line of lines.slice(0, -1)) assert.equal(line.length, 76)
      assert.ok((lines.at(-1) ?? '').length <= 76)
    }),
  )
})
