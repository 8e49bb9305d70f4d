import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { type CallOptions, email, type RunningApi, startApi } from './running-api.ts'

let api: RunningApi
let nowMs = Date.now()
before(async () => {
  api = await startApi({ clock: { now: () => nowMs } })
})
after(() => api.end())

interface Case {
  title: string
  options?: CallOptions
  method?: string
  path?: string
  expected: [status: number, name: string, message: RegExp]
}

const invalid = 'validation_error'
const cases: Case[] = [
  {
    title: 'no key',
    options: { key: null },
    expected: [401, 'missing_api_key', /Authorization: Bearer/],
  },
  {
    title: 'a key that is not ours',
    options: { key: 're_123' },
    expected: [403, 'invalid_api_key', /invalid/],
  },
  {
    title: 'a well-formed key that nobody has',
    options: { key: 'pst_live_000000000000000000000000000000000000' },
    expected: [403, 'invalid_api_key', /invalid/],
  },
  { title: 'an unknown path', path: '/nowhere', expected: [404, 'not_found', /does not exist/] },
  {
    title: 'another method on a known path',
    method: 'DELETE',
    path: '/emails',
    expected: [405, 'method_not_allowed', /POST, GET/],
  },
  {
    title: 'reading the batch path',
    method: 'GET',
    path: '/emails/batch',
    expected: [405, 'method_not_allowed', /POST only/],
  },
  {
    title: 'a body that is not JSON',
    options: { body: '{"from": "a",\n "to" }' },
    expected: [400, invalid, /line 2, column 7: expected a colon/],
  },
  {
    title: 'a body of another type',
    options: { body: 'from=a', headers: { 'content-type': 'application/x-www-form-urlencoded' } },
    expected: [400, invalid, /application\/json/],
  },
  { title: 'an empty body', options: { body: '' }, expected: [422, invalid, /a JSON object/] },
  { title: 'a list', options: { body: [] }, expected: [422, invalid, /a JSON object/] },
  {
    title: 'no from',
    options: { body: email({ from: undefined }) },
    expected: [422, 'missing_required_field', /Missing `from` field/],
  },
  {
    title: 'no to',
    options: { body: email({ to: [] }) },
    expected: [422, 'missing_required_field', /Missing `to` field/],
  },
  {
    title: 'neither html nor text',
    options: { body: email({ html: undefined }) },
    expected: [422, 'missing_required_field', /`html` or `text`/],
  },
  {
    title: 'a number for a string',
    options: { body: email({ subject: 5 }) },
    expected: [422, invalid, /`subject` field must be a string/],
  },
  {
    title: 'a From that is no address',
    options: { body: email({ from: 'shop' }) },
    expected: [422, invalid, /`from`.*no @/],
  },
  {
    title: 'a recipient among several that is no address',
    options: { body: email({ to: ['a@example.net', 'b@'] }) },
    expected: [422, invalid, /`to\[1\]`/],
  },
  {
    title: '51 recipients',
    options: { body: email({ to: Array.from({ length: 51 }, (_, n) => `a${n}@example.net`) }) },
    expected: [422, invalid, /`to` field must be an address or a list of at most 50/],
  },
  {
    title: 'a From of a domain that is not verified',
    options: { body: email({ from: 'a@example.com' }) },
    expected: [403, invalid, /The domain example\.com is not verified\. Add it/],
  },
  {
    title: 'a line break in the subject',
    options: { body: email({ subject: 'a\r\nBcc: x@example.net' }) },
    expected: [422, invalid, /`subject`.*line breaks/],
  },
  {
    title: 'a line break in a header',
    options: { body: email({ headers: { 'X-A': 'a\nBcc: x@example.net' } }) },
    expected: [422, invalid, /`headers\.X-A`.*line breaks/],
  },
  {
    title: 'a header that Postern writes',
    options: { body: email({ headers: { 'DKIM-Signature': 'x' } }) },
    expected: [422, invalid, /DKIM-Signature/],
  },
  {
    title: 'a header name with a blank',
    options: { body: email({ headers: { 'X A': 'x' } }) },
    expected: [422, invalid, /not a header name/],
  },
  {
    title: 'a tag with a blank',
    options: { body: email({ tags: [{ name: 'a', value: 'b c' }] }) },
    expected: [422, invalid, /`tags\[0\]\.value`/],
  },
  {
    title: 'an attachment in a batch',
    path: '/emails/batch',
    options: { body: [email({ attachments: [{ filename: 'a', content: 'YQ==' }] })] },
    expected: [422, invalid, /Item 0: .*`attachments`.*POST \/emails/],
  },
  {
    title: 'a template',
    options: { body: email({ template: { id: 'x' } }) },
    expected: [422, 'invalid_parameter', /`template`/],
  },
  {
    title: 'an account named in the body',
    options: { body: email({ account_id: 'x' }) },
    expected: [422, invalid, /`account_id` field cannot be set/],
  },
  {
    title: 'a prototype in the body',
    options: { body: '{"from":"a@postern.localhost","__proto__":{"permission":"full_access"}}' },
    expected: [422, invalid, /`__proto__`/],
  },
  {
    title: 'authority deep within a batch',
    path: '/emails/batch',
    options: { body: [email(), email({ options: { verified: true } })] },
    expected: [422, invalid, /`\[1\]\.options\.verified`/],
  },
  {
    title: 'too much html',
    options: { body: email({ html: 'x'.repeat(10_000_001) }) },
    expected: [413, invalid, /`html` and `text`.*10 million/],
  },
  {
    title: 'a body over the limit',
    options: { body: email({ html: 'x'.repeat(50_000_000) }) },
    expected: [413, invalid, /larger than 50 MB/],
  },
  {
    title: 'a body over the limit of other calls',
    path: '/emails/batch',
    options: { body: [email({ html: 'x'.repeat(10_000_001) })] },
    expected: [413, invalid, /larger than 10 MB/],
  },
]

for (const { title, options, method = 'POST', path = '/emails', expected } of cases) {
  test(`a request is refused in the dialect's words: ${title}`, async () => {
    nowMs += 1_000
    const body = method === 'POST' ? { body: email() } : {}
    const answer = await api.call(method, path, { ...body, ...options })
    const [status, name, message] = expected
    assert.deepEqual(
      [answer.status, answer.body.statusCode, answer.body.name],
      [status, status, name],
    )
    assert.match(answer.body.message, message)
    assert.match(answer.headers.get('content-type') ?? '', /^application\/json/)
    assert.match(answer.headers.get('x-request-id') ?? '', /^[0-9a-f-]{36}$/)
    assert.ok(answer.headers.get('ratelimit-policy'))
  })
}

test('a path that cannot be decoded is refused in the dialect too', async () => {
  const { status, body } = await api.call('GET', '/emails/%zz')
  assert.deepEqual([status, body.statusCode, body.name], [400, 400, 'validation_error'])
})

test('a request under way is answered when the server closes', async () => {
  const closing = await startApi()
  const sent = closing.call('POST', '/emails', { body: email({ html: 'x'.repeat(5_000_000) }) })
  await new Promise((resolve) => closing.app.server.once('request', resolve))
  const ended = closing.app.close()
  assert.equal((await sent).status, 200)
  // Sooner than a kept connection would have ended by itself.
  const kept = new Promise((resolve) => setTimeout(resolve, 10_000, 'kept').unref())
  assert.notEqual(await Promise.race([ended, kept]), 'kept')
  await closing.end()
})

test('nothing that was refused has been stored', async () => {
  const rows = await api.database.query('select 1 from postern.messages')
  assert.deepEqual(rows, [])
})

test('an attempt to set authority raises an alarm that names no content', () => {
  const alarms = api.logged.filter(([event]) => event === 'alarm: authority field in a request')
  assert.ok(alarms.length >= 3)
  assert.deepEqual(Object.keys(alarms[0]![1]).sort(), ['accountId', 'credentialId', 'requestId'])
})

test('unknown fields are ignored', async () => {
  const answer = await api.call('POST', '/emails', { body: email({ react: null, surprise: 1 }) })
  assert.equal(answer.status, 200)
})

test('every answer shows the rate, and the one over it is 429 with retry-after', async () => {
  nowMs += 1_000
  const { id, apiKey: key } = await api.newAccount()
  const { signed } = await api.operator.authorise(
    { operatorToken: api.database.operatorToken },
    { kind: 'account_state', accountId: id, change: { requestsPerSecond: 2 } },
  )
  await api.storeAuthority(signed, 'account.limits')
  const answers = []
  for (let n = 0; n < 3; n++) answers.push(await api.call('GET', '/emails', { key }))
  const shown = answers.map(({ status, headers }) => [
    status,
    headers.get('ratelimit-limit'),
    headers.get('ratelimit-remaining'),
    headers.get('ratelimit-reset'),
    headers.get('ratelimit-policy'),
    headers.get('retry-after'),
  ])
  assert.deepEqual(shown, [
    [200, '2', '1', '1', '2;w=1', null],
    [200, '2', '0', '1', '2;w=1', null],
    [429, '2', '0', '1', '2;w=1', '1'],
  ])
  assert.equal(answers[2]?.body.name, 'rate_limit_exceeded')
  nowMs += 1_000
  assert.equal((await api.call('GET', '/emails', { key })).status, 200)
})

test('a blocked account is refused within a second, on every route', async () => {
  const { id, apiKey: key } = await api.newAccount()
  assert.equal((await api.call('POST', '/emails', { key, body: email() })).status, 200)
  const { signed } = await api.operator.authorise(
    { operatorToken: api.database.operatorToken },
    { kind: 'account_state', accountId: id, change: { state: 'blocked' } },
  )
  await api.storeAuthority(signed, 'account.block')
  nowMs += 1_000
  for (const [method, path, body] of [
    ['POST', '/emails', email()],
    ['GET', '/emails', undefined],
    ['POST', '/api-keys', { name: 'x' }],
  ] as const) {
    const answer = await api.call(method, path, { key, body })
    assert.deepEqual([answer.status, answer.body.name], [403, 'suspended_api_key'])
  }
})

test('a block that is lifted by writing into the database stays', async () => {
  const { id, apiKey: key } = await api.newAccount()
  const { signed } = await api.operator.authorise(
    { operatorToken: api.database.operatorToken },
    { kind: 'account_state', accountId: id, change: { state: 'blocked' } },
  )
  await api.storeAuthority(signed, 'account.block')
  assert.equal((await api.call('POST', '/emails', { key, body: email() })).status, 403)
  const lift = "update postern.account_states set state = 'active' where account_id = $1"
  await api.database.query(lift, [id])
  nowMs += 1_000
  const answer = await api.call('POST', '/emails', { key, body: email() })
  assert.deepEqual([answer.status, answer.body.name], [403, 'suspended_api_key'])
})

test('a daily quota that is used up is refused as such', async () => {
  const { id, apiKey: key } = await api.newAccount()
  const { signed } = await api.operator.authorise(
    { operatorToken: api.database.operatorToken },
    { kind: 'account_state', accountId: id, change: { dailyQuota: 1 } },
  )
  await api.storeAuthority(signed, 'account.limits')
  assert.equal((await api.call('POST', '/emails', { key, body: email() })).status, 200)
  const over = await api.call('POST', '/emails', { key, body: email() })
  assert.deepEqual([over.status, over.body.name], [429, 'daily_quota_exceeded'])
})

test('health needs no key and says nothing else', async () => {
  const { status, body } = await api.call('GET', '/health', { key: null })
  assert.deepEqual([status, body], [200, { status: 'ok' }])
})

test('requests are logged with their route and a sealed client, and mark the key as used', async () => {
  const { id, apiKey: key } = await api.newAccount()
  await api.call('GET', '/emails/0190a0a0-0000-7000-8000-000000000001', { key })
  await api.requestLog.flush()
  const rows = await api.database.query<{ client_sealed: Buffer }>(
    'select method, route, status, client_sealed from postern.request_log where account_id = $1',
    [id],
  )
  const [{ client_sealed: sealed, ...line } = { client_sealed: Buffer.alloc(0) }] = rows
  assert.deepEqual(line, { method: 'GET', route: '/emails/:id', status: 404 })
  assert.equal(sealed.includes('127.0.0.1'), false)
  const { body } = await api.call('GET', '/api-keys', { key })
  assert.match(body.data[0].last_used_at, /Z$/)
})
