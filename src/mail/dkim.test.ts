import assert from 'node:assert/strict'
import { generateKeyPairSync, sign } from 'node:crypto'
import { test } from 'node:test'
import fc from 'fast-check'
import { dkimVerify } from 'mailauth/lib/dkim/verify.js'
import {
  bodyHash,
  headersToSign,
  publicKeyRecord,
  readSignedHeaders,
  signatureHeader,
  signatureInput,
  withSignature,
} from './dkim.ts'
import { type Header, renderHeaders } from './headers.ts'
import { type ComposedMessage, composeMessage, type MessageParts } from './mime.ts'

const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
const publicKeyDer = publicKey.export({ type: 'spki', format: 'der' })
const domain = 'example.com'
const selector = 'pm1'

const parts: MessageParts = {
  messageId: '<0190-abc@mail.example.com>',
  date: new Date('2026-01-02T03:04:05Z'),
  from: ['Acme <news@example.com>'],
  to: ['bob@example.net'],
  cc: [],
  replyTo: [],
  subject: 'Hello',
  headers: {},
  html: null,
  text: 'Hello\n',
}

function signed({ headers, body }: ComposedMessage): { headers: Header[]; body: Buffer } {
  const canonical = headersToSign(headers)
  const headerNames = readSignedHeaders(canonical)?.names ?? []
  const hash = bodyHash(body)
  const value = signatureHeader({
    domain,
    selector,
    algorithm: 'rsa-sha256',
    headerNames,
    bodyHash: hash,
    timestamp: 1_767_322_800,
  })
  const signature = sign('sha256', signatureInput(canonical, value), privateKey)
  return { headers: [['DKIM-Signature', withSignature(value, signature)], ...headers], body }
}

/** The verdict of a verifier that is not ours; the record is handed to it in place of the DNS. */
async function verdictOf(
  { headers, body }: { headers: Header[]; body: Buffer },
  record = publicKeyRecord(publicKeyDer, { bare: false }),
): Promise<string> {
  const raw = Buffer.concat([Buffer.from(`${renderHeaders(headers)}\r\n`), body])
  const { results } = await dkimVerify(raw, {
    resolver: async (name: string, type: string) => {
      assert.deepEqual([name, type], [`${selector}._domainkey.${domain}`, 'TXT'])
      return [[record]]
    },
  })
  assert.equal(results.length, 1)
  return String(results[0]?.status.result)
}

const messages: Record<string, Partial<MessageParts>> = {
  'plain ASCII': {},
  'ASCII text and HTML': { html: '<p>Hello</p>\n' },
  'a subject beyond ASCII': { subject: `Grüße ${'aus Köln '.repeat(20)}` },
  'a subject with runs of blanks': { subject: ' a  b   c ' },
  'lines of 3,000 characters': { text: 'word '.repeat(600), html: `<p>${'x'.repeat(3_000)}</p>` },
  'trailing blanks and empty lines': { text: 'a  \n\tb \t \n\n \n\n', html: null },
  'an empty body': { text: '' },
  'dots at the start of lines': { text: '.\n..\n.a\n' },
  'letters of many scripts': { text: '漢字 😀\n', html: '<p>Ελληνικά  и русский</p>' },
  'many recipients': {
    to: Array.from({ length: 50 }, (_, n) => `"Person, ${n}" <person${n}@example.net>`),
    cc: ['zoë@example.org'],
  },
  'attachments, one of them shown in the HTML': {
    html: '<img src="cid:logo">',
    attachments: [
      {
        filename: 'Übersicht.pdf',
        contentType: 'application/pdf',
        contentId: null,
        disposition: 'attachment',
        bytes: Buffer.alloc(200_000, 'pdf'),
      },
      {
        filename: 'logo.png',
        contentType: 'image/png',
        contentId: 'logo',
        disposition: 'inline',
        bytes: Buffer.alloc(0),
      },
    ],
  },
  'own headers, two of them of one name': {
    headers: {
      'List-Unsubscribe': `<https://example.com/u/${'x'.repeat(100)}>, <mailto:u@example.com>`,
      'list-unsubscribe': '<mailto:second@example.com>',
      'List-Unsubscribe-Post': 'List-Unsubscribe=One-Click',
      References: '<a@example.com> <b@example.com>',
    },
  },
}

for (const [kind, changes] of Object.entries(messages)) {
  test(`a signature verifies for ${kind}`, async () => {
    assert.equal(await verdictOf(signed(composeMessage({ ...parts, ...changes }))), 'pass')
  })
}

test('a signature verifies for whatever is composed', async () => {
  const text = fc.string({
    unit: fc.constantFrom('a', ' ', '\t', '\n', '\r\n', '.', 'é', '漢', 'x'.repeat(90)),
    maxLength: 40,
  })
  const line = text.map((value) => value.replace(/[\r\n]/g, ' '))
  const attachment = fc.record(
    {
      filename: fc.constantFrom('a.bin', 'é "b" 漢.txt'),
      contentType: fc.constant('text/plain; charset=utf-8'),
      contentId: fc.constantFrom(null, 'a'),
      disposition: fc.constantFrom('attachment', 'inline'),
      bytes: fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes)),
    },
    { noNullPrototype: true },
  )
  const given = fc.record({
    subject: line,
    text: fc.option(text),
    html: fc.option(text),
    headers: fc.dictionary(fc.constantFrom('References', 'List-Unsubscribe', 'X-A'), line),
    attachments: fc.array(attachment, { maxLength: 2 }),
  })
  await fc.assert(
    fc.asyncProperty(given, async (changes) => {
      assert.equal(await verdictOf(signed(composeMessage({ ...parts, ...changes }))), 'pass')
    }),
    { numRuns: 100 },
  )
})

test('the key record verifies with its tags and without', async () => {
  const message = signed(composeMessage(parts))
  const bare = publicKeyRecord(publicKeyDer, { bare: true })
  assert.match(bare, /^p=[A-Za-z0-9+/]+=*$/)
  assert.equal(publicKeyRecord(publicKeyDer, { bare: false }), `v=DKIM1; k=rsa; ${bare}`)
  assert.equal(await verdictOf(message, bare), 'pass')
})

test('a changed body, a changed header and an added From, To or Subject all break it', async () => {
  const { headers, body } = signed(composeMessage(parts))
  assert.notEqual(await verdictOf({ headers, body: Buffer.from('Hullo\r\n') }), 'pass')
  const changed = headers.map(([name, value]): Header => [name, name === 'Subject' ? 'No' : value])
  assert.notEqual(await verdictOf({ headers: changed, body }), 'pass')
  for (const name of ['From', 'To', 'Cc', 'Subject', 'Date', 'Reply-To']) {
    const added: Header[] = [[name, 'x@evil.test'], ...headers]
    assert.notEqual(await verdictOf({ headers: added, body }), 'pass', name)
  }
})

test('no line of the signature is longer than 78, and its b= stands last', () => {
  const value = signed(composeMessage(parts)).headers[0]?.[1] ?? ''
  for (const line of `DKIM-Signature: ${value}`.split('\r\n')) assert.ok(line.length <= 78, line)
  assert.match(value, /\tb=[A-Za-z0-9+/]+[^;]*$/)
})

test('canonical lines are in the order of h=, unsigned headers are left out', () => {
  const canonical = headersToSign([
    ['Subject', 'a  b'],
    ['X-Other', 'x'],
    ['From', 'A <a@example.com>'],
  ])
  assert.equal(canonical, 'from:A <a@example.com>\r\nsubject:a b\r\n')
  assert.deepEqual(readSignedHeaders(canonical)?.names ?? [], ['from', 'subject'])
})

test('what is not canonical lines has no names and no From', () => {
  const from = 'from:a@example.com'
  const texts = [
    '',
    from,
    `${from}\n`,
    `${from}\r\n\r\n`,
    `${from}\r\nsubject\r\n`,
    `${from}\r\n:x\r\n`,
    `${from}\r\nSubject:x\r\n`,
    `${from}\r\nsubject :x\r\n`,
    `${from}\r\nsubject: x\r\n`,
    `${from}\r\nsubject:a\tb\r\n`,
    `${from}\r\nsubject:a\nfrom:b@example.org\r\n`,
    `${from}\r\nsubject:a\rb\r\n`,
    `${from}\r\n folded:x\r\n`,
    `${from}\r\n${'x:y\r\n'.repeat(201)}`,
    `${from}\r\nsubject:${'x'.repeat(300_000)}\r\n`,
  ]
  for (const text of texts) {
    assert.deepEqual(readSignedHeaders(text)?.names ?? [], [], JSON.stringify(text.slice(0, 60)))
    assert.equal(readSignedHeaders(text)?.fromDomain, undefined, JSON.stringify(text.slice(0, 60)))
  }
})

test('the domain of the one From is found', () => {
  const cases: [string, string][] = [
    ['a@example.com', 'example.com'],
    ['Acme <a@Sub.Example.COM>', 'sub.example.com'],
    ['"a@evil.test" <a@example.com>', 'example.com'],
    ['"a, b" <a@example.com>', 'example.com'],
    ['=?utf-8?Q?Zo=C3=AB?= <a@example.com>', 'example.com'],
    ['a@bücher.example', 'xn--bcher-kva.example'],
  ]
  for (const [value, expected] of cases) {
    assert.equal(readSignedHeaders(`to:x@y.test\r\nfrom:${value}\r\n`)?.fromDomain, expected, value)
  }
})

test('a From that could be read in two ways has no domain', () => {
  const values = [
    '',
    'Acme',
    'a@example.com, b@evil.test',
    'a@example.com b@evil.test',
    'group: a@example.com;',
    'Acme <<a@example.com>>',
    'Acme <a@example.com> <b@evil.test>',
    'a@example.com <b@evil.test',
    'Acme <a@example.com> b@evil.test',
    '"x <b@evil.test>" <a@example.com>',
    '"x\\" <b@evil.test>" <a@example.com>',
    '=?utf-8?q?=3Cb=40evil=2Etest=3E?= <a@example.com>',
    '=?utf-8?b?PGJAZXZpbC50ZXN0Pg==?= <a@example.com>',
    '=?utf-8?q?a=0D=0AFrom=3Ab?= <a@example.com>',
    '=?x-unknown?q?a?= <a@example.com>',
    '=?utf-8?q?b=40evil.test?=@example.com',
    'a@example.com (b@evil.test)',
    '<@evil.test:a@example.com>',
    'a@evil.test@example.com',
    'a@example.com\0@evil.test',
  ]
  for (const value of values)
    assert.equal(readSignedHeaders(`from:${value}\r\n`)?.fromDomain, undefined, value)
  assert.equal(
    readSignedHeaders('from:a@example.com\r\nfrom:a@example.com\r\n')?.fromDomain,
    undefined,
  )
  assert.equal(readSignedHeaders('subject:x\r\n')?.fromDomain, undefined)
})
