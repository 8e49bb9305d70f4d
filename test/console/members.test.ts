/** Members, roles and invitations over the wire. */
import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { after, before, test } from 'node:test'
import { scopes } from '../../src/core/access/scopes.ts'
import {
  demandAlike,
  demandRefused,
  freshen,
  memberBrowser,
  type Route,
} from './account-support.ts'
import {
  type Browser,
  type PeopleConsole,
  type SignedInBrowser,
  startPeopleConsole,
} from './people-console.ts'

let running: PeopleConsole
let owner: SignedInBrowser

before(async () => {
  running = await startPeopleConsole()
  owner = await running.owner()
})
after(() => running.close())

const reading: Route[] = [{ method: 'GET', path: (id) => `/api/members/${id}/impact` }]
const writing: Route[] = [
  { method: 'PATCH', path: (id) => `/api/members/${id}`, body: { role: 'analyst' } },
  { method: 'DELETE', path: (id) => `/api/members/${id}` },
  { method: 'DELETE', path: (id) => `/api/invitations/${id}` },
  { method: 'POST', path: (id) => `/api/invitations/${id}/resend` },
]

async function membersOf(browser: Browser) {
  const { status, body } = await browser.ask('GET', '/api/members')
  assert.equal(status, 200, JSON.stringify(body))
  return body.data as Record<string, unknown>[]
}

async function idOf(browser: Browser): Promise<string> {
  const { user } = (await browser.ask('GET', '/api/session')).body
  const found = (await membersOf(owner.browser)).find((one) => one.user_id === user.id)
  return String(found?.id)
}

test('roles come with the scopes they bring, and every scope in words', async () => {
  const { body } = await owner.browser.ask('GET', '/api/roles')
  assert.equal(body.roles.length, 7)
  assert.deepEqual(
    body.scopes.map(({ scope }: { scope: string }) => scope),
    [...scopes],
  )
  const billing = body.roles.find(({ role }: { role: string }) => role === 'billing')
  assert.deepEqual(billing.scopes, ['usage:read', 'members:read'])
})

test('somebody invited gets a mail, is listed until they come, and can be invited again or no more', async () => {
  await freshen(running, owner)
  const wanted = { email: 'grace@example.com', role: 'custom', scopes: ['usage:read'] }
  const made = await owner.browser.ask('POST', '/api/invitations', wanted)
  assert.equal(made.status, 201, JSON.stringify(made.body))
  const list = async () => (await owner.browser.ask('GET', '/api/invitations')).body.data
  assert.deepEqual(
    (await list()).map(({ email, role, scopes: its }: Record<string, unknown>) => [
      email,
      role,
      its,
    ]),
    [['grace@example.com', 'custom', ['usage:read']]],
  )
  const mails = async () => (await running.database.query('select id from postern.messages')).length
  assert.equal(await mails(), 1)
  const twice = await owner.browser.ask('POST', '/api/invitations', wanted)
  assert.deepEqual([twice.status, twice.body.error.field], [409, 'email'])
  const member = { email: owner.email.toUpperCase(), role: 'admin' }
  assert.equal((await owner.browser.ask('POST', '/api/invitations', member)).status, 409)
  const again = await owner.browser.ask('POST', `/api/invitations/${made.body.id}/resend`)
  assert.equal(again.status, 201)
  assert.equal(await mails(), 2)
  assert.deepEqual(
    (await list()).map(({ id }: { id: string }) => id),
    [again.body.id],
  )
  assert.equal((await owner.browser.ask('DELETE', `/api/invitations/${again.body.id}`)).status, 204)
  assert.deepEqual(await list(), [])
})

test('a role is changed, and the sessions of before end with it', async () => {
  const browser = await memberBrowser(running, owner, { role: 'developer' })
  const id = await idOf(browser)
  await freshen(running, owner)
  const path = `/api/members/${id}`
  const change = await owner.browser.ask('PATCH', path, { role: 'custom', scopes: ['logs:read'] })
  assert.equal(change.status, 204, JSON.stringify(change.body))
  running.clock.forward(1_000)
  assert.equal((await browser.ask('GET', '/api/session')).status, 401)
  const changed = (await membersOf(owner.browser)).find((one) => one.id === id)
  assert.deepEqual([changed?.role, changed?.scopes], ['custom', ['logs:read']])
  for (const body of [
    { role: 'custom' },
    { role: 'custom', scopes: [] },
    { role: 'admin', scopes: ['logs:read'] },
  ]) {
    const refused = await owner.browser.ask('PATCH', path, body)
    assert.deepEqual([refused.status, refused.body.error.field], [422, 'scopes'])
  }
})

test('what a removal touches is told before: open sessions, and keys that go on working', async () => {
  const browser = await memberBrowser(running, owner, { role: 'developer' })
  const id = await idOf(browser)
  const key = await browser.ask('POST', '/api/keys', { name: 'Shop', scopes: ['emails:send'] })
  assert.equal(key.status, 201, JSON.stringify(key.body))
  const { body } = await owner.browser.ask('GET', `/api/members/${id}/impact`)
  assert.equal(body.sessions, 1)
  assert.deepEqual(
    body.keys.map((one: Record<string, unknown>) => [one.id, one.name, one.last_used_at]),
    [[key.body.id ?? key.body.key?.id, 'Shop', null]],
  )
  await freshen(running, owner)
  assert.equal((await owner.browser.ask('DELETE', `/api/members/${id}`)).status, 204)
  running.clock.forward(1_000)
  assert.equal((await browser.ask('GET', '/api/session')).status, 401)
  assert.equal((await owner.browser.ask('GET', `/api/members/${id}/impact`)).status, 404)
  assert.equal(
    (await owner.browser.ask('GET', `/api/keys/${key.body.id ?? key.body.key?.id}`)).status,
    200,
  )
})

test('the last owner stays, an admin gives no more than they have, and stale factors are asked for again', async () => {
  const self = await idOf(owner.browser)
  await freshen(running, owner)
  const leaving = await owner.browser.ask('DELETE', `/api/members/${self}`)
  assert.match(leaving.body.error.message, /last owner/)
  const admin = await memberBrowser(running, owner, { role: 'admin' })
  const owning = await admin.ask('PATCH', `/api/members/${self}`, { role: 'analyst' })
  assert.equal(owning.status, 403)
  running.clock.forward(11 * 60_000)
  const stale = await owner.browser.ask('PATCH', `/api/members/${self}`, { role: 'admin' })
  assert.equal(stale.body.error.code, 'step_up_needed')
})

test('who has not the scope is refused, and what is another account’s is as if it were not', async () => {
  const custom = await memberBrowser(running, owner, { role: 'custom', scopes: ['logs:read'] })
  await demandRefused(custom, reading, 'members:read')
  await demandRefused(custom, writing, 'members:write')
  const otherId = await running.makeAccount('Other')
  const other = await running.owner('chief@example.com', otherId)
  const [chief] = await membersOf(other.browser)
  await freshen(running, owner)
  await demandAlike(owner.browser, [...reading, ...writing], String(chief?.id))
  assert.equal((await owner.browser.ask('GET', `/api/members/${randomUUID()}/impact`)).status, 404)
})
