/** Signing in over the wire, and what a stolen cookie is worth. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { setPolicy } from '../../src/core/people/members.ts'
import { nextCode, password } from '../people/people-support.ts'
import { type PeopleConsole, type SignedInBrowser, startPeopleConsole } from './people-console.ts'

let running: PeopleConsole
let owner: SignedInBrowser

before(async () => {
  running = await startPeopleConsole()
  owner = await running.owner()
})
after(() => running.close())

async function freshBrowser() {
  const browser = running.browser()
  const factor = { type: 'totp', code: nextCode(owner.secret, running.clock) }
  const { status, body } = await browser.signIn({ email: owner.email, password, factor })
  assert.equal(status, 200, JSON.stringify(body))
  return browser
}

test('a person signs in by password and code, and sees who they are', async () => {
  const browser = running.browser()
  const first = await browser.signIn({ email: owner.email, password })
  assert.equal(first.body.outcome, 'factor_needed')
  assert.deepEqual(first.body.types, ['totp'])
  assert.equal(browser.cookie, undefined)
  const factor = { type: 'totp', code: nextCode(owner.secret, running.clock) }
  const second = await browser.signIn({ email: owner.email, password, factor })
  assert.equal(second.body.outcome, 'done')
  assert.match(String(second.headers['set-cookie']), /HttpOnly; SameSite=Strict/)
  const { status, body } = await browser.ask('GET', '/api/session')
  assert.equal(status, 200)
  assert.equal(body.user.email, owner.email)
  assert.equal(body.accounts[0].name, 'Acme')
  assert.ok(body.scopes.includes('members:write'))
})

test('a cookie without the key of its browser is worth nothing', async () => {
  const browser = await freshBrowser()
  const thief = running.browser()
  thief.cookie = browser.cookie
  assert.equal((await thief.ask('GET', '/api/session')).status, 401)
  const without = await browser.ask('GET', '/api/session', undefined, {
    'postern-proof': undefined,
  })
  assert.equal(without.status, 401)
  assert.ok(running.logged.some(([event]) => /without the key of its browser/.test(event)))
  assert.equal((await browser.ask('GET', '/api/session')).status, 200)
})

test('a session is bound to no key but that of the browser that asks for it', async () => {
  const browser = running.browser()
  const factor = { type: 'totp', code: nextCode(owner.secret, running.clock) }
  const asked = { email: owner.email, password, factor, browser_key: running.browser().publicKey }
  const { status, body } = await browser.ask('POST', '/api/sign-in', asked)
  assert.deepEqual([status, body.error.code], [403, 'not_permitted'])
  assert.equal(browser.cookie, undefined)
})

test('a request that was seen on its way cannot be sent again, nor with another body', async () => {
  const browser = await freshBrowser()
  const proof = browser.proof('GET', '/api/session', Buffer.alloc(0))
  const once = { 'postern-proof': proof }
  assert.equal((await browser.ask('GET', '/api/session', undefined, once)).status, 200)
  assert.equal((await browser.ask('GET', '/api/session', undefined, once)).status, 401)
  const body = Buffer.from('{"account_id":"0197a1b2-0000-7000-8000-000000000001"}')
  const forOther = { 'postern-proof': browser.proof('POST', '/api/switch-account', body) }
  const other = { account_id: '0197a1b2-0000-7000-8000-000000000002' }
  assert.equal((await browser.ask('POST', '/api/switch-account', other, forOther)).status, 401)
})

test('a request that was kept back for more than a minute is refused, and so is one from the future', async () => {
  const browser = await freshBrowser()
  for (const laterMs of [61_000, -61_000]) {
    if (laterMs < 0) running.clock.forward(-laterMs)
    const proof = { 'postern-proof': browser.proof('GET', '/api/session', Buffer.alloc(0)) }
    running.clock.forward(laterMs)
    const answer = await browser.ask('GET', '/api/session', undefined, proof)
    assert.equal(answer.status, 401, `${laterMs} ms`)
  }
  assert.equal((await browser.ask('GET', '/api/session')).status, 200)
})

test('signing out ends the session at once', async () => {
  const browser = await freshBrowser()
  const { cookie } = browser
  assert.equal((await browser.ask('POST', '/api/sign-out')).status, 204)
  browser.cookie = cookie
  assert.equal((await browser.ask('GET', '/api/session')).status, 401)
})

test('from outside the account’s networks a session is none, and the account can see the try', async () => {
  const browser = await freshBrowser()
  const session = (await browser.ask('GET', '/api/session')).body
  const asking = { h1: browser.h1, userId: session.user.id, accountId: session.account_id }
  await setPolicy(running.deps, asking, { networks: { console: ['203.0.113.0/24'] } })
  running.clock.forward(1_000)
  assert.equal((await browser.ask('GET', '/api/session')).status, 401)
  await running.uses.flush()
  const rows = await running.database.query('select door from postern.outsider_attempts')
  assert.deepEqual(rows, [{ door: 'console' }])
  await setPolicy(running.deps, asking, {})
  running.clock.forward(1_000)
  assert.equal((await browser.ask('GET', '/api/session')).status, 200)
})

test('uses of a session are written, sealed to its person', async () => {
  const browser = await freshBrowser()
  await browser.ask('GET', '/api/session')
  await running.uses.flush()
  const rows = await running.database.query(
    'select count(*)::integer as n from postern.credential_uses where client_sealed is not null',
  )
  assert.ok(rows[0]?.n > 0)
})
