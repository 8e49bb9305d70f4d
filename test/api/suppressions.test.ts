import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { setScene, startDelivery, untilState } from '../deliver/running-delivery.ts'
import { email, type RunningApi, startApi } from './running-api.ts'

let api: RunningApi
before(async () => {
  api = await startApi()
})
after(() => api.end())

const unknownId = '0190a0a0-0000-7000-8000-000000000001'

async function add(address: string, key = api.first.apiKey): Promise<string> {
  const { status, body } = await api.call('POST', '/suppressions', {
    key,
    body: { email: address },
  })
  assert.equal(status, 201, JSON.stringify(body))
  assert.equal(body.object, 'suppression')
  return body.id
}

async function stateOf(address: string, key = api.first.apiKey): Promise<string> {
  const sent = await api.call('POST', '/emails', { key, body: email({ to: address }) })
  assert.equal(sent.status, 200, JSON.stringify(sent.body))
  const [row] = await api.database.query<{ state: string }>(
    'select state from postern.deliveries where message_id = $1',
    [sent.body.id],
  )
  return row!.state
}

test('a suppressed address is not sent to until it is removed, however it is spelled', async () => {
  const id = await add('Ada@Example.com')
  assert.equal(await stateOf('ada@example.com'), 'suppressed')
  assert.equal(await stateOf('ada@example.com', api.second.apiKey), 'queued')
  const removed = await api.call('DELETE', '/suppressions/ADA@example.com')
  assert.deepEqual(
    [removed.status, removed.body],
    [200, { object: 'suppression', id, deleted: true }],
  )
  assert.equal(await stateOf('ada@example.com'), 'queued')
})

test('adding again changes nothing', async () => {
  const id = await add('twice@example.com')
  assert.equal(await add('twice@example.com'), id)
  const lines = await api.database.query(
    'select 1 from postern.suppressions where account_id = $1 and id = $2',
    [api.first.id, id],
  )
  assert.equal(lines.length, 1)
})

test('one is read by its id and by its address, literal or percent-encoded', async () => {
  const address = 'first.last+tag@example.com'
  const id = await add(address)
  for (const name of [id, id.toUpperCase(), address, encodeURIComponent(address)]) {
    const { status, body } = await api.call('GET', `/suppressions/${name}`)
    assert.equal(status, 200, name)
    const { created_at: createdAt, ...rest } = body
    assert.match(createdAt, /Z$/)
    assert.deepEqual(rest, {
      object: 'suppression',
      id,
      email: address,
      origin: 'manual',
      source_id: null,
    })
  }
  const long = `${'x'.repeat(64)}@${'y'.repeat(60)}.${'z'.repeat(60)}.example.com`
  const longId = await add(long)
  const found = await api.call('GET', `/suppressions/${encodeURIComponent(long)}`)
  assert.equal(found.body.id, longId)
})

test('an address is in no column in the clear', async () => {
  await add('planted-address@example.com')
  const rows = await api.database.query<{ line: string }>(
    'select s::text as line from postern.suppressions s',
  )
  const hex = Buffer.from('planted-address').toString('hex')
  assert.ok(rows.length > 0)
  assert.ok(rows.every(({ line }) => !line.includes('planted') && !line.includes(hex)))
})

test('what bounced names its message, and its address opens though deliver sealed it', async () => {
  const scene = await setScene()
  scene.host.script = ({ step }) => (step === 'rcpt' ? '550 5.1.1 no such user' : undefined)
  const delivery = await startDelivery(scene)
  try {
    const to = 'gone@example.test'
    const message = await scene.send({ to })
    await untilState(scene, message, 'bounced')
    const { body } = await scene.api.call('GET', `/suppressions/${to}`)
    assert.deepEqual([body.email, body.origin, body.source_id], [to, 'bounce', message])
    const email = { email: 'else@example.com' }
    await scene.api.call('POST', '/suppressions', { body: email })
    const listed = async (query: string) => {
      const { data } = (await scene.api.call('GET', `/suppressions${query}`)).body
      return data.map((one: { email: string }) => one.email)
    }
    assert.deepEqual(await listed(''), ['else@example.com', to])
    assert.deepEqual(await listed('?origin=bounce'), [to])
    assert.deepEqual(await listed('?origin=manual'), ['else@example.com'])
    assert.deepEqual(await listed('?origin=complaint'), [])
  } finally {
    await delivery.stop()
    await scene.end()
  }
})

test('a list is walked in both directions, and one line of the ledger says how many were opened', async () => {
  const { apiKey: key, id: accountId } = await api.newAccount()
  const ids: string[] = []
  for (let n = 0; n < 5; n++) ids.unshift(await add(`walk-${n}@example.com`, key))
  const page = async (query: string) => {
    const { body } = await api.call('GET', `/suppressions?limit=2${query}`, { key })
    return [body.data.map((one: { id: string }) => one.id), body.has_more]
  }
  const opened = () =>
    api.database.query(
      "select object_count from postern.ledger where account_id = $1 and action = 'record.open'",
      [accountId],
    )
  const before = (await opened()).length
  assert.deepEqual(await page(''), [ids.slice(0, 2), true])
  assert.deepEqual((await opened()).slice(before), [{ object_count: 3 }])
  assert.deepEqual(await page(`&after=${ids[1]}`), [ids.slice(2, 4), true])
  assert.deepEqual(await page(`&after=${ids[3]}`), [ids.slice(4), false])
  assert.deepEqual(await page(`&before=${ids[4]}`), [ids.slice(2, 4), true])
})

test('a batch adds and removes up to 100, by addresses or ids', async () => {
  const { apiKey: key } = await api.newAccount()
  const emails = Array.from({ length: 99 }, (_, n) => `batch-${n}@example.com`)
  const twice = [...emails, 'BATCH-0@example.com']
  const added = await api.call('POST', '/suppressions/batch/add', { key, body: { emails: twice } })
  assert.equal(added.status, 201)
  const ids = added.body.data.map((one: { id: string }) => one.id)
  assert.equal(new Set(ids).size, 99)
  assert.equal(ids[99], ids[0])
  const remove = async (body: object) =>
    api.call('POST', '/suppressions/batch/remove', { key, body })
  const first = await remove({ emails: [...emails.slice(0, 50), 'nobody@example.com'] })
  assert.equal(first.status, 200)
  assert.deepEqual(
    first.body.data.map((one: { id: string }) => one.id).sort(),
    ids.slice(0, 50).sort(),
  )
  assert.ok(first.body.data.every((one: { deleted: boolean }) => one.deleted))
  assert.equal((await remove({ ids: ids.slice(50, 99) })).body.data.length, 49)
  assert.deepEqual((await api.call('GET', '/suppressions', { key })).body.data, [])
})

for (const [title, path, body, said] of [
  ['no address', '/suppressions', {}, /Missing `email`/],
  ['an address that is none', '/suppressions', { email: 'nobody' }, /has no @/],
  ['a name with it', '/suppressions', { email: 'A <a@example.com>' }, /give the address alone/],
  ['an empty batch', '/suppressions/batch/add', { emails: [] }, /list of 1 to 100/],
  [
    'a batch of 101',
    '/suppressions/batch/add',
    { emails: new Array(101).fill('a@example.com') },
    /list of 1 to 100/,
  ],
  [
    'a wrong one in a batch',
    '/suppressions/batch/add',
    { emails: ['a@b.example', 'x'] },
    /Address 2/,
  ],
  [
    'ids and emails at once',
    '/suppressions/batch/remove',
    { emails: ['a@b.example'], ids: [unknownId] },
    /either/,
  ],
  ['neither ids nor emails', '/suppressions/batch/remove', {}, /either/],
  ['ids that are none', '/suppressions/batch/remove', { ids: ['x'] }, /each a UUID/],
] as const) {
  test(`a suppression is refused for ${title}, with the way out`, async () => {
    const answer = await api.call('POST', path, { body })
    assert.equal(answer.status, 422)
    assert.match(answer.body.message, said)
  })
}

test("what is unknown or another account's is not found, and an unknown origin is refused", async () => {
  const id = await add('mine@example.com')
  const key = api.second.apiKey
  for (const name of [id, 'mine@example.com', unknownId]) {
    for (const method of ['GET', 'DELETE']) {
      const { status, body } = await api.call(method, `/suppressions/${name}`, { key })
      assert.deepEqual([status, body.message], [404, 'Suppression not found'])
    }
  }
  assert.equal((await api.call('GET', '/suppressions?origin=other')).status, 422)
  assert.equal((await api.call('GET', `/suppressions/${id}`)).status, 200)
})

test('a sending key neither reads nor changes suppressions', async () => {
  const { body } = await api.call('POST', '/api-keys', {
    body: { name: 'send', permission: 'sending_access' },
  })
  for (const [method, path, sent] of [
    ['GET', '/suppressions', undefined],
    ['POST', '/suppressions', { email: 'a@example.com' }],
    ['DELETE', '/suppressions/a@example.com', undefined],
    ['POST', '/suppressions/batch/remove', { emails: ['a@example.com'] }],
  ] as const) {
    const answer = await api.call(method, path, { key: body.token, body: sent })
    assert.deepEqual([answer.status, answer.body.name], [401, 'restricted_api_key'])
  }
})
