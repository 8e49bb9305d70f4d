/** What a key was used for: from the log of requests and the messages, within bounds. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { findCredentialUsage } from '../../src/core/credentials/queries.ts'
import { openPool, type Pool } from '../../src/db/sql.ts'
import { tokenProof } from '../../src/lib/token.ts'
import { liftRate } from './lift-rate.ts'
import { email, type RunningApi, startApi } from './running-api.ts'

let api: RunningApi
let sql: Pool
before(async () => {
  api = await startApi()
  await liftRate(api)
  sql = openPool(api.database.logins.api, { connectionsMax: 1 })
})
after(async () => {
  await sql.end()
  await api.end()
})

async function makeKey(wanted: object = {}): Promise<{ id: string; token: string }> {
  const made = await api.call('POST', '/api-keys', { body: { name: 'k', ...wanted } })
  assert.equal(made.status, 201)
  return made.body
}

test('usage counts the requests of one key by day and route, and what it sent', async () => {
  const { id, token } = await makeKey()
  const began = new Date().toISOString().slice(0, 10)
  await api.call('POST', '/emails', { key: token, body: email() })
  const two = ['a@postern.localhost', 'b@postern.localhost']
  await api.call('POST', '/emails', { key: token, body: email({ to: two }) })
  await api.call('GET', '/domains', { key: token })
  await api.call('GET', '/domains')
  await api.requestLog.flush()
  const { status, body } = await api.call('GET', `/api-keys/${id}/usage`)
  assert.equal(status, 200)
  assert.match(body.last_used_at, /Z$/)
  const day = body.requests[0].day
  assert.ok(day >= began)
  assert.deepEqual(body.requests, [
    { day, method: 'POST', route: '/emails', requests: 2 },
    { day, method: 'GET', route: '/domains', requests: 1 },
  ])
  assert.deepEqual(body.messages, [
    { day, domain: null, stream: 'transactional', messages: 2, recipients: 3 },
  ])
  const month = 30 * 24 * 3_600_000
  for (const since of [body.requests_since, body.messages_since]) {
    assert.ok(Math.abs(Date.now() - month - Date.parse(since)) < 600_000, since)
  }
})

test('a verified domain that sends is named', async () => {
  const { body: domain } = await api.call('POST', '/domains', { body: { name: 'used.example' } })
  await api.verify(api.first, domain.id)
  const { id, token } = await makeKey()
  const sent = await api.call('POST', '/emails', {
    ...{ key: token, body: email({ from: 'a@used.example' }) },
  })
  assert.equal(sent.status, 200, JSON.stringify(sent.body))
  const { body } = await api.call('GET', `/api-keys/${id}/usage`)
  assert.equal(body.messages[0].domain, 'used.example')
})

test('it looks at so many lines and no more, and says from when on they are all', async () => {
  const { id, token } = await makeKey()
  for (let n = 0; n < 3; n++) await api.call('POST', '/emails', { key: token, body: email() })
  await api.requestLog.flush()
  const h1 = tokenProof(api.first.apiKey)
  const usage = await findCredentialUsage(sql, h1, { id, rowLimit: 2 })
  assert.equal(usage?.requests[0]?.requests, 2)
  assert.equal(usage?.messages[0]?.messages, 2)
  for (const since of [usage?.requestsSince, usage?.messagesSince]) {
    assert.ok(since && Date.now() - since.getTime() < 600_000)
  }
})

test('usage of what is not the account’s own, or without keys:read, is not shown', async () => {
  const { id } = await makeKey()
  const other = await api.call('GET', `/api-keys/${id}/usage`, { key: api.second.apiKey })
  assert.equal(other.status, 404)
  const { token } = await makeKey({ scopes: ['logs:read'] })
  const refused = await api.call('GET', `/api-keys/${id}/usage`, { key: token })
  assert.match(refused.body.message, /`keys:read`/)
  assert.equal(await findCredentialUsage(sql, tokenProof(token), { id, rowLimit: 5 }), undefined)
})
