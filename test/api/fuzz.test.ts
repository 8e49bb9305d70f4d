/**
 * Noise at the HTTP door, made from a fixed seed: the answers stay in the dialect, the server stays up, and whatever was
 * answered with an id is stored.
 */
import assert from 'node:assert/strict'
import { connect } from 'node:net'
import { after, before, test } from 'node:test'
import fc from 'fast-check'
import { documentedErrors } from '../../src/api/resend/error-words.ts'
import { email, type RunningApi, startApi } from './running-api.ts'

const seed = 20_261_126
/** Each property ends at this, however many runs it has made by then. */
const propertyMs = 3_500

let api: RunningApi
let host: { port: number; host: string }
const accepted: string[] = []
const uncaught: unknown[] = []
const noteUncaught = (error: unknown) => void uncaught.push(error)
before(async () => {
  process.on('uncaughtExceptionMonitor', noteUncaught)
  api = await startApi()
  const { port, hostname } = new URL(api.url)
  host = { port: Number(port), host: hostname }
  await withoutRate()
  await accept()
})
after(() => api.end())

const known = new Set(documentedErrors().map(({ status, name }) => `${status} ${name}`))

interface Said {
  status: number
  body: unknown
}

/** An id, a list, or an error of the table; never a fault of ours. */
function demandDialect({ status, body }: Said): void {
  assert.ok(typeof body === 'object' && body !== null, `${status} without an object`)
  if (status < 300) {
    noteAccepted(body)
    return
  }
  const { statusCode, name, message, ...more } = body as Record<string, unknown>
  assert.deepEqual([statusCode, more], [status, {}])
  assert.ok(known.has(`${status} ${name}`), `${status} ${name} is in no table: ${message}`)
  assert.ok(status < 500 || status === 503, `a fault: ${status} ${message}`)
  assert.ok(typeof message === 'string' && message.length > 10 && message.length < 1_000)
}

function noteAccepted(body: object): void {
  const { id, data, object } = body as { id?: string; data?: { id: string }[]; object?: string }
  if (object !== undefined) return
  for (const one of [id, ...(data ?? []).map((item) => item.id)]) if (one) accepted.push(one)
}

async function accept(): Promise<void> {
  const { status, body } = await api.call('POST', '/emails', { body: email() })
  assert.equal(status, 200)
  accepted.push(body.id)
}

async function withoutRate(): Promise<void> {
  const { signed } = await api.operator.authorise(
    { operatorToken: api.database.operatorToken },
    { kind: 'account_state', accountId: api.first.id, change: { requestsPerSecond: 1_000_000 } },
  )
  await api.storeAuthority(signed, 'account.limits')
}

const alive = { interruptAfterTimeLimit: propertyMs, markInterruptAsFailure: false }
function run<Values extends [unknown, ...unknown[]]>(
  property: fc.IAsyncProperty<Values>,
  numRuns: number,
): Promise<void> {
  return fc.assert(property, { seed, numRuns, ...alive })
}

const value = fc.oneof(
  fc.jsonValue({ maxDepth: 4 }),
  fc.string({ unit: 'binary', maxLength: 60 }),
  fc.constantFrom(
    'a@b',
    'Shop <shop@postern.localhost>',
    '\u0000',
    '\ud800',
    '<<<>>>',
    '__proto__',
  ),
  fc.constantFrom(-0, 1e308, Number.MAX_SAFE_INTEGER, true, null),
  fc.constant('x'.repeat(70_000)),
  fc.constant(Array.from({ length: 2_000 }, (_, n) => n)),
)
const field = fc.oneof(
  fc.constantFrom('from', 'to', 'cc', 'bcc', 'reply_to', 'subject', 'html', 'text', 'headers'),
  fc.constantFrom('tags', 'attachments', 'scheduled_at', 'template', 'topic_id', 'constructor'),
  fc.string({ unit: 'grapheme', maxLength: 20 }),
)
const mutated = fc
  .array(fc.tuple(field, value), { minLength: 1, maxLength: 4 })
  .map((changes) => email(Object.fromEntries(changes)))

const paths = [
  '/emails',
  '/emails/batch',
  '/domains',
  '/api-keys',
  '/emails/0190a0a0-0000-7000-8000-000000000001',
  '/domains/x/verify',
]
const path = fc.oneof(
  fc.constantFrom(...paths),
  fc.webPath({ size: 'small' }).map((text) => (text.startsWith('/') ? text : `/${text}`)),
  fc.constantFrom('/emails/%00', '/emails/..%2f..%2fetc', '//emails', '/emails?limit[]=1&limit=2'),
)

test('a message with some fields replaced by anything is taken or refused in the dialect', async () => {
  const property = fc.asyncProperty(mutated, async (body) => {
    demandDialect(await api.call('POST', '/emails', { body }))
  })
  await run(property, 500)
  await accept()
})

test('a batch with anything among its messages is taken or refused, in both modes', async () => {
  const items = fc.array(fc.oneof(mutated, value, fc.constant(email())), { maxLength: 5 })
  const mode = fc.constantFrom('strict', 'permissive', 'both')
  const property = fc.asyncProperty(items, mode, async (body, wanted) => {
    const headers = { 'x-batch-validation': wanted }
    demandDialect(await api.call('POST', '/emails/batch', { body, headers }))
  })
  await run(property, 250)
  await accept()
})

test('any method, path, query and header is answered in the dialect', async () => {
  const method = fc.constantFrom('GET', 'POST', 'PATCH', 'PUT', 'DELETE')
  const header = fc.string({ unit: 'binary-ascii', maxLength: 300 }).map(fieldText)
  const property = fc.asyncProperty(method, path, header, value, async (name, at, text, body) => {
    const headers = { 'Idempotency-Key': text, 'x-batch-validation': text, 'user-agent': text }
    const options = name === 'GET' ? { headers } : { headers, body: { name: body } }
    demandDialect(await api.call(name, at, options))
  })
  await run(property, 400)
  await accept()
})

/** What may stand in a header's value. */
function fieldText(text: string): string {
  return text.replace(/[^\t\x20-\x7e]/g, '').trim()
}

const deep = (open: string, close: string) => open.repeat(50_000) + close.repeat(50_000)
const twice = '{"from":"a@b","from":"shop@postern.localhost","to":1,"to":"ada@example.com"}'
const bodies: [title: string, body: Buffer][] = [
  ['lists nested 50,000 deep', Buffer.from(deep('[', ']'))],
  ['objects nested 50,000 deep', Buffer.from(deep('{"a":', '}').replace('{}', '{"a":1}'))],
  ['fields that come twice', Buffer.from(twice)],
  ['100,000 fields', Buffer.from(JSON.stringify(Object.fromEntries(names(100_000))))],
  ['a field name of a megabyte', Buffer.from(JSON.stringify({ ['n'.repeat(1_000_000)]: 1 }))],
  ['a string that never ends', Buffer.from(`{"from":"${'\\u0041'.repeat(300_000)}`)],
  ['bytes that are not UTF-8', Buffer.from([0x7b, 0x22, 0xff, 0xfe, 0x22, 0x3a, 0x31, 0x7d])],
  [
    'UTF-8 cut in a character',
    Buffer.concat([Buffer.from('{"from":"'), Buffer.from([0xe2, 0x82])]),
  ],
  ['a byte order mark', Buffer.concat([Buffer.from([0xef, 0xbb, 0xbf]), Buffer.from('{}')])],
  ['a number too large for anything', Buffer.from('{"from":1e999999,"to":-1e999999}')],
  ['lone surrogates', Buffer.from(JSON.stringify(email({ subject: '\ud800' })))],
]

function names(count: number): [string, number][] {
  return Array.from({ length: count }, (_, n): [string, number] => [`field${n}`, n])
}

for (const [title, body] of bodies) {
  test(`a body is answered in the dialect: ${title}`, async () => {
    for (const at of ['/emails', '/emails/batch', '/domains', '/api-keys']) {
      const answer = await fetch(`${api.url}${at}`, {
        method: 'POST',
        headers: {
          authorization: `Bearer ${api.first.apiKey}`,
          'content-type': 'application/json',
        },
        body: new Uint8Array(body),
      })
      demandDialect({ status: answer.status, body: await answer.json() })
    }
  })
}

test('bytes that begin as a message and go wrong anywhere are refused in the dialect', async () => {
  const whole = Buffer.from(JSON.stringify(email({ headers: { 'X-A': 'ä' } })))
  const place = fc.nat({ max: whole.length - 1 })
  const property = fc.asyncProperty(place, fc.nat({ max: 255 }), async (at, byte) => {
    const body = Buffer.from(whole)
    body[at] = byte
    const answer = await fetch(`${api.url}/emails`, {
      method: 'POST',
      headers: { authorization: `Bearer ${api.first.apiKey}`, 'content-type': 'application/json' },
      body: new Uint8Array(body),
    })
    demandDialect({ status: answer.status, body: await answer.json() })
  })
  await run(property, 300)
})

/** Long enough for any answer that comes at once. */
const quietMs = 250

/** Sends bytes as they are; an answer ends it, or the server's closing, or that neither comes. */
function raw(bytes: string | Buffer): Promise<string> {
  return new Promise((settle) => {
    let said = ''
    const socket = connect(host)
    const quiet = setTimeout(() => socket.end(), quietMs)
    const done = () => {
      clearTimeout(quiet)
      socket.destroy()
      settle(said)
    }
    socket.setEncoding('latin1').on('data', (part) => {
      said += part
      const [head = '', body] = said.split('\r\n\r\n', 2)
      const length = /content-length: (\d+)/i.exec(head)?.[1]
      if (body !== undefined && length !== undefined && body.length >= Number(length)) done()
    })
    socket.on('close', done).on('error', () => {})
    socket.write(bytes)
  })
}

/** What came over the wire, if anything did, as the dialect's own error. */
function demandRefused(said: string): void {
  if (said === '') return
  const [head = '', body = ''] = said.split('\r\n\r\n', 2)
  const status = Number(/^HTTP\/1\.1 (\d{3}) /.exec(head)?.[1])
  assert.ok(status >= 400 && status < 500, head)
  // Node itself answers a request without a host, and says nothing more.
  if (body !== '') demandDialect({ status, body: JSON.parse(body) })
}

const head = (more: string) =>
  `POST /emails HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${api.first.apiKey}\r\nContent-Type: application/json\r\n${more}\r\n`

test('a body in chunks of any size is the same message', async () => {
  const text = JSON.stringify(email())
  for (const size of [1, 7, 1_000]) {
    const parts = text.match(new RegExp(`.{1,${size}}`, 'g')) ?? []
    const chunks = parts.map((part) => `${part.length.toString(16)};x=y\r\n${part}\r\n`).join('')
    const said = await raw(
      `${head('Transfer-Encoding: chunked\r\n')}${chunks}0\r\nX-After: 1\r\n\r\n`,
    )
    assert.match(said, /^HTTP\/1\.1 200 /)
    accepted.push(/"id":"([^"]+)"/.exec(said)![1]!)
  }
})

for (const [title, bytes] of [
  ['a chunk of no length', () => `${head('Transfer-Encoding: chunked\r\n')}zz\r\n{}\r\n0\r\n\r\n`],
  [
    'a chunk longer than it says',
    () => `${head('Transfer-Encoding: chunked\r\n')}1\r\n{}}}\r\n0\r\n\r\n`,
  ],
  [
    'a length and chunks',
    () => `${head('Content-Length: 2\r\nTransfer-Encoding: chunked\r\n')}0\r\n\r\n`,
  ],
  ['two lengths', () => `${head('Content-Length: 2\r\nContent-Length: 3\r\n')}{} `],
  ['a length below nothing', () => `${head('Content-Length: -1\r\n')}`],
  ['a body shorter than its length', () => `${head('Content-Length: 500\r\n')}{"from":`],
  ['a length of everything', () => `${head('Content-Length: 99999999999999999999\r\n')}{`],
  ['a header of 100 KB', () => head(`X-A: ${'a'.repeat(100_000)}\r\n`)],
  ['2,500 headers', () => head('X-A: 1\r\n'.repeat(2_500))],
  ['bare line feeds', () => `${head('Content-Length: 2\n')}{}`],
  ['a NUL in a header', () => `${head('X-A: a\0b\r\nContent-Length: 2\r\n')}{}`],
  ['no HTTP at all', () => 'EHLO x\r\nMAIL FROM:<a@b>\r\n\r\n'],
  ['a TLS greeting', () => Buffer.from('16030100c8010000c40303', 'hex')],
] as [string, () => string | Buffer][]) {
  test(`a request on the wire is refused or dropped, and nothing is stored: ${title}`, async () => {
    const before = await storedCount()
    const said = await raw(bytes())
    demandRefused(said)
    assert.equal(await storedCount(), before)
  })
}

test('noise on the wire ends its own connection and no other', async () => {
  const noise = fc.tuple(fc.uint8Array({ maxLength: 400 }), fc.nat({ max: 150 }))
  const samples = fc.sample(noise, { seed, numRuns: 400 })
  const start = Buffer.from(head('Content-Length: 10\r\n'))
  const answers = samples.map(([bytes, kept]) =>
    raw(Buffer.concat([start.subarray(0, kept), bytes])),
  )
  for (const said of await Promise.all(answers)) demandRefused(said)
  await accept()
})

async function storedCount(): Promise<number> {
  const [row] = await api.database.query<{ count: string }>(
    'select count(*) as count from postern.messages',
  )
  return Number(row?.count)
}

test('every message that was answered with an id is stored with its deliveries, and no other is', async () => {
  await accept()
  const rows = await api.database.query<{ id: string; deliveries: string }>(
    `select id, (select count(*) from postern.deliveries where message_id = messages.id) as deliveries
       from postern.messages`,
  )
  const stored = rows.map(({ id }) => id)
  const answered = new Set(accepted)
  const lost = accepted.filter((id) => !stored.includes(id))
  const unsaid = stored.filter((id) => !answered.has(id))
  assert.deepEqual({ lost, unsaid }, { lost: [], unsaid: [] })
  assert.ok(accepted.length > 20)
  assert.deepEqual(
    rows.filter(({ deliveries }) => Number(deliveries) === 0),
    [],
  )
})

test('through all of it nothing was thrown that nobody caught, and no request failed', () => {
  process.off('uncaughtExceptionMonitor', noteUncaught)
  assert.deepEqual(uncaught, [])
  assert.deepEqual(
    api.logged.filter(([event]) => event === 'request failed'),
    [],
  )
})
