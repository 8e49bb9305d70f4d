import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { setLogBodies } from '../../src/core/operations/queries.ts'
import { forgetBodies } from '../../src/core/requests/queries.ts'
import { openPool } from '../../src/db/sql.ts'
import { tokenProof } from '../../src/lib/token.ts'
import { email, type RunningApi, startApi, type TestAccount } from './running-api.ts'

let api: RunningApi
let nowMs = Date.now()
before(async () => {
  api = await startApi({ clock: { now: () => nowMs } })
})
after(() => api.end())

async function keepBodies({ id: accountId }: TestAccount, wanted: boolean): Promise<void> {
  const ops = openPool(api.database.logins.ops, { connectionsMax: 1 })
  try {
    const h1 = tokenProof(api.database.operatorToken)
    assert.equal(await setLogBodies(ops, h1, { accountId, wanted }), true)
  } finally {
    await ops.end()
  }
  // What the door knows of a key is a second old at most.
  nowMs += 1_000
}

interface Entry {
  id: string
  method: string
  endpoint: string
}

async function logOf({ apiKey: key }: TestAccount): Promise<Entry[]> {
  await api.requestLog.flush()
  nowMs += 1
  return (await api.call('GET', '/logs', { key })).body.data
}

async function entry(account: TestAccount, method: string, endpoint: string) {
  const found = (await logOf(account)).find(
    (one) => one.method === method && one.endpoint === endpoint,
  )
  assert.ok(found, `${method} ${endpoint} is not in the log`)
  return (await api.call('GET', `/logs/${found.id}`, { key: account.apiKey })).body
}

test('requests are listed newest first by their routes, with the program that asked', async () => {
  const account = await api.newAccount()
  const headers = { 'user-agent': 'shop/2.1' }
  const key = account.apiKey
  await api.call('GET', '/emails/0190a0a0-0000-7000-8000-000000000001?secret=1', { key, headers })
  nowMs += 1
  await api.call('GET', '/api-keys', { key })
  const [second, first] = await logOf(account)
  assert.deepEqual(Object.keys(first!).sort(), [
    'created_at',
    'endpoint',
    'id',
    'method',
    'response_status',
    'user_agent',
  ])
  const { id, created_at: createdAt, ...line } = first as unknown as Record<string, unknown>
  assert.match(String(createdAt), /Z$/)
  assert.deepEqual(line, {
    endpoint: '/emails/:id',
    method: 'GET',
    response_status: 404,
    user_agent: 'shop/2.1',
  })
  assert.equal(second!.endpoint, '/api-keys')
  const page = async (query: string) =>
    (await api.call('GET', `/logs?limit=1${query}`, { key })).body
  assert.equal((await page(`&after=${second!.id}`)).data[0].id, id)
  assert.equal((await page(`&before=${String(id)}`)).data[0].id, second!.id)
})

test('bodies are not kept unless the account wants them', async () => {
  const account = await api.newAccount()
  await api.call('POST', '/api-keys', { key: account.apiKey, body: { name: 'quiet' } })
  const shown = await entry(account, 'POST', '/api-keys')
  assert.deepEqual([shown.object, shown.request_body, shown.response_body], ['log', null, null])
  assert.equal(typeof shown.duration_ms, 'number')
})

test('bodies that are kept are sealed and have lost their secrets', async () => {
  const account = await api.newAccount()
  await keepBodies(account, true)
  const key = account.apiKey
  const made = await api.call('POST', '/api-keys', { key, body: { name: 'Planted Name' } })
  const shown = await entry(account, 'POST', '/api-keys')
  assert.deepEqual(shown.request_body, { name: 'Planted Name' })
  assert.deepEqual(shown.response_body, { object: 'api_key', id: made.body.id, token: '[hidden]' })
  const rows = await api.database.query<{ line: string }>(
    'select r::text as line from postern.request_log r where account_id = $1',
    [account.id],
  )
  assert.ok(rows.every(({ line }) => !line.includes(Buffer.from('Planted').toString('hex'))))
  const stranger = await api.call('GET', `/logs/${shown.id}`, { key: api.second.apiKey })
  assert.deepEqual([stranger.status, stranger.body.message], [404, 'Log not found'])
})

test('a message is in the log by its id only, and a refusal with its words', async () => {
  const account = await api.newAccount()
  await keepBodies(account, true)
  const key = account.apiKey
  const sent = await api.call('POST', '/emails', { key, body: email({ subject: 'Planted' }) })
  const posted = await entry(account, 'POST', '/emails')
  assert.deepEqual([posted.request_body, posted.response_body], [null, { id: sent.body.id }])
  nowMs += 1
  await api.call('GET', `/emails/${sent.body.id}`, { key })
  const read = await entry(account, 'GET', '/emails/:id')
  assert.deepEqual([read.request_body, read.response_body], [null, null])
  nowMs += 1
  await api.call('POST', '/api-keys', { key, body: {} })
  const refused = await entry(account, 'POST', '/api-keys')
  assert.equal(refused.response_status, 422)
  assert.match(refused.response_body.message, /Missing `name`/)
})

test('bodies go after a day, and none is kept once the account no longer wants them', async () => {
  const account = await api.newAccount()
  await keepBodies(account, true)
  const key = account.apiKey
  await api.call('POST', '/api-keys', { key, body: { name: 'old' } })
  const old = await entry(account, 'POST', '/api-keys')
  assert.ok(old.request_body)
  await keepBodies(account, false)
  await api.call('POST', '/api-keys', { key, body: { name: 'new' } })
  assert.equal((await entry(account, 'POST', '/api-keys')).request_body, null)

  const jobs = openPool(api.database.logins.jobs, { connectionsMax: 1 })
  const ticket = await api.database.ticket('jobs')
  try {
    const kept = 'select 1 from postern.request_log where id = $1 and bodies_sealed is not null'
    await forgetBodies(jobs, ticket, 100)
    assert.equal((await api.database.query(kept, [old.id])).length, 1)
    await api.database.query(
      "update postern.request_log set at = at - interval '25 hours' where id = $1",
      [old.id],
    )
    assert.equal(await forgetBodies(jobs, ticket, 100), 1)
  } finally {
    await jobs.end()
  }
  const { body } = await api.call('GET', `/logs/${old.id}`, { key })
  assert.deepEqual([body.request_body, body.response_body], [null, null])
})

test('ids are checked, and a sending key reads no log', async () => {
  assert.equal((await api.call('GET', '/logs/x')).status, 422)
  const { body } = await api.call('POST', '/api-keys', {
    body: { name: 'send', permission: 'sending_access' },
  })
  for (const path of ['/logs', '/usage']) {
    assert.equal((await api.call('GET', path, { key: body.token })).status, 401)
  }
})
