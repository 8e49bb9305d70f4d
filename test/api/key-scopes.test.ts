/** What an API key may do: by scopes, presets and streams, at the door and again at the database. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import Fastify from 'fastify'
import { demandScope } from '../../src/api/resend/authenticate.ts'
import { keyScopes, type Scope } from '../../src/core/access/scopes.ts'
import { findCredentialDetails, listCredentials } from '../../src/core/credentials/queries.ts'
import { readRawDraft } from '../../src/core/messages/raw-draft.ts'
import { openPool, type Pool } from '../../src/db/sql.ts'
import { tokenProof } from '../../src/lib/token.ts'
import type { Header } from '../../src/mail/headers.ts'
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

const nobody = '00000000-0000-7000-8000-000000000009'
/** One call for each scope, and what it is answered where it is allowed. */
const calls: [Scope, string, string, unknown, number][] = [
  ['emails:send', 'POST', '/emails', email(), 200],
  ['emails:read', 'GET', '/emails', undefined, 200],
  ['emails:write', 'POST', `/emails/${nobody}/cancel`, undefined, 404],
  ['domains:read', 'GET', '/domains', undefined, 200],
  ['domains:write', 'DELETE', `/domains/${nobody}`, undefined, 404],
  ['keys:read', 'GET', '/api-keys', undefined, 200],
  ['keys:write', 'PATCH', `/api-keys/${nobody}`, { name: 'x' }, 404],
  ['suppressions:read', 'GET', '/suppressions', undefined, 200],
  ['suppressions:write', 'DELETE', `/suppressions/${nobody}`, undefined, 404],
  ['logs:read', 'GET', '/logs', undefined, 200],
  ['usage:read', 'GET', '/usage', undefined, 200],
]

async function makeKey(wanted: object): Promise<{ id: string; token: string }> {
  const made = await api.call('POST', '/api-keys', { body: { name: 'k', ...wanted } })
  assert.equal(made.status, 201, JSON.stringify(made.body))
  return made.body
}

test('a key does what its scopes say and nothing else, and a refusal names the scope it lacks', async () => {
  assert.deepEqual(
    calls.map(([scope]) => scope),
    keyScopes,
  )
  for (const own of keyScopes) {
    const { token } = await makeKey({ scopes: [own] })
    for (const [scope, method, path, body, status] of calls) {
      const answer = await api.call(method, path, { key: token, body })
      if (scope === own) {
        assert.equal(answer.status, status, `${own} at ${path}`)
        continue
      }
      assert.deepEqual([answer.status, answer.body.name], [401, 'restricted_api_key'], path)
      assert.match(answer.body.message, new RegExp(`\`${scope}\``))
    }
  }
})

test('the database asks for the scope again, whatever the door has let through', async () => {
  const { token, id } = await makeKey({ scopes: ['emails:send', 'domains:read'] })
  const h1 = tokenProof(token)
  const page = { after: null, before: null, rowLimit: 10 }
  assert.deepEqual(await listCredentials(sql, h1, page), [])
  assert.equal(await findCredentialDetails(sql, h1, id), undefined)
})

test('a key with scopes makes and rolls no keys, not even with keys:write', async () => {
  const { token, id } = await makeKey({ scopes: ['keys:write', 'keys:read'] })
  for (const [path, body] of [
    ['/api-keys', { name: 'more' }],
    [`/api-keys/${id}/roll`, {}],
  ] as const) {
    const refused = await api.call('POST', path, { key: token, body })
    assert.deepEqual([refused.status, refused.body.name], [401, 'restricted_api_key'])
  }
})

test('presets are names for permission and scopes, and a key shows what it may do', async () => {
  const reading = keyScopes.filter((scope) => scope.endsWith(':read'))
  for (const [preset, permission, scopes] of [
    ['full', 'full_access', keyScopes],
    ['sending', 'sending_access', ['emails:send']],
    ['send_and_read', 'full_access', ['emails:send', 'emails:read']],
    ['read_only', 'full_access', reading],
  ] as const) {
    const { id } = await makeKey({ preset })
    const { body } = await api.call('GET', `/api-keys/${id}`)
    assert.deepEqual(
      [body.preset, body.permission, body.scopes, body.streams, body.canary],
      [preset, permission, [...scopes], ['urgent', 'transactional', 'bulk'], false],
    )
  }
  const { id } = await makeKey({ scopes: ['logs:read', 'logs:read'] })
  const { body } = await api.call('GET', `/api-keys/${id}`)
  assert.deepEqual([body.preset, body.scopes], [null, ['logs:read']])
})

for (const [title, wanted, said] of [
  ['an unknown scope', { scopes: ['emails'] }, /leave out `emails`/],
  ['a scope for people', { scopes: ['members:read'] }, /leave out `members:read`/],
  ['no scope', { scopes: [] }, /one at least/],
  [
    'more than sending',
    { permission: 'sending_access', scopes: ['logs:read'] },
    /emails:send only/,
  ],
  ['a preset and scopes', { preset: 'full', scopes: ['logs:read'] }, /preset/],
  ['a preset and a permission', { preset: 'full', permission: 'full_access' }, /preset/],
  ['an unknown preset', { preset: 'admin' }, /`preset`/],
  ['an unknown stream', { streams: ['slow'] }, /`streams/],
  ['no stream', { streams: [] }, /`streams`/],
] as const) {
  test(`${title} is no wish for a key, and the answer says what would be`, async () => {
    const { status, body } = await api.call('POST', '/api-keys', { body: { name: 'k', ...wanted } })
    assert.deepEqual([status, body.name], [422, 'validation_error'])
    assert.match(body.message, said)
  })
}

test('a key for some streams submits to no other', async () => {
  const { token, id } = await makeKey({ streams: ['transactional'] })
  const bulk = email({ headers: { 'List-Unsubscribe': '<https://example.com/u>' } })
  const fine = await api.call('POST', '/emails', { key: token, body: email() })
  assert.equal(fine.status, 200)
  const refused = await api.call('POST', '/emails', { key: token, body: bulk })
  assert.deepEqual([refused.status, refused.body.name], [401, 'restricted_api_key'])
  assert.match(refused.body.message, /other streams/)
  const batch = { key: token, body: [email(), bulk] }
  assert.equal((await api.call('POST', '/emails/batch', batch)).status, 401)
  assert.deepEqual((await api.call('GET', `/api-keys/${id}`)).body.streams, ['transactional'])
})

test('what a door has let through by mistake the database refuses: scope and stream', async () => {
  const source = [
    'From: shop@postern.localhost',
    'To: delivered@postern.localhost',
    'Subject: Hello',
    'List-Unsubscribe: <https://example.com/u>',
    '',
    'Hello',
  ]
  const read = {
    bytes: Buffer.from(`${source.join('\r\n')}\r\n`),
    recipients: ['delivered@postern.localhost'],
    trace: (id: string): Header => ['Received', `by test with ${id}`],
  }
  for (const [wanted, code] of [
    [{ scopes: ['emails:read'] }, 'invalid_key'],
    [{ streams: ['transactional'] }, 'not_permitted'],
  ] as const) {
    const { token } = await makeKey(wanted)
    const sender = await api.senders.find(token, '127.0.0.1')
    const unbound = { ...sender, options: {} }
    const { draft } = readRawDraft(read, Date.now())
    assert.equal(draft.stream, 'bulk')
    await assert.rejects(api.door.accept(unbound, [draft], null), { code })
    await assert.rejects(api.door.accept(sender, [draft], null), { code: 'not_permitted' })
  }
})

test('a route that names no scope of keys is never registered', async () => {
  const app = Fastify()
  app.addHook('onRoute', demandScope)
  const handler = async () => 'open'
  assert.throws(() => app.get('/a', handler), /GET, HEAD \/a must name a scope|GET \/a must name/)
  assert.throws(
    () => app.get('/b', { config: { scope: 'members:read' } }, handler),
    /must name a scope that keys may have/,
  )
  app.get('/c', { config: { scope: 'logs:read' } }, handler)
  await app.close()
})
