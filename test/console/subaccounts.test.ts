/** Subaccounts over the wire: the list, what is refused with which field, and being in one with a way back. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { scopesOfRole } from '../../src/core/access/scopes.ts'
import { changeAccountState } from '../../src/core/accounts/change-account-state.ts'
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

before(async () => {
  running = await startPeopleConsole()
  owner = await running.owner()
  other = await running.owner('chief@example.com', await running.makeAccount('Other'))
})
after(() => running.close())

const routes: Route[] = [
  { method: 'PATCH', path: (id) => `/api/subaccounts/${id}`, body: { keys: 1 } },
  { method: 'POST', path: (id) => `/api/subaccounts/${id}/suspend` },
  { method: 'POST', path: (id) => `/api/subaccounts/${id}/resume` },
  { method: 'POST', path: (id) => `/api/subaccounts/${id}/enter` },
]

async function make(body: unknown) {
  await freshen(running, owner)
  return owner.browser.ask('POST', '/api/subaccounts', body)
}

async function listed(id: string) {
  const { status, body } = await owner.browser.ask('GET', '/api/subaccounts')
  assert.equal(status, 200, JSON.stringify(body))
  return body.data.find((one: { id: string }) => one.id === id)
}

test('a subaccount is made, listed, limited, suspended and resumed', async () => {
  const made = await make({ name: 'Shop', limits: { daily_quota: 1_000, keys: 5 } })
  assert.equal(made.status, 201, JSON.stringify(made.body))
  const { id } = made.body
  const { created_at: _, ...first } = await listed(id)
  assert.deepEqual(first, {
    id,
    name: 'Shop',
    state: 'active',
    blocked_for: null,
    limits: { requests_per_second: 100, daily_quota: 1_000, domains: 1_000, keys: 5 },
    messages_today: 0,
  })
  const path = `/api/subaccounts/${id}`
  const changed = await owner.browser.ask('PATCH', path, { daily_quota: null, keys: 6 })
  assert.equal(changed.status, 204, JSON.stringify(changed.body))
  assert.equal((await owner.browser.ask('POST', `${path}/suspend`)).status, 204)
  const suspended = await listed(id)
  assert.deepEqual(
    [suspended.state, suspended.limits.daily_quota, suspended.limits.keys],
    ['suspended', null, 6],
  )
  assert.equal((await owner.browser.ask('POST', `${path}/resume`)).status, 204)
  assert.equal((await listed(id)).state, 'active')
})

test('what is wrong about a new one is named', async () => {
  const much = await make({ name: 'Greedy', limits: { requests_per_second: 101 } })
  assert.equal(much.status, 422)
  assert.equal(much.body.error.field, 'requests_per_second')
  assert.match(much.body.error.message, /at most that of this account, 100/)
  const nameless = await make({ name: ' ' })
  assert.deepEqual([nameless.status, nameless.body.error.field], [422, 'name'])
  const parent = await make({ name: 'Sly', parent_id: running.accountId })
  assert.equal(parent.status, 422)
})

test('one is in a subaccount as its admin, is told so, and goes back', async () => {
  const { id } = (await make({ name: 'Inside' })).body
  const entered = await owner.browser.ask('POST', `/api/subaccounts/${id}/enter`)
  assert.equal(entered.status, 204, JSON.stringify(entered.body))
  const session = (await owner.browser.ask('GET', '/api/session')).body
  assert.equal(session.account_id, id)
  assert.deepEqual(session.entered, { name: 'Inside', from_id: running.accountId })
  const admin = scopesOfRole('admin', null).filter((scope) => !scope.startsWith('subaccounts:'))
  assert.deepEqual(session.scopes, admin)
  assert.equal((await owner.browser.ask('GET', '/api/account')).body.parent_id, running.accountId)
  const audit = (await owner.browser.ask('GET', '/api/audit?changes_only=true')).body.data
  assert.deepEqual(
    audit.map((one: { action: string; actor: object }) => [one.action, one.actor]),
    [
      ['subaccount.entered', { kind: 'person', id: session.user.id, name: 'Ada' }],
      ['account_state.create', { kind: 'person', id: session.user.id, name: 'Ada' }],
    ],
  )
  // The mail names who invites, who is no member there.
  await freshen(running, owner)
  const wanted = { email: 'first@example.com', role: 'owner' }
  assert.equal((await owner.browser.ask('POST', '/api/invitations', wanted)).status, 201)
  const mail = running.sent.at(-1)
  assert.equal(mail?.kind === 'invitation' && mail.invitedBy, 'Ada')
  const back = { account_id: running.accountId }
  assert.equal((await owner.browser.ask('POST', '/api/switch-account', back)).status, 204)
  const home = (await owner.browser.ask('GET', '/api/session')).body
  assert.deepEqual([home.account_id, home.entered], [running.accountId, null])
  assert.equal((await owner.browser.ask('GET', '/api/account')).body.parent_id, null)
})

test('the networks of the account above hold at the door of the subaccount', async () => {
  const { id } = (await make({ name: 'Fenced' })).body
  const admin = await memberBrowser(running, owner, { role: 'admin' })
  assert.equal((await admin.ask('POST', `/api/subaccounts/${id}/enter`)).status, 204)
  assert.equal((await admin.ask('GET', '/api/session')).status, 200)
  const elsewhere = { console: ['203.0.113.0/24'], api: [], smtp: [] }
  await freshen(running, owner)
  const policy = { requires_factor: false, networks: elsewhere, confirm: true }
  assert.equal((await owner.browser.ask('PUT', '/api/account/policy', policy)).status, 204)
  running.clock.forward(1_000)
  assert.equal((await admin.ask('GET', '/api/session')).status, 401)
  await changeAccountState(running.operator, running.database.operatorToken, {
    accountId: running.accountId,
    change: { clearsNetworks: true },
    action: 'account.clear_networks',
  })
  running.clock.forward(1_000)
  assert.equal((await admin.ask('GET', '/api/session')).status, 200)
})

test('another account’s subaccount is as one that nobody has, and each route names its scope', async () => {
  const { id } = (await make({ name: 'Foreign' })).body
  await freshen(running, other)
  await demandAlike(other.browser, routes, id)
  const developer = await memberBrowser(running, owner, { role: 'developer' })
  await demandRefused(developer, routes, 'subaccounts:write')
  const list = await developer.ask('GET', '/api/subaccounts')
  assert.deepEqual([list.status, list.body.error.field], [403, 'subaccounts:read'])
})
