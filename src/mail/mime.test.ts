import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import PostalMime from 'postal-mime'
import { type Attachment, explainFilename } from './attachment.ts'
import { HeaderInjection, renderHeaders } from './headers.ts'
import {
  type ComposedMessage,
  composeMessage,
  dotStuff,
  forbiddenHeaders,
  isForbiddenHeader,
  type MessageParts,
} from './mime.ts'

const parts: MessageParts = {
  messageId: '<0190-abc@mail.example.com>',
  date: new Date('2026-01-02T03:04:05Z'),
  from: ['Acme <news@example.com>'],
  to: ['bob@example.net', '"Doe, J" <j@example.org>'],
  cc: [],
  replyTo: [],
  subject: 'Hello',
  headers: {},
  html: null,
  text: 'Hello\n',
}

function bytesOf({ headers, body }: ComposedMessage): Buffer {
  return Buffer.concat([Buffer.from(`${renderHeaders(headers)}\r\n`), body])
}

test('a text alone is one part in 7bit', () => {
  const lines = bytesOf(composeMessage(parts)).toString().split('\r\n')
  assert.deepEqual(lines, [
    'From: Acme <news@example.com>',
    'To: bob@example.net, "Doe, J" <j@example.org>',
    'Subject: Hello',
    'Message-ID: <0190-abc@mail.example.com>',
    'Date: Fri, 02 Jan 2026 03:04:05 +0000',
    'MIME-Version: 1.0',
    'Content-Type: text/plain; charset=utf-8',
    'Content-Transfer-Encoding: 7bit',
    '',
    'Hello',
    '',
  ])
})

test('text and HTML are alternatives, the plain one first, and read back as they were', async () => {
  const given = { ...parts, text: 'Grüße\n.\n', html: '<p>Grüße \n</p>', subject: '日本 für alle' }
  const message = composeMessage({ ...given, cc: ['c@example.com'], replyTo: ['r@example.com'] })
  const read = await PostalMime.parse(bytesOf(message))
  assert.equal(read.subject, given.subject)
  assert.equal(read.text?.replaceAll('\r\n', '\n'), 'Grüße\n.\n')
  assert.equal(read.html?.replaceAll('\r\n', '\n'), '<p>Grüße \n</p>\n')
  assert.deepEqual(
    read.to?.map(({ address }) => address),
    ['bob@example.net', 'j@example.org'],
  )
  assert.equal(read.cc?.[0]?.address, 'c@example.com')
  assert.equal(read.replyTo?.[0]?.address, 'r@example.com')
  const body = message.body.toString()
  assert.ok(body.indexOf('text/plain') < body.indexOf('text/html'))
})

/** The bytes that messages had before there were attachments: signatures of what is under way hang on them. */
test('alternatives without attachments are written as they have always been', () => {
  const given = { ...parts, to: ['bob@example.net'], html: '<p>Grüße</p>', text: '漢字\n' }
  const boundary = '=_ElBCkILfZBUOSfotBcZEGOoA'
  const expected = [
    'From: Acme <news@example.com>',
    'To: bob@example.net',
    'Subject: Hello',
    'Message-ID: <0190-abc@mail.example.com>',
    'Date: Fri, 02 Jan 2026 03:04:05 +0000',
    'MIME-Version: 1.0',
    `Content-Type: multipart/alternative;\r\n boundary="${boundary}"`,
    '',
    `--${boundary}`,
    'Content-Type: text/plain; charset=utf-8',
    'Content-Transfer-Encoding: base64',
    '',
    '5ryi5a2XDQo=',
    `--${boundary}`,
    'Content-Type: text/html; charset=utf-8',
    'Content-Transfer-Encoding: quoted-printable',
    '',
    '<p>Gr=C3=BC=C3=9Fe</p>',
    `--${boundary}--`,
    '',
  ]
  assert.equal(bytesOf(composeMessage(given)).toString('latin1'), expected.join('\r\n'))
  assert.deepEqual(composeMessage({ ...given, attachments: [] }), composeMessage(given))
})

const report: Attachment = {
  filename: 'report.pdf',
  contentType: 'application/pdf',
  contentId: null,
  disposition: 'attachment',
  bytes: Buffer.from('%PDF-1.7'),
}
const logo: Attachment = {
  filename: 'logo.png',
  contentType: 'image/png',
  contentId: 'logo',
  disposition: 'inline',
  bytes: Buffer.from([0x89, 0x50, 0x4e, 0x47, 0, 255]),
}

/** The types of a message in the order of its bytes. */
function typesOf(message: ComposedMessage): string[] {
  const text = bytesOf(message).toString('latin1')
  return Array.from(text.matchAll(/^Content-Type: ([a-z/]+)/gm), ([, type]) => String(type))
}

test('what HTML shows is related to it, and everything else is mixed with both', () => {
  const html = '<img src="cid:logo">'
  const cases: [Partial<MessageParts>, string][] = [
    [{ attachments: [report] }, 'multipart/mixed text/plain application/pdf'],
    [{ text: null, html, attachments: [logo] }, 'multipart/related text/html image/png'],
    [
      { html, attachments: [report, logo] },
      'multipart/mixed multipart/related multipart/alternative text/plain text/html image/png application/pdf',
    ],
    // Without HTML nothing shows it, and without an id nothing can.
    [{ attachments: [logo] }, 'multipart/mixed text/plain image/png'],
    [
      { text: null, html, attachments: [{ ...logo, contentId: null }] },
      'multipart/mixed text/html image/png',
    ],
  ]
  for (const [changes, types] of cases) {
    const message = composeMessage({ ...parts, ...changes })
    assert.equal(typesOf(message).join(' '), types)
    assert.deepEqual(composeMessage({ ...parts, ...changes }), message)
  }
  const related = renderHeaders(composeMessage({ ...parts, html, attachments: [logo] }).headers)
  assert.match(related, /related;\r\n type="multipart\/alternative";\r\n boundary=/)
})

test('boundaries of a message within a message are all different', () => {
  const given = { ...parts, html: '<p>x</p>', attachments: [report, logo] }
  const text = bytesOf(composeMessage(given)).toString('latin1')
  const boundaries = Array.from(text.matchAll(/boundary="(.+)"/g), ([, boundary]) => boundary)
  assert.equal(new Set(boundaries).size, 3)
  const [outer] = boundaries
  const taken = bytesOf(composeMessage({ ...given, text: `\r\n--${outer}\r\n` })).toString('latin1')
  assert.notEqual(/boundary="(.+)"/.exec(taken)?.[1], outer)
})

const anyText = fc.string({
  unit: fc.constantFrom('a', ' ', '\n', '.', '=', 'é', '漢', '😀', '--', 'x'.repeat(100)),
  maxLength: 60,
})
const anyAttachment = fc.record(
  {
    filename: fc
      .string({ unit: fc.constantFrom(...'aZ. "\'%;é漢=?()*'), minLength: 1, maxLength: 40 })
      .map((name) => `a${name}.bin`)
      .filter((name) => explainFilename(name) === ''),
    contentType: fc.constantFrom('image/png', 'application/pdf', 'application/octet-stream'),
    contentId: fc.constantFrom(null, 'logo', 'a@example.com'),
    disposition: fc.constantFrom('attachment', 'inline'),
    bytes: fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes)),
  },
  { noNullPrototype: true },
)
const anyParts = fc.record(
  {
    text: fc.option(anyText),
    html: fc.option(anyText),
    subject: anyText.map((text) => text.replaceAll('\n', '').trim()),
    attachments: fc.array(anyAttachment, { maxLength: 4 }),
  },
  { noNullPrototype: true },
)

test('whatever is composed is read back by a reader that is not ours', async () => {
  await fc.assert(
    fc.asyncProperty(anyParts, async (given) => {
      const read = await PostalMime.parse(bytesOf(composeMessage({ ...parts, ...given })))
      assert.equal(read.subject ?? '', given.subject)
      const lines = (text: string | undefined) => (text ?? '').replace(/\r?\n/g, '\n').trimEnd()
      if (given.text !== null) assert.equal(lines(read.text), given.text.trimEnd())
      if (given.html !== null) assert.equal(lines(read.html), given.html.trimEnd())
      const contentOf = ({ content }: { content: string | ArrayBuffer | Uint8Array }) => {
        assert.ok(content instanceof ArrayBuffer)
        return Buffer.from(content).toString('hex')
      }
      const found = read.attachments.map((each) => [each.filename, each.mimeType, contentOf(each)])
      const sent = given.attachments.map((each) => [
        each.filename,
        each.contentType,
        each.bytes.toString('hex'),
      ])
      assert.deepEqual(found.sort(), sent.sort())
    }),
    { numRuns: 300 },
  )
})

test('the same parts give the same bytes', () => {
  const given = { ...parts, html: '<p>x</p>', attachments: [report, logo] }
  assert.deepEqual(bytesOf(composeMessage(given)), bytesOf(composeMessage(given)))
})

test('HTML alone is one part, and no content at all is an empty text', () => {
  const html = composeMessage({ ...parts, text: null, html: '<p>x</p>' })
  assert.ok(html.headers.some(([, value]) => value === 'text/html; charset=utf-8'))
  assert.equal(composeMessage({ ...parts, text: null }).body.toString(), '\r\n')
})

test('a part that contains the boundary gets another one', () => {
  const given = { ...parts, html: '<p>x</p>' }
  const boundaryOf = (message: ComposedMessage) =>
    /boundary="(.+)"/.exec(renderHeaders(message.headers))?.[1]
  const first = boundaryOf(composeMessage(given))
  const second = boundaryOf(composeMessage({ ...given, text: `--${first}--` }))
  assert.ok(first && second)
  assert.notEqual(first, second)
})

test('own headers are encoded, and those that belong to Postern are refused', () => {
  const headers = composeMessage({ ...parts, headers: { 'X-Order': '№ 1' } }).headers
  assert.ok(headers.some(([name, value]) => name === 'X-Order' && value.startsWith('=?utf-8?')))
  for (const name of [
    'From',
    'bCC',
    'Message-ID',
    'Content-Language',
    'DKIM-Signature',
    'a b',
    '',
  ]) {
    assert.throws(() => composeMessage({ ...parts, headers: { [name]: 'x' } }), HeaderInjection)
  }
  assert.throws(() => composeMessage({ ...parts, subject: 'a\r\nBcc: x@y.test' }), HeaderInjection)
  for (const name of forbiddenHeaders) assert.equal(name, name.toLowerCase())
  assert.equal(isForbiddenHeader('Content-Foo'), true)
  assert.equal(isForbiddenHeader('List-Unsubscribe'), false)
})

test('a Reply-To among the own headers counts only when there is no reply_to', () => {
  const own = { ...parts, headers: { 'reply-to': 'own@example.com' } }
  const namesOf = (given: MessageParts) => composeMessage(given).headers.map(([name]) => name)
  assert.ok(namesOf(own).includes('reply-to'))
  const both = namesOf({ ...own, replyTo: ['r@example.com'] })
  assert.deepEqual(
    both.filter((name) => name.toLowerCase() === 'reply-to'),
    ['Reply-To'],
  )
})

test('a dot that opens a line is doubled, and a body without one is not copied', () => {
  const cases: [string, string][] = [
    ['.', '..'],
    ['.a\r\n..b\r\n', '..a\r\n...b\r\n'],
    ['a\r\n.\r\n.\r\n', 'a\r\n..\r\n..\r\n'],
    ['\r\n.', '\r\n..'],
  ]
  for (const [body, stuffed] of cases) assert.equal(dotStuff(Buffer.from(body)).toString(), stuffed)
  const plain = Buffer.from('a.b\r\n a.\r\n')
  assert.equal(dotStuff(plain), plain)
})
