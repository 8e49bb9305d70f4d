/** /api/keys on the real console: made, shown, renamed, rolled and ended by people who may. */
import assert from 'node:assert/strict'
import { generateKeyPairSync } from 'node:crypto'
import { after, before, test } from 'node:test'
import { keyScopes } from '../../src/core/access/scopes.ts'
import { MessageDoor } from '../../src/core/messages/accept-message.ts'
import { Senders } from '../../src/core/messages/sender.ts'
import { openPool, type Pool } from '../../src/db/sql.ts'
import { plantMessage } from '../support/planted.ts'
import { draft } from '../support/seeded.ts'
import { waitFor } from '../support/wait-for.ts'
import {
  demandAlike,
  demandRefused,
  freshen,
  memberBrowser,
  type Route,
} from './account-support.ts'
import { type PeopleConsole, type SignedInBrowser, startPeopleConsole } from './people-console.ts'

let running: PeopleConsole
let owner: SignedInBrowser
let other: SignedInBrowser
let apiSql: Pool

before(async () => {
  running = await startPeopleConsole()
  owner = await running.owner()
  other = await running.owner('eve@example.com', await running.makeAccount('Umbrella'))
  apiSql = openPool(running.database.logins.api, { connectionsMax: 2 })
})
after(async () => {
  await apiSql.end()
  await running.close()
})

const pair = generateKeyPairSync('ed25519')
const publicPem = pair.publicKey.export({ type: 'spki', format: 'pem' }).toString()
const privatePem = pair.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()

const sending = { name: 'Shop', scopes: ['emails:send'] }
const reading: Route[] = [
  { method: 'GET', path: (id) => `/api/keys/${id}` },
  { method: 'GET', path: (id) => `/api/keys/${id}/usage` },
]
const changing: Route[] = [
  { method: 'PATCH', path: (id) => `/api/keys/${id}`, body: { name: 'Mine' } },
  { method: 'POST', path: (id) => `/api/keys/${id}/roll`, body: { overlap_seconds: 60 } },
  { method: 'DELETE', path: (id) => `/api/keys/${id}?hold=true` },
  { method: 'DELETE', path: (id) => `/api/keys/${id}` },
]
const collection: Record<'read' | 'write', Route> = {
  read: { method: 'GET', path: () => '/api/keys' },
  write: { method: 'POST', path: () => '/api/keys', body: sending },
}

/** As the door for programs sees a key now. */
async function findAtDoor(token: string) {
  const vault = running.vault.client('api', await running.database.ticket('api'))
  const { clock } = running
  const of = {
    sql: apiSql,
    vault,
    clock,
    check: running.vault.check(),
    alarm: () => {},
    onCanary: () => {},
  }
  return new Senders({ ...of, sandbox: true, door: 'api' }).find(token, '192.0.2.9')
}

async function makeKey(wanted: Record<string, unknown> = {}) {
  await freshen(running, owner)
  const { status, body } = await owner.browser.ask('POST', '/api/keys', { ...sending, ...wanted })
  assert.equal(status, 201, JSON.stringify(body))
  return body as { id: string; token: string }
}

test('a key is made, works at the door for programs, and its token is never shown again', async () => {
  const { id, token } = await makeKey()
  const sender = await findAtDoor(token)
  assert.equal(sender.credentialId, id)
  assert.equal(sender.permission, 'sending_access')
  const { body } = await owner.browser.ask('GET', '/api/keys')
  const listed = body.data.find((key: { id: string }) => key.id === id)
  assert.deepEqual(listed.scopes, ['emails:send'])
  assert.equal(listed.name, 'Shop')
  assert.equal(listed.last_used_at, null)
  assert.ok(!JSON.stringify(body).includes(token))
  assert.deepEqual((await owner.browser.ask('GET', `/api/keys/${id}`)).body, listed)
})

test('every restriction that is asked for is kept and shown', async () => {
  const expiresAt = new Date(running.clock.now() + 7 * 24 * 3600 * 1000).toISOString()
  const { id, token } = await makeKey({
    scopes: ['emails:send', 'emails:read'],
    source_cidrs: ['192.0.2.0/24', '2001:db8::/32'],
    hourly_max: 500,
    expires_at: expiresAt,
    streams: ['transactional'],
    holds: true,
    keeps_content: false,
  })
  const { body } = await owner.browser.ask('GET', `/api/keys/${id}`)
  const { name: _, created_at: __, id: ___, ...shown } = body
  assert.deepEqual(shown, {
    permission: 'full_access',
    scopes: ['emails:send', 'emails:read'],
    domain_id: null,
    domain_ids: [],
    source_cidrs: ['192.0.2.0/24', '2001:db8::/32'],
    hourly_max: 500,
    streams: ['transactional'],
    signature: null,
    canary: false,
    holds: true,
    keeps_content: false,
    expires_at: expiresAt,
    retires_at: null,
    last_used_at: null,
    last_used_from: null,
    last_user_agent: null,
  })
  const { options } = await findAtDoor(token)
  assert.deepEqual(options.scopes, ['emails:send', 'emails:read'])
})

test('a key with all scopes is one without restrictions, which may make keys itself', async () => {
  const { token } = await makeKey({ scopes: [...keyScopes] })
  const sender = await findAtDoor(token)
  assert.equal(sender.permission, 'full_access')
  assert.deepEqual(sender.options, {})
})

test('what cannot be is refused by the name of its field', async () => {
  await freshen(running, owner)
  const unknown = '0197a1b2-0000-7000-8000-00000000dead'
  const cases: [Record<string, unknown>, number, string | undefined][] = [
    [{ name: '' }, 422, 'name'],
    [{ name: '   ' }, 422, 'name'],
    [{ name: 'x'.repeat(51) }, 422, 'name'],
    [{ scopes: [] }, 422, 'scopes'],
    [{ scopes: ['emails:send', 'emails:send'] }, 422, 'scopes'],
    [{ scopes: ['members:write'] }, 422, 'scopes[0]'],
    [{ scopes: ['domains:read'], domain_id: unknown }, 422, 'domain_id'],
    [{ domain_id: unknown }, 404, undefined],
    [{ domain_ids: [unknown] }, 404, undefined],
    [{ domain_ids: [] }, 422, 'domain_ids'],
    [{ domain_id: unknown, domain_ids: [unknown] }, 422, 'domain_ids'],
    [{ scopes: ['domains:read'], domain_ids: [unknown] }, 422, 'domain_ids'],
    [{ signature: {} }, 422, 'signature.public_key'],
    [{ signature: { public_key: 'hello' } }, 422, 'signature.public_key'],
    [{ signature: { public_key: privatePem } }, 422, 'signature.public_key'],
    [{ signature: { public_key: publicPem, private_key: 'x' } }, 422, 'signature.private_key'],
    [{ hourly_max: 0 }, 422, 'hourly_max'],
    [{ source_cidrs: ['203.0.113.1/24'] }, 422, undefined],
    [{ expires_at: '2020-01-01T00:00:00Z' }, 422, undefined],
    [{ expires_at: 'tomorrow' }, 422, 'expires_at'],
    [{ account_id: running.accountId }, 422, 'account_id'],
  ]
  for (const [wrong, status, field] of cases) {
    const answer = await owner.browser.ask('POST', '/api/keys', { ...sending, ...wrong })
    assert.equal(answer.status, status, JSON.stringify([wrong, answer.body]))
    assert.equal(answer.body.error.field, field, JSON.stringify([wrong, answer.body]))
  }
})

test('making, rolling and ending a key takes a factor shown lately; the list does not', async () => {
  const { id } = await makeKey()
  running.clock.forward(11 * 60_000)
  const stale: [Route, string][] = [collection.write, ...changing]
    .filter(({ method }) => method !== 'PATCH')
    .map((route) => [route, id])
  for (const [{ method, path, body }] of stale) {
    const answer = await owner.browser.ask(method, path(id), body)
    assert.equal(answer.body.error.code, 'step_up_needed', `${method} ${path(id)}`)
  }
  assert.equal((await owner.browser.ask('GET', `/api/keys/${id}`)).status, 200)
  await freshen(running, owner)
})

test('a key of signed requests is shown as one, and its successor is one for the same or another key pair', async () => {
  const { id, token } = await makeKey({ signature: { public_key: publicPem } })
  const signature = { algorithm: 'ed25519', public_key: publicPem }
  const shown = async (of: string) => (await owner.browser.ask('GET', `/api/keys/${of}`)).body
  assert.deepEqual((await shown(id)).signature, signature)
  assert.ok((await findAtDoor(token)).options.signatureKey)
  const roll = async (body: object) => {
    const path = `/api/keys/${id}/roll`
    const rolled = await owner.browser.ask('POST', path, { overlap_seconds: 60, ...body })
    assert.equal(rolled.status, 201, JSON.stringify(rolled.body))
    return shown(rolled.body.id)
  }
  assert.deepEqual((await roll({})).signature, signature)
  const other = generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey
  const pem = other.export({ type: 'spki', format: 'pem' }).toString()
  const jwk = JSON.stringify(other.export({ format: 'jwk' }))
  const next = await roll({ signature: { public_key: jwk } })
  assert.deepEqual(next.signature, { algorithm: 'ecdsa-p256-sha256', public_key: pem })
})

test('a key is bound to several domains of its account, and to none of another', async () => {
  const add = async ({ browser }: SignedInBrowser, name: string) => {
    const { status, body } = await browser.ask('POST', '/api/domains', { name })
    assert.equal(status, 201, JSON.stringify(body))
    return body.id as string
  }
  await freshen(running, owner)
  const ids = [await add(owner, 'one.example'), await add(owner, 'two.example')]
  const { id, token } = await makeKey({ domain_ids: ids })
  const { body } = await owner.browser.ask('GET', `/api/keys/${id}`)
  assert.deepEqual([body.domain_id, body.domain_ids], [ids[0], ids])
  assert.deepEqual((await findAtDoor(token)).options.domainIds, ids)
  await freshen(running, other)
  const foreign = await add(other, 'three.example')
  const refused = await owner.browser.ask('POST', '/api/keys', {
    ...sending,
    domain_ids: [ids[0], foreign],
  })
  assert.equal(refused.status, 404)
})

test('a canary is shown as one, and opens nothing', async () => {
  const { id, token } = await makeKey({ canary: true })
  assert.equal((await owner.browser.ask('GET', `/api/keys/${id}`)).body.canary, true)
  await assert.rejects(findAtDoor(token), { code: 'invalid_key' })
})

test('what a key was used for is told by day, and a key that nobody used has none', async () => {
  const { id } = await makeKey()
  const path = `/api/keys/${id}/usage`
  const unused = (await owner.browser.ask('GET', path)).body
  assert.deepEqual([unused.requests, unused.messages, unused.last_used_at], [[], [], null])
  const message = await plantMessage(running.database, {
    accountId: running.accountId,
    stream: 'transactional',
    domainId: null,
    recipients: 2,
    createdAtMs: Date.now() - 1_000,
  })
  await running.database.query('update postern.messages set credential_id = $1 where id = $2', [
    id,
    message.id,
  ])
  const [day] = (await owner.browser.ask('GET', path)).body.messages
  const { day: date, ...counts } = day
  assert.match(date, /^\d{4}-\d\d-\d\d$/)
  assert.deepEqual(counts, { domain: null, stream: 'transactional', messages: 1, recipients: 2 })
})

test('a key gets another name, and keeps all else', async () => {
  const { id, token } = await makeKey()
  const renamed = await owner.browser.ask('PATCH', `/api/keys/${id}`, { name: ' Till ' })
  assert.equal(renamed.status, 204)
  assert.equal((await owner.browser.ask('GET', `/api/keys/${id}`)).body.name, 'Till')
  assert.equal((await findAtDoor(token)).credentialId, id)
})

test('a rolled key goes on until its end, and its successor is as it was', async () => {
  const { id, token } = await makeKey({ hourly_max: 7 })
  const path = `/api/keys/${id}/roll`
  const { status, body } = await owner.browser.ask('POST', path, { overlap_seconds: 3_600 })
  assert.equal(status, 201)
  assert.equal(body.predecessor.id, id)
  const wait = Date.parse(body.predecessor.expires_at) - running.clock.now()
  assert.ok(wait > 3_500_000 && wait <= 3_600_000, `${wait}`)
  assert.equal((await findAtDoor(token)).credentialId, id)
  const successor = await findAtDoor(body.token)
  assert.equal(successor.credentialId, body.id)
  assert.equal(successor.options.hourlyMax, 7)
  const shown = (await owner.browser.ask('GET', `/api/keys/${id}`)).body
  assert.equal(shown.expires_at, body.predecessor.expires_at)
})

test('a key is rolled under load, and not one message is refused meanwhile', async () => {
  const { id, token } = await makeKey()
  const vault = running.vault.client('api', await running.database.ticket('api'))
  const { clock } = running
  const common = { sql: apiSql, vault, clock, check: running.vault.check() }
  const alarms = { alarm: () => {}, onCanary: () => {} }
  const senders = new Senders({ ...common, ...alarms, sandbox: true, door: 'api' })
  const destinationKey = async () => {
    const { destinationKey: key } = await vault.keys()
    if (!key) throw new Error('api gets the destination key')
    return key
  }
  const door = new MessageDoor({ ...common, senders, destinationKey, addsUnsubscribe: true })
  const state = { token, isDone: false, accepted: new Map<string, number>() }
  const program = async () => {
    while (!state.isDone) {
      const used = state.token
      const sender = await senders.find(used, '192.0.2.9')
      await door.accept(sender, [draft(['reader@example.com'])], null)
      state.accepted.set(used, (state.accepted.get(used) ?? 0) + 1)
    }
  }
  const sentBy = (used: string, count: number) => () => (state.accepted.get(used) ?? 0) >= count
  const programs = [program(), program()]
  await waitFor(sentBy(token, 5), { what: 'messages by the old key', seconds: 60 })
  const path = `/api/keys/${id}/roll`
  const rolled = await owner.browser.ask('POST', path, { overlap_seconds: 3_600 })
  assert.equal(rolled.status, 201)
  const before = state.accepted.get(token) ?? 0
  await waitFor(sentBy(token, before + 5), { what: 'more by the old key', seconds: 60 })
  state.token = rolled.body.token
  await waitFor(sentBy(rolled.body.token, 5), { what: 'some by the new key', seconds: 60 })
  state.isDone = true
  await Promise.all(programs)
})

test('a revoked key is unknown at the door and in the list', async () => {
  const { id, token } = await makeKey()
  const { status, body } = await owner.browser.ask('DELETE', `/api/keys/${id}`)
  assert.deepEqual([status, body], [200, { held: null }])
  await assert.rejects(findAtDoor(token), { code: 'invalid_key' })
  assert.equal((await owner.browser.ask('GET', `/api/keys/${id}`)).status, 404)
  const second = await makeKey()
  const held = await owner.browser.ask('DELETE', `/api/keys/${second.id}?hold=true`)
  assert.deepEqual(held.body, { held: 0 })
})

test('the list is walked by its cursor, newest first', async () => {
  const made = [await makeKey(), await makeKey(), await makeKey()].map(({ id }) => id).reverse()
  const first = (await owner.browser.ask('GET', '/api/keys?limit=2')).body
  assert.equal(first.has_more, true)
  const ids = first.data.map(({ id }: { id: string }) => id)
  assert.deepEqual(ids, made.slice(0, 2))
  const next = (await owner.browser.ask('GET', `/api/keys?limit=1&after=${ids[1]}`)).body
  assert.equal(next.data[0].id, made[2])
})

test('nobody gives a key what they may not do themselves', async () => {
  const scopes = ['keys:write', 'emails:send'] as const
  const member = await memberBrowser(running, owner, { role: 'custom', scopes: [...scopes] })
  const refused = await member.ask('POST', '/api/keys', { name: 'More', scopes: ['logs:read'] })
  assert.deepEqual([refused.status, refused.body.error.code], [403, 'not_permitted'])
  assert.match(refused.body.error.message, /logs:read/)
  assert.equal((await member.ask('POST', '/api/keys', sending)).status, 201)
})

test('roles without the scopes see no key and change none', async () => {
  for (const role of ['marketer', 'analyst', 'billing'] as const) {
    const member = await memberBrowser(running, owner, { role })
    await demandRefused(member, [collection.read, ...reading], 'keys:read')
    await demandRefused(member, [collection.write, ...changing], 'keys:write')
  }
  const scopes = { scopes: ['keys:read' as const] }
  const reader = await memberBrowser(running, owner, { role: 'custom', ...scopes })
  assert.equal((await reader.ask('GET', '/api/keys')).status, 200)
  await demandRefused(reader, [collection.write, ...changing], 'keys:write')
})

test('the key of another account is as if it did not exist', async () => {
  const { id } = await makeKey()
  await freshen(running, other)
  await demandAlike(other.browser, [...reading, ...changing], id)
  const { body } = await other.browser.ask('GET', `/api/keys?limit=100`)
  const names = body.data.map((key: { name: string }) => key.name)
  assert.deepEqual(names, ['First key'], 'the one its account was made with')
  assert.equal((await owner.browser.ask('GET', `/api/keys/${id}`)).body.name, 'Shop')
})

test('a key that vault has not signed so is not shown, and the operator is told', async () => {
  const { id } = await makeKey()
  await running.database.query(
    `update postern.credentials set options = '{"hourlyMax": 9}' where id = '${id}'`,
  )
  assert.equal((await owner.browser.ask('GET', `/api/keys/${id}`)).status, 404)
  const { body } = await owner.browser.ask('GET', '/api/keys')
  assert.ok(!body.data.some((key: { id: string }) => key.id === id))
  assert.ok(running.logged.some(([event]) => event === 'alarm: authority row not signed by vault'))
})
