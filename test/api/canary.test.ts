/** Canaries: keys that do nothing, whose use is on record before it is answered. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { noteCanary } from '../../src/core/credentials/leak-queries.ts'
import { listCredentials } from '../../src/core/credentials/queries.ts'
import { acceptMessages } from '../../src/core/messages/accept-queries.ts'
import { openPool, type Pool } from '../../src/db/sql.ts'
import { makeToken, tokenProof } from '../../src/lib/token.ts'
import { addOwner, linesOf, noticesOf } from '../support/owner-of.ts'
import { liftRate } from './lift-rate.ts'
import { email, type RunningApi, startApi } from './running-api.ts'

let api: RunningApi
let sql: Pool
let owner: string
before(async () => {
  api = await startApi()
  await liftRate(api)
  sql = openPool(api.database.logins.api, { connectionsMax: 1 })
  owner = await addOwner(api.database, api.first.id)
})
after(async () => {
  await sql.end()
  await api.end()
})

async function makeCanary(): Promise<{ id: string; token: string }> {
  const made = await api.call('POST', '/api-keys', { body: { name: 'bait', canary: true } })
  assert.equal(made.status, 201, JSON.stringify(made.body))
  return made.body
}

const alarms = (id: string) =>
  api.logged.filter(
    ([event, fields]) => event === 'alarm: canary key used' && fields.credentialId === id,
  ).length
const shown = ({ status, body }: { status: number; body: unknown }) => ({ status, body })

test('a canary is answered as a key nobody has, and its use is on record by then', async () => {
  const { id, token } = await makeCanary()
  const unknown = makeToken('live')
  const used = await api.call('GET', '/emails', { key: token })
  assert.deepEqual(shown(used), shown(await api.call('GET', '/emails', { key: unknown })))
  assert.equal(used.status, 403)
  assert.equal(alarms(id), 1)
  assert.deepEqual(await linesOf(api.database, id), [
    'api credential.create',
    'api credential.canary',
  ])
  const told = (await noticesOf(api.database, api.first.id)).filter((one) => one.object_id === id)
  assert.deepEqual(told, [{ user_id: owner, kind: 'canary_used', object_id: id }])
  const { body } = await api.call('GET', `/api-keys/${id}`)
  assert.deepEqual([body.canary, body.scopes], [true, []])
  assert.match(body.last_used_at, /Z$/)
})

test('every route answers so, and used again and again it tells its owners once a minute', async () => {
  const { id, token } = await makeCanary()
  for (const [method, path, body] of [
    ['POST', '/emails', email()],
    ['POST', '/emails/batch', [email()]],
    ['GET', '/api-keys', undefined],
    ['GET', '/usage', undefined],
    ['GET', '/nothing', undefined],
  ] as const) {
    const answer = await api.call(method, path, { key: token, body })
    assert.deepEqual([answer.status, answer.body.name], [403, 'invalid_api_key'], path)
  }
  // As if more than a second had passed: a line more, and no notice.
  await api.database.query(
    `update postern.credential_uses set last_used_at = last_used_at - interval '2 seconds'
      where credential_id = $1`,
    [id],
  )
  const lines = (await linesOf(api.database, id)).length
  assert.equal((await api.call('GET', '/emails', { key: token })).status, 403)
  assert.equal((await linesOf(api.database, id)).length, lines + 1)
  const notices = await noticesOf(api.database, api.first.id)
  assert.equal(notices.filter((one) => one.object_id === id).length, 1)
})

test('the database and vault take it for nobody too, whoever asks them', async () => {
  const { token, id } = await makeCanary()
  const h1 = tokenProof(token)
  const page = { after: null, before: null, rowLimit: 10 }
  assert.deepEqual(await listCredentials(sql, h1, page), [])
  const request = { h1, idempotency: null, messages: [] }
  const [answer] = await acceptMessages(sql, [request])
  assert.equal(answer?.outcome, 'unknown_proof')
  const vault = api.vault.client('api', await api.database.ticket('api'))
  await assert.rejects(vault.accountKeys(h1), { code: 'invalid_key' })
  const revoke = { kind: 'revoke_credential', credentialId: id } as const
  await assert.rejects(vault.authorise({ h1 }, revoke), { code: 'invalid_key' })
})

test('a key that is no canary leaves no line as one', async () => {
  assert.equal(await noteCanary(sql, tokenProof(api.first.apiKey), 'api'), false)
  assert.equal(await noteCanary(sql, tokenProof(makeToken('live')), 'api'), false)
})
