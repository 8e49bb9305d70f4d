/** What the door of people demands of every request, whatever it is for. */
import assert from 'node:assert/strict'
import { connect } from 'node:net'
import { after, before, test } from 'node:test'
import { Type } from 'typebox'
import type { ConsoleRoutes } from '../../src/console/routes.ts'
import { sessionOf } from '../../src/console/session.ts'
import { type RunningConsole, startConsole, testSession } from './running-console.ts'

const NewThing = Type.Object(
  {
    name: Type.String({ description: 'a text of 1 to 10 characters', minLength: 1, maxLength: 10 }),
    size: Type.Optional(Type.Integer({ description: 'a whole number' })),
    parts: Type.Optional(
      Type.Array(
        Type.Object({ id: Type.String() }, { additionalProperties: false, description: 'parts' }),
      ),
    ),
  },
  { additionalProperties: false, description: 'a thing' },
)
const Query = Type.Object(
  {
    limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 100, description: '1 to 100' })),
    open: Type.Optional(Type.Boolean()),
    kinds: Type.Optional(Type.Array(Type.String())),
  },
  { additionalProperties: false },
)

let isTouched = false

const things: ConsoleRoutes = async (app) => {
  app.get(
    '/things',
    { config: { scope: 'domains:read' }, schema: { querystring: Query } },
    async (request) => ({ account: sessionOf(request).accountId, query: request.query }),
  )
  app.post(
    '/things',
    { config: { scope: 'session' }, schema: { body: NewThing } },
    async (request) => {
      isTouched = true
      return request.body
    },
  )
  app.delete('/things/:id', { config: { scope: 'domains:write' } }, async () => ({}))
  app.get('/open', { config: { scope: 'none' } }, async () => ({}))
  app.get('/broken', { config: { scope: 'none' } }, async () => {
    throw new Error('a secret of the inside')
  })
}

let door: RunningConsole
before(async () => {
  door = await startConsole([things])
})
after(() => door.end())

test('a route without a scope keeps the server from starting', async () => {
  const forgetful: ConsoleRoutes = async (app) => {
    app.get('/forgotten', async () => ({}))
  }
  await assert.rejects(startConsole([forgetful]), /GET \/api\/forgotten declares no scope/)
})

test('a body that takes unknown fields keeps the server from starting', async () => {
  const lax: ConsoleRoutes = async (app) => {
    const body = Type.Object({ inner: Type.Object({ a: Type.String() }) })
    app.post('/lax', { config: { scope: 'none' }, schema: { body } }, async () => ({}))
  }
  await assert.rejects(startConsole([lax]), /POST \/api\/lax: set additionalProperties: false/)
})

test('nobody gets in without a session, and what it says of the account is used', async () => {
  const none = await door.call('/api/things', { headers: { host: `localhost:${door.port}` } })
  assert.equal(none.status, 401)
  assert.equal(none.body.error.code, 'signed_out')
  const { status, body } = await door.ask('GET', '/api/things')
  assert.deepEqual([status, body.account], [200, testSession.accountId])
})

test('a scope the session lacks is named, with who can give it', async () => {
  const { status, body } = await door.ask('DELETE', '/api/things/1')
  assert.equal(status, 403)
  assert.equal(body.error.code, 'not_permitted')
  assert.match(body.error.message, /`domains:write`.*owner or admin/)
})

test('an unknown field is refused by its name and nothing is done', async () => {
  isTouched = false
  const outer = await door.ask('POST', '/api/things', { name: 'a', nmae: 'b' })
  assert.equal(outer.status, 422)
  assert.equal(outer.body.error.field, 'nmae')
  assert.match(outer.body.error.message, /`nmae`.*leave it out/)
  const inner = await door.ask('POST', '/api/things', { name: 'a', parts: [{ id: 'x', no: 1 }] })
  assert.deepEqual([inner.status, inner.body.error.field], [422, 'parts[0].no'])
  assert.equal(isTouched, false)
})

test('a body is taken as it is: a text is no number, and a missing field is named', async () => {
  const text = await door.ask('POST', '/api/things', { name: 'a', size: '5' })
  assert.deepEqual([text.status, text.body.error.field], [422, 'size'])
  const missing = await door.ask('POST', '/api/things', {})
  assert.deepEqual([missing.body.error.code, missing.body.error.field], ['missing_field', 'name'])
  assert.equal((await door.ask('POST', '/api/things', { name: 'a', size: 5 })).status, 200)
})

test('a query is text, of which numbers, truth and lists are read; the unknown is refused', async () => {
  const { body } = await door.ask('GET', '/api/things?limit=5&open=false&kinds=a')
  assert.deepEqual(body.query, { limit: 5, open: false, kinds: ['a'] })
  const bad = await door.ask('GET', '/api/things?limit=five')
  assert.deepEqual([bad.status, bad.body.error.field], [422, 'limit'])
  assert.equal((await door.ask('GET', '/api/things?limt=5')).body.error.field, 'limt')
})

const signedIn = () => ({
  host: `localhost:${door.port}`,
  origin: door.origin,
  'x-test-session': 'yes',
})

test('only JSON in UTF-8 of up to 1 MiB is read', async () => {
  const post = (type: string, body: string | Buffer) =>
    door.call('/api/things', {
      method: 'POST',
      headers: { ...signedIn(), 'content-type': type },
      body,
    })
  for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data']) {
    const { status, body } = await post(type, '{"name":"a"}')
    assert.deepEqual([status, body.error.code], [415, 'not_json'], type)
  }
  const broken = await post('application/json', '{"name":')
  assert.equal(broken.status, 400)
  assert.match(broken.body.error.message, /line 1, column 9/)
  assert.equal((await post('application/json', Buffer.from([0x22, 0xff, 0x22]))).status, 400)
  const large = await post('application/json', JSON.stringify({ name: 'a'.repeat(1024 * 1024) }))
  assert.deepEqual([large.status, large.body.error.code], [413, 'too_large'])
})

/** What another site's page can make a browser send. */
const foreign: [title: string, headers: () => Record<string, string>][] = [
  ['from another site', () => ({ origin: 'https://evil.test', 'sec-fetch-site': 'cross-site' })],
  ['from another port of this machine', () => ({ origin: 'http://localhost:1' })],
  ['from a page without an origin', () => ({ origin: 'null' })],
  ['without an Origin', () => ({})],
  ['that the browser marks', () => ({ origin: door.origin, 'sec-fetch-site': 'same-site' })],
]
for (const [title, headers] of foreign) {
  test(`a change ${title} is refused, cookie or not, and nothing is done`, async () => {
    isTouched = false
    const { origin: _, ...rest } = signedIn()
    const { status, body } = await door.call('/api/things', {
      method: 'POST',
      headers: { ...rest, 'content-type': 'application/json', ...headers() },
      body: '{"name":"a"}',
    })
    assert.deepEqual([status, body.error.code], [403, 'cross_site'])
    assert.equal(isTouched, false)
  })
}

test('a name that is not the console’s own is answered nothing, whatever a header claims', async () => {
  for (const headers of [
    { host: 'evil.test' },
    { host: `evil.test:${door.port}` },
    { host: `localhost.evil.test:${door.port}` },
    { host: 'evil.test', 'x-forwarded-host': `localhost:${door.port}` },
  ]) {
    const { status, body } = await door.call('/api/open', { headers })
    assert.deepEqual([status, body.error.code], [421, 'misdirected_request'], headers.host)
  }
  for (const host of [`127.0.0.1:${door.port}`, `[::1]:${door.port}`, 'LOCALHOST:9000']) {
    assert.equal((await door.call('/api/open', { headers: { host } })).status, 200, host)
  }
})

test('with an address of its own, and open to the network, it answers to that name only', async (context) => {
  const consoleUrl = 'https://console.example.com'
  const own = await startConsole([things], { consoleUrl, bind: '0.0.0.0' })
  context.after(() => own.end())
  const status = async (host: string) => (await own.call('/api/open', { headers: { host } })).status
  assert.equal(await status('console.example.com'), 200)
  assert.equal(await status(`localhost:${own.port}`), 421)
  const post = (origin: string) =>
    own.call('/api/things', {
      method: 'POST',
      headers: {
        host: 'console.example.com',
        origin,
        'x-test-session': 'yes',
        'content-type': 'application/json',
      },
      body: '{"name":"a"}',
    })
  assert.equal((await post(consoleUrl)).status, 200)
  assert.equal((await post('http://console.example.com')).status, 403)
  const { headers } = await own.call('/healthz', { headers: { host: '10.0.0.7' } })
  assert.match(headers['strict-transport-security'] ?? '', /max-age/)
})

test('every answer keeps browsers from storing, framing, sniffing and telling others', async () => {
  const host = `localhost:${door.port}`
  const answers = [
    await door.ask('GET', '/api/things'),
    await door.ask('POST', '/api/things', { no: 1 }),
    await door.ask('GET', '/api/nowhere'),
    await door.ask('GET', '/api/broken'),
    await door.ask('PUT', '/api/things', {}),
    await door.call('/nowhere', { headers: { host } }),
    await door.call('/%ff', { headers: { host } }),
    await door.call('/healthz', { headers: { host } }),
    await door.call('/api/open', { headers: { host: 'evil.test' } }),
  ]
  assert.deepEqual(
    answers.map(({ status }) => status),
    [200, 422, 404, 500, 405, 404, 400, 200, 421],
  )
  for (const { headers, status } of answers) {
    assert.equal(headers['cache-control'], 'no-store', `${status}`)
    assert.match(`${headers['content-security-policy']}`, /frame-ancestors 'none'/)
    assert.equal(headers['x-content-type-options'], 'nosniff')
    assert.equal(headers['x-frame-options'], 'DENY')
    assert.equal(headers['referrer-policy'], 'no-referrer')
    assert.equal(headers['cross-origin-opener-policy'], 'same-origin')
    assert.equal(headers['cross-origin-resource-policy'], 'same-origin')
    assert.match(`${headers['x-request-id']}`, /^[0-9a-f-]{36}$/)
  }
})

test('bytes that are no request are answered in the console’s words and with its headers', async () => {
  const socket = connect(door.port, '127.0.0.1')
  socket.end('nonsense\r\n\r\n')
  let text = ''
  for await (const part of socket.setEncoding('utf8')) text += part
  assert.match(text, /^HTTP\/1\.1 400 /)
  assert.match(text, /x-content-type-options: nosniff/)
  assert.match(text, /"code":"malformed_request".*"request_id"/)
})

test('a fault of ours says nothing of the inside; the log has it under the same id', async () => {
  const { status, body } = await door.ask('GET', '/api/broken')
  assert.equal(status, 500)
  assert.doesNotMatch(JSON.stringify(body), /secret/)
  const [event, fields] = door.logged.at(-1) ?? []
  assert.deepEqual([event, fields?.requestId], ['request failed', body.error.request_id])
})

test('another method on a known address is told which it takes', async () => {
  const { status, headers, body } = await door.ask('PATCH', '/api/things', {})
  assert.equal(status, 405)
  assert.equal(headers.allow, 'GET, POST')
  assert.equal(body.error.code, 'method_not_allowed')
})

test('an address and a session have a rate each, which begins anew with the next second', async (context) => {
  let now = 1_000_000
  const own = await startConsole([things], { clock: { now: () => now } })
  context.after(() => own.end())
  const statuses = async (count: number, path: string) => {
    const seen: number[] = []
    for (let n = 0; n < count; n++) seen.push((await own.ask('GET', path)).status)
    return seen
  }
  assert.deepEqual((await statuses(51, '/api/things')).slice(49), [200, 429])
  now += 1_000
  const answers = await statuses(101, '/api/open')
  assert.deepEqual(answers.slice(99), [200, 429])
  const limited = await own.ask('GET', '/api/open')
  assert.equal(limited.headers['retry-after'], '1')
  now += 1_000
  assert.deepEqual(await statuses(1, '/api/things'), [200])
})
