import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import PostalMime from 'postal-mime'
import { renderHeaders } from './headers.ts'
import { composeMessage } from './mime.ts'
import { readableParts } from './readable-parts.ts'

const read = (lines: string[]) => readableParts(Buffer.from(lines.join('\r\n'), 'latin1'))

test('a text without any MIME is plain text', () => {
  assert.deepEqual(read(['From: a@b.test', '', 'Hello', 'you', '']), {
    html: null,
    text: 'Hello\nyou\n',
  })
})

test('what we compose reads back as it was given, as another reader says too', async () => {
  const line = fc
    .string({ unit: 'grapheme', maxLength: 60 })
    .map((text) => text.replace(/[\r\n\0]/g, '.'))
  await fc.assert(
    fc.asyncProperty(
      fc.array(line, { minLength: 1, maxLength: 5 }),
      fc.boolean(),
      async (lines, both) => {
        const text = `${lines.join('\n').toWellFormed()}x\n`
        const { headers, body } = composeMessage({
          messageId: '<1@example.com>',
          date: new Date(0),
          from: ['a@example.com'],
          to: [],
          cc: [],
          replyTo: [],
          subject: 'x',
          headers: {},
          html: text,
          text: both ? text : null,
          attachments: [
            {
              filename: 'a.txt',
              contentType: 'text/plain',
              contentId: null,
              disposition: 'attachment',
              bytes: Buffer.from('not this'),
            },
          ],
        })
        const source = Buffer.concat([Buffer.from(`${renderHeaders(headers)}\r\n`), body])
        const other = await PostalMime.parse(source)
        const ours = readableParts(source)
        assert.equal(ours.html?.trimEnd(), text.trimEnd())
        assert.equal(ours.html?.trimEnd(), other.html?.replaceAll('\r\n', '\n').trimEnd())
        assert.equal(ours.text?.trimEnd() ?? null, both ? text.trimEnd() : null)
      },
    ),
    { numRuns: 50 },
  )
})

test('nested parts are found, attachments and what follows the first text are not taken for it', () => {
  const parts = read([
    'Content-Type: multipart/mixed;',
    ' boundary="a b"',
    '',
    'preamble',
    '--a b',
    'Content-Type: text/plain',
    'Content-Disposition: attachment; filename=x',
    '',
    'a file',
    '--a b ',
    'content-type: MULTIPART/alternative; boundary=a',
    '',
    '--a',
    '',
    'plain',
    '--a',
    'Content-Type: text/html; charset=iso-8859-1',
    'Content-Transfer-Encoding: Quoted-Printable',
    '',
    '<p class=3D"a">=E9=',
    'A =zz =3=3d=</p>',
    '--a--',
    '--a b',
    '',
    'second',
    '--a b--',
    'epilogue',
  ])
  assert.deepEqual(parts, { text: 'plain', html: '<p class="a">éA =zz =3==</p>' })
})

test('charsets are decoded, and one that nobody knows does no harm', () => {
  const of = (charset: string, text: string) =>
    read([`Content-Type: text/plain; charset="${charset}"`, '', text]).text
  assert.equal(of('iso-8859-15', '\xa4'), '€')
  assert.equal(of('x-unknown', 'plain'), 'plain')
})

test('a message that ends in the middle of its parts shows what is there', () => {
  assert.deepEqual(read(['Content-Type: multipart/mixed; boundary=x', '', '--x', '', 'half']), {
    html: null,
    text: 'half',
  })
})

for (const [title, message] of [
  [
    'parts without end',
    `Content-Type: multipart/mixed; boundary=x\r\n\r\n${'--x\r\n\r\n\r\n'.repeat(4_000_000)}`,
  ],
  ['nothing but empty lines', `Content-Type: text/html\r\n\r\n${'\r\n'.repeat(20_000_000)}`],
  [
    'nothing but equals signs',
    `Content-Transfer-Encoding: quoted-printable\r\n\r\n${'='.repeat(9_000_000)}`,
  ],
  [
    'delimiters that are none',
    `Content-Type: multipart/mixed; boundary=x\r\n\r\n${'--xy\r\n'.repeat(6_000_000)}`,
  ],
  [
    'parts within parts',
    Array.from(
      { length: 2_000 },
      (_, n) => `Content-Type: multipart/mixed; boundary=b${n}\r\n\r\n--b${n}\r\n`,
    ).join(''),
  ],
] as const) {
  test(`a message made to cost much costs little: ${title}`, () => {
    const bytes = Buffer.from(message, 'latin1')
    const start = performance.now()
    readableParts(bytes)
    assert.ok(performance.now() - start < 3_000, `${performance.now() - start} ms`)
  })
}
