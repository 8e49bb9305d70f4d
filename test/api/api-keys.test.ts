import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { email, type RunningApi, startApi } from './running-api.ts'

let api: RunningApi
let nowMs = Date.now()
before(async () => {
  api = await startApi({ clock: { now: () => nowMs } })
})
after(() => api.end())

const unknownId = '0190a0a0-0000-7000-8000-000000000001'

test('a new key is answered once, listed by name, renamed and ended', async () => {
  const { apiKey: key } = await api.newAccount()
  nowMs += 1
  const made = await api.call('POST', '/api-keys', { key, body: { name: 'Production' } })
  assert.equal(made.status, 201)
  assert.equal(made.body.object, 'api_key')
  assert.match(made.body.token, /^pst_live_/)
  const { id, token } = made.body
  const list = await api.call('GET', '/api-keys', { key })
  assert.deepEqual(Object.keys(list.body.data[0]).sort(), [
    'created_at',
    'id',
    'last_used_at',
    'name',
  ])
  assert.deepEqual(
    list.body.data.map((one: { name: string }) => one.name),
    ['Production', 'First key'],
  )
  assert.equal(JSON.stringify(list.body).includes(token), false)

  const renamed = await api.call('PATCH', `/api-keys/${id}`, { key, body: { name: 'Prod' } })
  assert.deepEqual([renamed.status, renamed.body], [200, { object: 'api_key', id }])
  assert.equal((await api.call('GET', '/api-keys', { key: token })).body.data[0].name, 'Prod')

  const ended = await api.call('DELETE', `/api-keys/${id}`, { key })
  assert.deepEqual([ended.status, ended.body], [200, { object: 'api_key', id, deleted: true }])
  nowMs += 1_000
  const refused = await api.call('GET', '/api-keys', { key: token })
  assert.deepEqual([refused.status, refused.body.name], [403, 'invalid_api_key'])
  const again = await api.call('DELETE', `/api-keys/${id}`, { key })
  assert.deepEqual([again.status, again.body.message], [404, 'API key not found'])
  const gone = await api.call('PATCH', `/api-keys/${id}`, { key, body: { name: 'x' } })
  assert.equal(gone.status, 404)
})

test('a key that ends itself is refused at once', async () => {
  const { apiKey } = await api.newAccount()
  const { body } = await api.call('POST', '/api-keys', { key: apiKey, body: { name: 'own' } })
  assert.equal((await api.call('DELETE', `/api-keys/${body.id}`, { key: body.token })).status, 200)
  assert.equal((await api.call('GET', '/api-keys', { key: body.token })).status, 403)
})

test("another account's key is not found, and neither is an unknown one", async () => {
  const made = await api.call('POST', '/api-keys', { body: { name: 'mine' } })
  const key = api.second.apiKey
  for (const id of [made.body.id, unknownId]) {
    const ended = await api.call('DELETE', `/api-keys/${id}`, { key })
    assert.deepEqual([ended.status, ended.body.message], [404, 'API key not found'])
    const renamed = await api.call('PATCH', `/api-keys/${id}`, { key, body: { name: 'x' } })
    assert.equal(renamed.status, 404)
  }
})

test('a sending key sends and may do nothing else', async () => {
  const { body } = await api.call('POST', '/api-keys', {
    body: { name: 'send', permission: 'sending_access' },
  })
  const key = body.token
  assert.equal((await api.call('POST', '/emails', { key, body: email() })).status, 200)
  assert.equal((await api.call('POST', '/emails/batch', { key, body: [email()] })).status, 200)
  for (const [method, path] of [
    ['GET', '/emails'],
    ['GET', `/emails/${unknownId}`],
    ['GET', '/api-keys'],
    ['POST', '/api-keys'],
    ['PATCH', `/api-keys/${unknownId}`],
    ['DELETE', `/api-keys/${unknownId}`],
    ['GET', '/domains'],
    ['POST', '/domains'],
    ['GET', `/domains/${unknownId}`],
    ['POST', `/domains/${unknownId}/verify`],
  ] as const) {
    const answer = await api.call(method, path, {
      key,
      ...(method === 'POST' && { body: { name: 'x.example' } }),
    })
    assert.deepEqual(
      [method, path, answer.status, answer.body.name],
      [method, path, 401, 'restricted_api_key'],
    )
  }
})

test('a key that is bound to a domain sends from that domain only', async () => {
  const one = await api.call('POST', '/domains', { body: { name: 'bound.example' } })
  const two = await api.call('POST', '/domains', { body: { name: 'other.example' } })
  await api.verify(api.first, one.body.id)
  await api.verify(api.first, two.body.id)
  const made = await api.call('POST', '/api-keys', {
    body: { name: 'bound', permission: 'sending_access', domain_id: one.body.id },
  })
  assert.equal(made.status, 201)
  const send = (from: string) =>
    api.call('POST', '/emails', { key: made.body.token, body: email({ from }) })
  assert.equal((await send('a@bound.example')).status, 200)
  for (const from of ['a@other.example', 'a@postern.localhost', 'a@sub.bound.example']) {
    const refused = await send(from)
    assert.ok([401, 403].includes(refused.status), from)
  }
})

test('a key that is bound to several domains sends from each of them only, and goes on when one is deleted', async () => {
  const names = ['red.example', 'green.example', 'blue.example']
  const ids: string[] = []
  for (const name of names) {
    const { body } = await api.call('POST', '/domains', { body: { name } })
    await api.verify(api.first, body.id)
    ids.push(body.id)
  }
  const bound = ids.slice(0, 2)
  const made = await api.call('POST', '/api-keys', {
    body: { name: 'two', permission: 'sending_access', domain_ids: bound },
  })
  assert.equal(made.status, 201, JSON.stringify(made.body))
  const { id, token } = made.body
  const shown = (await api.call('GET', `/api-keys/${id}`)).body
  assert.deepEqual([shown.domain_id, shown.domain_ids], [ids[0], bound])
  const send = async (from: string, key = token) =>
    (await api.call('POST', '/emails', { key, body: email({ from }) })).status
  assert.equal(await send('a@red.example'), 200)
  assert.equal(await send('a@green.example'), 200)
  for (const from of ['a@blue.example', 'a@postern.localhost', 'a@sub.red.example']) {
    assert.ok([401, 403].includes(await send(from)), from)
  }
  const rolled = (await api.call('POST', `/api-keys/${id}/roll`)).body
  const successor = (await api.call('GET', `/api-keys/${rolled.id}`)).body
  assert.deepEqual(successor.domain_ids, bound)
  // The first is gone, also from the column that knows one only; the second is not.
  assert.equal((await api.call('DELETE', `/domains/${ids[0]}`)).status, 200)
  nowMs += 1_001
  assert.equal(await send('a@red.example'), 403)
  assert.equal(await send('a@green.example'), 200)
  assert.ok([401, 403].includes(await send('a@blue.example')))
  assert.ok([401, 403].includes(await send('a@blue.example', rolled.token)))
})

test('domains that somebody adds to a key in the database make it no key at all', async () => {
  const { body: domain } = await api.call('POST', '/domains', { body: { name: 'pink.example' } })
  const { body: other } = await api.call('POST', '/domains', { body: { name: 'grey.example' } })
  await api.verify(api.first, other.id)
  const { body } = await api.call('POST', '/api-keys', {
    body: { name: 'one', permission: 'sending_access', domain_ids: [domain.id] },
  })
  const options = JSON.stringify({ domainIds: [domain.id, other.id] })
  await api.database.query('update postern.credentials set options = $2 where id = $1', [
    body.id,
    options,
  ])
  const from = 'a@grey.example'
  const refused = await api.call('POST', '/emails', { key: body.token, body: email({ from }) })
  assert.deepEqual([refused.status, refused.body.name], [403, 'invalid_api_key'])
})

for (const [title, body, status] of [
  ['a name of 51 characters', { name: 'x'.repeat(51) }, 422],
  ['no name', {}, 422],
  ['an unknown permission', { name: 'x', permission: 'root' }, 422],
  ['a domain on a full key', { name: 'x', domain_id: unknownId }, 422],
  ['a domain id that is none', { name: 'x', permission: 'sending_access', domain_id: 'x' }, 422],
  ['a domain of nobody', { name: 'x', permission: 'sending_access', domain_id: unknownId }, 404],
  [
    'domains of which one is nobody’s',
    { name: 'x', permission: 'sending_access', domain_ids: [unknownId] },
    404,
  ],
  ['no domains at all', { name: 'x', permission: 'sending_access', domain_ids: [] }, 422],
  ['several domains on a full key', { name: 'x', domain_ids: [unknownId] }, 422],
  [
    'one domain and several',
    { name: 'x', permission: 'sending_access', domain_id: unknownId, domain_ids: [unknownId] },
    422,
  ],
  [
    '51 domains',
    { name: 'x', permission: 'sending_access', domain_ids: new Array(51).fill(unknownId) },
    422,
  ],
  ['a signature of its own', { name: 'x', signature: 'ab' }, 422],
] as const) {
  test(`a key is not made with ${title}`, async () => {
    assert.equal((await api.call('POST', '/api-keys', { body })).status, status)
  })
}

test('an empty name is accepted', async () => {
  assert.equal((await api.call('POST', '/api-keys', { body: { name: '' } })).status, 201)
})

test('a key that revoked itself opens nothing at the door that ended it, though its row is put back, history and all', async () => {
  const { apiKey } = await api.newAccount()
  const made = await api.call('POST', '/api-keys', { key: apiKey, body: { name: 'short-lived' } })
  const { id, token: key } = made.body
  const used = await api.call('POST', '/emails', { key, body: email() })
  assert.equal(used.status, 200)
  const ended = await api.call('DELETE', `/api-keys/${id}`, { key })
  assert.equal(ended.status, 200, JSON.stringify(ended.body))
  await api.database.query(
    'delete from postern.authority_history where object_id = $1 and version > 1',
    [id],
  )
  const rows = await api.database.query(
    `update postern.credentials c
        set version = 1, revoked_at = null, previous = null, signature = h.signature
       from postern.authority_history h
      where c.id = $1 and h.object_id = $1
     returning c.id`,
    [id],
  )
  assert.equal(rows.length, 1)
  nowMs += 1_000
  for (const [method, path, body] of [
    ['GET', '/domains', undefined],
    ['POST', '/emails', email()],
  ] as const) {
    const answer = await api.call(method, path, { key, body })
    assert.deepEqual([answer.status, answer.body.name], [403, 'invalid_api_key'], path)
  }
  assert.equal((await api.call('POST', '/emails', { key: apiKey, body: email() })).status, 200)
})
