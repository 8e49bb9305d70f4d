/** The account's name and policies over the wire. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { changeAccountState } from '../../src/core/accounts/change-account-state.ts'
import { freshen, memberBrowser } from './account-support.ts'
import { type PeopleConsole, type SignedInBrowser, startPeopleConsole } from './people-console.ts'

let running: PeopleConsole
let owner: SignedInBrowser
const open = { requires_factor: false, networks: { console: [], api: [], smtp: [] } }

before(async () => {
  running = await startPeopleConsole()
  owner = await running.owner()
})
after(() => running.close())

async function setPolicy(body: unknown) {
  await freshen(running, owner)
  return owner.browser.ask('PUT', '/api/account/policy', body)
}

const withConsole = (console: string[]) => ({ ...open, networks: { ...open.networks, console } })

test('the account is renamed for everybody in it', async () => {
  const before = (await owner.browser.ask('GET', '/api/account')).body
  assert.deepEqual(
    [before.name, before.state, before.retention_days, before.your_address],
    ['Acme', 'active', 30, '127.0.0.1'],
  )
  const { status, body } = await owner.browser.ask('PATCH', '/api/account', { name: ' Acme Ltd ' })
  assert.equal(status, 204, JSON.stringify(body))
  assert.equal((await owner.browser.ask('GET', '/api/account')).body.name, 'Acme Ltd')
  const session = (await owner.browser.ask('GET', '/api/session')).body
  assert.equal(session.accounts[0].name, 'Acme Ltd')
  const empty = await owner.browser.ask('PATCH', '/api/account', { name: '  ' })
  assert.equal(empty.status, 422)
  const member = await memberBrowser(running, owner, { role: 'developer' })
  assert.equal((await member.ask('PATCH', '/api/account', { name: 'Mine' })).status, 403)
  assert.equal((await member.ask('PUT', '/api/account/policy', open)).status, 403)
})

test('policies are kept in one way of writing, and every owner is told', async () => {
  const networks = {
    console: ['127.0.0.1', '2001:DB8:0::/32'],
    api: ['203.0.113.0/24'],
    smtp: [' 198.51.100.7 '],
  }
  const answer = await setPolicy({ requires_factor: true, networks })
  assert.equal(answer.status, 204, JSON.stringify(answer.body))
  const { body } = await owner.browser.ask('GET', '/api/account')
  assert.equal(body.requires_factor, true)
  assert.deepEqual(body.networks, {
    console: ['127.0.0.1/32', '2001:db8::/32'],
    api: ['203.0.113.0/24'],
    smtp: ['198.51.100.7/32'],
  })
  const told = await running.database.query(
    "select count(*)::integer as n from postern.notices where kind = 'policy_changed'",
  )
  assert.equal(told[0]?.n, 1)
  assert.equal((await setPolicy(open)).status, 204)
})

test('after how many unused days keys end is set, shown and taken back', async () => {
  const shown = async () => (await owner.browser.ask('GET', '/api/account')).body.idle_key_days
  assert.equal(await shown(), null)
  assert.equal((await setPolicy({ ...open, idle_key_days: 90 })).status, 204)
  assert.equal(await shown(), 90)
  for (const wrong of [29, 401, 30.5, '90']) {
    const { status, body } = await setPolicy({ ...open, idle_key_days: wrong })
    assert.deepEqual([status, body.error.field], [422, 'idle_key_days'], String(wrong))
  }
  assert.equal((await setPolicy({ ...open, idle_key_days: null })).status, 204)
  assert.equal(await shown(), null)
})

test('every line of a list that is wrong is named, with what would be right', async () => {
  const { status, body } = await setPolicy(
    withConsole(['127.0.0.0/8', '10.0.0.9/8', 'office', '2001:db8::1/32', '10.0.0.0/40']),
  )
  assert.equal(status, 422)
  assert.equal(body.error.field, 'networks.console')
  assert.match(
    body.error.message,
    /Line 2: .*write `10\.0\.0\.0\/8` for the network or `10\.0\.0\.9`/,
  )
  assert.match(body.error.message, /Line 3: `office` is no address/)
  assert.match(body.error.message, /Line 4: .*`2001:db8::\/32`/)
  assert.match(body.error.message, /Line 5: .*too long/)
  assert.doesNotMatch(body.error.message, /Line 1/)
})

test('a list that would shut out who makes it is refused, unless they mean it; the operator opens it again', async () => {
  const elsewhere = withConsole(['203.0.113.0/24'])
  const refused = await setPolicy(elsewhere)
  assert.equal(refused.status, 422)
  assert.equal(refused.body.error.field, 'networks.console')
  assert.match(refused.body.error.message, /127\.0\.0\.1 is in none of these networks/)
  assert.equal((await owner.browser.ask('GET', '/api/account')).status, 200)
  const meant = await setPolicy({ ...elsewhere, requires_factor: true, confirm: true })
  assert.equal(meant.status, 204)
  running.clock.forward(1_000)
  assert.equal((await owner.browser.ask('GET', '/api/account')).status, 401)
  await changeAccountState(running.operator, running.database.operatorToken, {
    accountId: running.accountId,
    change: { clearsNetworks: true },
    action: 'account.clear_networks',
  })
  running.clock.forward(1_000)
  const { status, body } = await owner.browser.ask('GET', '/api/account')
  assert.equal(status, 200)
  assert.deepEqual(body.networks, open.networks)
  assert.equal(body.requires_factor, true)
})

test('a policy takes a fresh factor', async () => {
  running.clock.forward(11 * 60_000)
  const stale = await owner.browser.ask('PUT', '/api/account/policy', open)
  assert.equal(stale.body.error.code, 'step_up_needed')
})
