import assert from 'node:assert/strict'
import { test } from 'node:test'
import PostalMime from 'postal-mime'
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

test('the same parts give the same bytes', () => {
  const given = { ...parts, html: '<p>x</p>' }
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
