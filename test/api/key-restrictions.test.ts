import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { email, type RunningApi, startApi } from './running-api.ts'

let api: RunningApi
let nowMs = Date.now()
before(async () => {
  api = await startApi({ clock: { now: () => nowMs } })
})
after(() => api.end())

const inAnHour = () => new Date(nowMs + 3_600_000).toISOString()

async function makeKey(body: object, key?: string) {
  const made = await api.call('POST', '/api-keys', {
    body: { name: 'k', ...body },
    ...(key && { key }),
  })
  assert.equal(made.status, 201, JSON.stringify(made.body))
  return made.body as { id: string; token: string }
}

test('a key shows all its restrictions and its last use, and never its secret', async () => {
  const expiresAt = inAnHour()
  const { id, token } = await makeKey({
    permission: 'sending_access',
    expires_at: expiresAt,
    source_cidrs: ['127.0.0.0/8', '2001:DB8::/32'],
    hourly_max: 5,
    holds: true,
    keeps_content: false,
  })
  const before = await api.call('GET', `/api-keys/${id}`)
  assert.equal(before.status, 200)
  const { created_at: createdAt, ...body } = before.body
  assert.match(createdAt, /Z$/)
  assert.deepEqual(body, {
    object: 'api_key',
    id,
    name: 'k',
    permission: 'sending_access',
    scopes: ['emails:send'],
    preset: 'sending',
    streams: ['urgent', 'transactional', 'bulk'],
    canary: false,
    signature: null,
    domain_id: null,
    domain_ids: [],
    expires_at: expiresAt,
    source_cidrs: ['127.0.0.0/8', '2001:db8::/32'],
    hourly_max: 5,
    holds: true,
    keeps_content: false,
    last_used_at: null,
    retires_at: null,
    last_used_from: null,
    last_user_agent: null,
  })
  const headers = { 'user-agent': 'shop/1.0' }
  assert.equal(
    (await api.call('POST', '/emails', { key: token, body: email(), headers })).status,
    200,
  )
  await api.requestLog.flush()
  const used = (await api.call('GET', `/api-keys/${id}`)).body
  assert.match(used.last_used_at, /Z$/)
  assert.deepEqual([used.last_used_from, used.last_user_agent], ['127.0.0.1', 'shop/1.0'])
  assert.ok(!JSON.stringify(used).includes(token))
  const uses = await api.database.query<{ line: string }>(
    'select u::text as line from postern.credential_uses u where credential_id = $1',
    [id],
  )
  assert.ok(!uses[0]!.line.includes(Buffer.from('127.0.0.1').toString('hex')))
})

test('an unrestricted key has no options, and only such a key may make keys', async () => {
  const { token } = await makeKey({ expires_at: inAnHour() })
  const refused = await api.call('POST', '/api-keys', { key: token, body: { name: 'more' } })
  assert.deepEqual([refused.status, refused.body.name], [401, 'restricted_api_key'])
})

for (const [title, body, said] of [
  ['a network with bits beyond its prefix', { source_cidrs: ['203.0.113.7/24'] }, /Network 1 must/],
  ['51 networks', { source_cidrs: new Array(51).fill('10.0.0.0/8') }, /at most 50 networks/],
  ['an expiry in the past', { expires_at: '2020-01-01T00:00:00Z' }, /in the future/],
  ['an expiry without a zone', { expires_at: '2099-01-01T00:00:00' }, /with its zone/],
  ['an expiry in words', { expires_at: 'tomorrow' }, /ISO 8601/],
  ['a ceiling of nothing', { hourly_max: 0 }, /`hourly_max` field must be a whole number/],
  ['a hold that is a word', { holds: 'yes' }, /`holds` field must be true or false/],
] as const) {
  test(`a key is not made with ${title}`, async () => {
    const answer = await api.call('POST', '/api-keys', { body: { name: 'x', ...body } })
    assert.equal(answer.status, 422)
    assert.match(answer.body.message, said)
  })
}

test('outside its networks a key is answered as if nobody had it, and both operator and account learn of it', async () => {
  const { apiKey, id: accountId } = await api.newAccount()
  const { id, token } = await makeKey({ source_cidrs: ['203.0.113.0/24'] }, apiKey)
  const guess = await api.call('GET', '/emails', { key: `${token.slice(0, -1)}x` })
  nowMs += 1_000
  const outside = await api.call('GET', '/emails', { key: token })
  assert.deepEqual([outside.status, outside.body], [guess.status, guess.body])
  const names = (headers: Headers) => [...headers.keys()].sort()
  assert.deepEqual(names(outside.headers), names(guess.headers))
  assert.equal(outside.headers.get('ratelimit-limit'), guess.headers.get('ratelimit-limit'))
  const alarms = api.logged.filter(
    ([event]) => event === 'alarm: key used from outside its networks',
  )
  assert.equal(alarms.length, 1)
  assert.deepEqual([alarms[0]![1].accountId, alarms[0]![1].credentialId], [accountId, id])
  await api.requestLog.flush()
  const { data } = (await api.call('GET', '/logs', { key: apiKey })).body
  const line = data.find((one: { response_status: number }) => one.response_status === 403)
  const { body } = await api.call('GET', `/logs/${line.id}`, { key: apiKey })
  assert.deepEqual([body.api_key_id, body.client_address], [id, '127.0.0.1'])
  const shown = await api.call('GET', `/api-keys/${id}`, { key: apiKey })
  assert.equal(shown.body.last_used_at, null, 'a refused request is no use of the key')
})

test('outside its networks not even a block of the account can be told', async () => {
  const { apiKey, id } = await api.newAccount()
  const { token } = await makeKey({ source_cidrs: ['203.0.113.0/24'] }, apiKey)
  const { signed } = await api.operator.authorise(
    { operatorToken: api.database.operatorToken },
    { kind: 'account_state', accountId: id, change: { state: 'blocked' } },
  )
  await api.storeAuthority(signed, 'account.block')
  nowMs += 1_000
  const names = [token, apiKey].map(
    async (key) => (await api.call('GET', '/emails', { key })).body.name,
  )
  assert.deepEqual(await Promise.all(names), ['invalid_api_key', 'suspended_api_key'])
})

test('behind a proxy that is trusted the address before it counts, and nobody else is believed', async () => {
  const proxied = await startApi({ trustedProxies: ['127.0.0.1/32'] })
  try {
    const made = await proxied.call('POST', '/api-keys', {
      body: { name: 'office', source_cidrs: ['203.0.113.0/24'] },
    })
    const from = async (address: string, door: RunningApi, key: string) => {
      const headers = { 'x-forwarded-for': address }
      return (await door.call('GET', '/emails', { key, headers })).status
    }
    const { token } = made.body
    assert.equal(await from('203.0.113.9', proxied, token), 200)
    assert.equal(await from('198.51.100.9', proxied, token), 403)
    assert.equal(await from('203.0.113.9, 198.51.100.9', proxied, token), 403)
    const direct = await makeKey({ source_cidrs: ['203.0.113.0/24'] })
    assert.equal(await from('203.0.113.9', api, direct.token), 403)
  } finally {
    await proxied.end()
  }
})

test('a key is refused from the moment of its expiry and no longer listed', async () => {
  const { apiKey } = await api.newAccount()
  const { id, token } = await makeKey({ expires_at: inAnHour() }, apiKey)
  assert.equal((await api.call('GET', '/emails', { key: token })).status, 200)
  nowMs += 3_600_001
  const refused = await api.call('GET', '/emails', { key: token })
  assert.equal(refused.status, 403)
  nowMs -= 3_600_001
  await api.database.query(
    "update postern.credentials set expires_at = now() - interval '1 second' where id = $1",
    [id],
  )
  const { data } = (await api.call('GET', '/api-keys', { key: apiKey })).body
  assert.ok(data.every((one: { id: string }) => one.id !== id))
})

test('over the ceiling of its hour a key is refused with 429, and another key goes on', async () => {
  const { apiKey } = await api.newAccount()
  const { token } = await makeKey({ hourly_max: 2 }, apiKey)
  const send = (key: string, to: string[]) =>
    api.call('POST', '/emails', { key, body: email({ to }) })
  const two = ['a@postern.localhost', 'b@postern.localhost']
  assert.equal((await send(token, two)).status, 200)
  const over = await send(token, two.slice(1))
  assert.deepEqual([over.status, over.body.name], [429, 'daily_quota_exceeded'])
  assert.match(over.body.message, /hourly ceiling of this API key/)
  assert.equal((await send(apiKey, two)).status, 200)
})

test('a rolled key goes on for its overlap, and its successor has its name and restrictions', async () => {
  const { apiKey } = await api.newAccount()
  const old = await makeKey(
    { name: 'Shop', permission: 'sending_access', source_cidrs: ['127.0.0.1'], hourly_max: 9 },
    apiKey,
  )
  const body = { overlap_seconds: 3_600 }
  const rolled = await api.call('POST', `/api-keys/${old.id}/roll`, { key: apiKey, body })
  assert.equal(rolled.status, 201)
  assert.equal(rolled.body.predecessor.id, old.id)
  for (const key of [old.token, rolled.body.token]) {
    assert.equal((await api.call('POST', '/emails', { key, body: email() })).status, 200)
  }
  const show = async (id: string) =>
    (await api.call('GET', `/api-keys/${id}`, { key: apiKey })).body
  const [before, successor] = [await show(old.id), await show(rolled.body.id)]
  assert.equal(before.expires_at, rolled.body.predecessor.expires_at)
  assert.equal(successor.expires_at, null)
  for (const field of ['name', 'permission', 'source_cidrs', 'hourly_max', 'holds'] as const) {
    assert.deepEqual(successor[field], before[field], field)
  }
  nowMs += 3_600_001
  assert.equal((await api.call('POST', '/emails', { key: old.token, body: email() })).status, 403)
  const { token } = rolled.body
  assert.equal((await api.call('POST', '/emails', { key: token, body: email() })).status, 200)
  nowMs -= 3_600_001
  const names = await api.call('GET', '/api-keys', { key: apiKey })
  assert.equal(names.body.data.filter((one: { name: string }) => one.name === 'Shop').length, 2)
})

test('rolling without a body takes a day; what is not there, or another account’s, is not rolled', async () => {
  const old = await makeKey({})
  const rolled = await api.call('POST', `/api-keys/${old.id}/roll`)
  assert.equal(rolled.status, 201)
  const ends = Date.parse(rolled.body.predecessor.expires_at)
  assert.ok(Math.abs(ends - nowMs - 86_400_000) < 60_000)
  const stranger = { key: api.second.apiKey }
  assert.equal((await api.call('POST', `/api-keys/${old.id}/roll`, stranger)).status, 404)
  const long = { body: { overlap_seconds: 2_592_001 } }
  const refused = await api.call('POST', `/api-keys/${rolled.body.id}/roll`, long)
  assert.deepEqual([refused.status, refused.body.name], [422, 'validation_error'])
  const removed = await api.call('DELETE', `/api-keys/${rolled.body.id}`)
  assert.equal(removed.status, 200)
  assert.equal((await api.call('POST', `/api-keys/${rolled.body.id}/roll`)).status, 404)
})

test('an account that holds as many keys as it may cannot roll one', async () => {
  const { id, apiKey } = await api.newAccount()
  const old = await makeKey({}, apiKey)
  const { signed } = await api.operator.authorise(
    { operatorToken: api.database.operatorToken },
    { kind: 'account_state', accountId: id, change: { keysMax: 2 } },
  )
  await api.storeAuthority(signed, 'account.limits')
  const refused = await api.call('POST', `/api-keys/${old.id}/roll`, { key: apiKey })
  assert.equal(refused.status, 403)
  assert.equal(
    (await api.call('GET', `/api-keys/${old.id}`, { key: apiKey })).body.expires_at,
    null,
  )
})

test('ending a key with a hold parks what it submitted and nothing else', async () => {
  const { apiKey, id: accountId } = await api.newAccount()
  const { id, token } = await makeKey({}, apiKey)
  const to = ['a@postern.localhost', 'b@postern.localhost', 'c@postern.localhost']
  const mine = await api.call('POST', '/emails', { key: token, body: email({ to }) })
  const other = await api.call('POST', '/emails', { key: apiKey, body: email({ to }) })
  // One is under way, one was delivered.
  await api.database.query(
    `update postern.deliveries
        set ready = false, state = case n when 1 then 'attempting' else 'delivered' end,
            due_at = now() + interval '1 minute'
      where message_id = $1 and n > 0`,
    [mine.body.id],
  )
  const ended = await api.call('DELETE', `/api-keys/${id}?hold=true`, { key: apiKey })
  const answer = { object: 'api_key', id, deleted: true, held: 2 }
  assert.deepEqual([ended.status, ended.body], [200, answer])
  const states = (message: string) =>
    api.database.query(
      'select n, state, ready, holds from postern.deliveries where message_id = $1 order by n',
      [message],
    )
  assert.deepEqual(await states(mine.body.id), [
    { n: 0, state: 'queued', ready: false, holds: ['key'] },
    { n: 1, state: 'attempting', ready: false, holds: ['key'] },
    { n: 2, state: 'delivered', ready: false, holds: null },
  ])
  assert.ok((await states(other.body.id)).every(({ ready, holds }) => ready && holds === null))
  const events = await api.database.query(
    "select n from postern.events where message_id = $1 and kind = 'held' order by n",
    [mine.body.id],
  )
  assert.deepEqual(events, [{ n: 0 }, { n: 1 }])
  const [line] = await api.database.query(
    "select object_count, object_id from postern.ledger where account_id = $1 and action = 'queue.hold'",
    [accountId],
  )
  assert.deepEqual(line, { object_count: 2, object_id: id })
  nowMs += 1_000
  assert.equal((await api.call('GET', '/emails', { key: token })).status, 403)
})

test('a key cannot end itself with a hold, and only a word it knows asks for one', async () => {
  const { id, token } = await makeKey({})
  const self = await api.call('DELETE', `/api-keys/${id}?hold=true`, { key: token })
  assert.equal(self.status, 422)
  assert.equal((await api.call('DELETE', `/api-keys/${id}?hold=1`)).status, 422)
  const plain = await api.call('DELETE', `/api-keys/${id}?hold=false`)
  assert.deepEqual(plain.body, { object: 'api_key', id, deleted: true })
})

test('a key whose row was written into the database is not shown', async () => {
  const { id } = await makeKey({ hourly_max: 1 })
  await api.database.query("update postern.credentials set options = '{}' where id = $1", [id])
  assert.equal((await api.call('GET', `/api-keys/${id}`)).status, 404)
  assert.ok(
    api.logged.some(([, fields]) => fields.credentialId === id && fields.reason === 'forged'),
  )
})

test('a revoked key stays revoked for vault when its earlier row is put back, history and all', async () => {
  const { apiKey } = await api.newAccount()
  const { id, token } = await makeKey({}, apiKey)
  const [row] = await api.database.query<{ version: number; signature: Buffer }>(
    'select version, signature from postern.credentials where id = $1',
    [id],
  )
  assert.equal((await api.call('DELETE', `/api-keys/${id}`, { key: apiKey })).status, 200)
  await api.database.query(
    'update postern.credentials set version = $2, signature = $3, revoked_at = null, previous = null where id = $1',
    [id, row!.version, row!.signature],
  )
  await api.database.query(
    'delete from postern.authority_history where object_id = $1 and version > 1',
    [id],
  )
  nowMs += 1_000
  const made = await api.call('POST', '/api-keys', { key: token, body: { name: 'more' } })
  assert.notEqual(made.status, 201)
})
