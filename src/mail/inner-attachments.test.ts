import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import PostalMime from 'postal-mime'
import { explainFilename } from './attachment.ts'
import { renderHeaders } from './headers.ts'
import { innerAttachments } from './inner-attachments.ts'
import { composeMessage } from './mime.ts'

/** A message of these parts; each its header lines, an empty line, and its body. */
function mixed(...parts: string[][]): Buffer {
  const lines = ['From: a@b.test', 'Content-Type: multipart/mixed; boundary=b', '']
  for (const part of parts) lines.push('--b', ...part)
  return Buffer.from([...lines, '--b--', ''].join('\r\n'), 'latin1')
}

const hello = ['Content-Type: text/plain', '', 'Hello']

/** What one part is told as, beside a text. */
function told(headers: string[], body = 'x') {
  const [one, ...more] = innerAttachments(mixed(hello, [...headers, '', body]))
  assert.ok(one && more.length === 0)
  const { bytes, ...description } = one
  return { ...description, content: bytes().toString('latin1') }
}

test('every part but the texts that are shown is an attachment, in the order of the message', () => {
  const message = mixed(
    [
      'Content-Type: multipart/alternative; boundary=c',
      '',
      '--c',
      ...hello,
      '--c',
      'Content-Type: text/html',
      '',
      '<p>Hello</p>',
      '--c',
      'Content-Type: text/calendar; method=REQUEST; charset=utf-8',
      '',
      'BEGIN:VCALENDAR',
      '--c--',
    ],
    ['Content-Type: image/png; name=dot.png', 'Content-ID: <dot@a>', '', 'x'],
    ['Content-Type: message/rfc822', '', 'Subject: inner', '', 'text'],
    hello,
    ['Content-Type: text/html', 'Content-Disposition: attachment; filename=a.html', '', 'x'],
  )
  assert.deepEqual(
    innerAttachments(message).map(({ bytes, ...one }) => [...Object.values(one), bytes().length]),
    [
      [
        '1.3',
        'part-1.3.ics',
        'text/calendar; method=REQUEST; charset=utf-8',
        null,
        'attachment',
        15,
      ],
      ['2', 'dot.png', 'image/png', 'dot@a', 'inline', 1],
      ['3', 'part-3.eml', 'message/rfc822', null, 'attachment', 22],
      ['4', 'part-4.txt', 'text/plain', null, 'attachment', 5],
      ['5', 'a.html', 'text/html', null, 'attachment', 1],
    ],
  )
})

test('a message that is a file and nothing else has one attachment', () => {
  const lines = ['From: a@b.test', 'Content-Type: application/pdf', '', '%PDF', '']
  const [one] = innerAttachments(Buffer.from(lines.join('\r\n')))
  assert.deepEqual(
    [one?.section, one?.filename, one?.bytes().toString()],
    ['1', 'part-1.pdf', '%PDF\r\n'],
  )
})

test('a plain text has none', () => {
  assert.deepEqual(innerAttachments(Buffer.from('From: a@b.test\r\n\r\nHello\r\n')), [])
})

const names: [title: string, headers: string[], filename: string][] = [
  ['a token', ['Content-Disposition: attachment; filename=a.pdf'], 'a.pdf'],
  [
    'a quoted string',
    ['Content-Disposition: attachment; filename="a \\"b\\"; c.pdf"'],
    'a "b"; c.pdf',
  ],
  [
    'blanks without quotes',
    ['Content-Disposition: attachment; filename=a b.pdf; size=3'],
    'a b.pdf',
  ],
  [
    'percents and a character set',
    ["Content-Disposition: attachment; filename=u.pdf; filename*=utf-8'de'%C3%9Cber.pdf"],
    'Über.pdf',
  ],
  [
    'pieces out of order, one of them encoded',
    [
      'Content-Disposition: attachment;',
      " filename*1=sicht; filename*0*=iso-8859-1''%DCber;",
      ' filename*2*=%2Epdf',
    ],
    'Übersicht.pdf',
  ],
  [
    'encoded-words',
    ['Content-Disposition: attachment; filename="=?utf-8?Q?=C3=9Cber.pdf?="'],
    'Über.pdf',
  ],
  [
    'UTF-8 as it is',
    [`Content-Disposition: attachment; filename="${latin('Über.pdf')}"`],
    'Über.pdf',
  ],
  [
    'the name of the type',
    ['Content-Type: application/pdf; name="=?iso-8859-1?Q?=DCber?="'],
    'Über',
  ],
  ['a path', ['Content-Disposition: attachment; filename="C:\\\\mail\\\\..\\\\a.pdf"'], 'a.pdf'],
  [
    'a direction mark',
    [`Content-Disposition: attachment; filename="${latin('a\u202egpj.exe')}"`],
    'a_gpj.exe',
  ],
  [
    'nothing',
    ['Content-Type: application/zip', 'Content-Disposition: attachment; filename=""'],
    'part-2.zip',
  ],
  ['dots', ['Content-Disposition: attachment; filename=".."'], 'part-2.txt'],
]
for (const [title, headers, filename] of names) {
  test(`the name of a file is read from ${title}`, () => {
    assert.equal(told(headers).filename, filename)
  })
}

function latin(text: string): string {
  return Buffer.from(text).toString('latin1')
}

test('a name that is too long keeps its ending', () => {
  const { filename } = told([`Content-Disposition: attachment; filename="${'ü'.repeat(300)}.docx"`])
  assert.equal(explainFilename(filename), '')
  assert.match(filename, /^ü{125}\.docx$/)
})

test('type, id and disposition are as the part says, or left out where it says nonsense', () => {
  const { contentType, contentId, disposition } = told([
    'Content-Type: Application/PDF; name=a.pdf; x="é"',
    'Content-ID: <not an id>',
    'Content-Disposition: x-unknown; filename=a.pdf',
  ])
  assert.deepEqual([contentType, contentId, disposition], ['application/pdf', null, 'attachment'])
  assert.equal(told(['Content-Type: what is this']).contentType, 'application/octet-stream')
  assert.equal(
    told(['Content-Type: image/gif', 'Content-Disposition: INLINE']).disposition,
    'inline',
  )
})

test('the bytes are those that were meant', () => {
  const encodings: [encoding: string, body: string, content: string][] = [
    ['base64', 'SGVs\r\nbG8=', 'Hello'],
    ['Quoted-Printable', 'H=65l=\r\nlo=3D', 'Hello='],
    ['8bit', '\xe9', '\xe9'],
  ]
  for (const [encoding, body, content] of encodings) {
    const headers = ['Content-Type: image/png', `Content-Transfer-Encoding: ${encoding}`]
    assert.equal(told(headers, body).content, content)
  }
})

test('what we compose reads back as it was given, as another reader says too', async () => {
  const name = fc
    .string({ unit: 'grapheme', minLength: 1, maxLength: 40 })
    .filter((text) => explainFilename(text) === '' && text === text.trim())
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.tuple(name, fc.uint8Array({ maxLength: 200 })), { maxLength: 4 }),
      async (files) => {
        const { headers, body } = composeMessage({
          messageId: '<1@example.com>',
          date: new Date(0),
          from: ['a@example.com'],
          to: [],
          cc: [],
          replyTo: [],
          subject: 'x',
          headers: {},
          html: '<p>x</p>',
          text: 'x',
          attachments: files.map(([filename, bytes], index) => ({
            filename,
            contentType: 'application/x-test',
            contentId: index % 2 === 0 ? null : `id${index}`,
            disposition: index % 2 === 0 ? ('attachment' as const) : ('inline' as const),
            bytes: Buffer.from(bytes),
          })),
        })
        const source = Buffer.concat([Buffer.from(`${renderHeaders(headers)}\r\n`), body])
        const ours = innerAttachments(source)
        const byName = (a: string[], b: string[]) => (a.join() < b.join() ? -1 : 1)
        const told = ours.map((one) => [one.filename, one.bytes().toString('hex')]).sort(byName)
        const given = files.map(([filename, bytes]) => [
          filename,
          Buffer.from(bytes).toString('hex'),
        ])
        assert.deepEqual(told, given.sort(byName))
        const { attachments } = await PostalMime.parse(source)
        const ids = (list: (string | null)[]) =>
          list.map((id) => id?.replace(/[<>]/g, '') ?? '').sort()
        assert.deepEqual(
          ids(ours.map(({ contentId }) => contentId)),
          ids(attachments.map(({ contentId }) => contentId ?? null)),
        )
      },
    ),
    { numRuns: 50 },
  )
})

const costly: Record<string, string> = {
  'a quoted name without end': `Content-Disposition: attachment; filename="${'\\"'.repeat(60_000)}`,
  'parameters that are none': `Content-Disposition: attachment;${' a'.repeat(60_000)}`,
  'pieces of a name': `Content-Disposition: attachment;${' filename*1*=%'.repeat(9_000)}`,
  'quotes without end': `Content-Type: x/y${'; a="'.repeat(24_000)}`,
  'fields without number': `${'X: a\r\n'.repeat(20_000)}X: b`,
}
for (const [title, header] of Object.entries(costly)) {
  test(`a message made to cost much costs little: ${title}`, () => {
    const message = mixed(hello, ...Array.from({ length: 300 }, () => [header, '', 'x']))
    const start = performance.now()
    // Only so many bytes of headers are looked at.
    assert.ok(innerAttachments(message).length < 50)
    assert.ok(performance.now() - start < 3_000, `${performance.now() - start} ms`)
  })
}
