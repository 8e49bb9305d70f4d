/** What a person changes about themself, over the wire. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { nextCode, password } from '../people/people-support.ts'
import { freshen, memberBrowser } from './account-support.ts'
import { type PeopleConsole, type SignedInBrowser, startPeopleConsole } from './people-console.ts'

let running: PeopleConsole
let owner: SignedInBrowser

before(async () => {
  running = await startPeopleConsole()
  owner = await running.owner()
})
after(() => running.close())

const code = () => nextCode(owner.secret, running.clock)

async function freshBrowser() {
  const browser = running.browser()
  const factor = { type: 'totp', code: code() }
  const { status } = await browser.signIn({ email: owner.email, password, factor })
  assert.equal(status, 200)
  return browser
}

test('factors are listed by name, recovery codes are told once, and each can be taken away but the last', async () => {
  const browser = await freshBrowser()
  const { codes } = (await browser.ask('POST', '/api/me/recovery-codes')).body
  assert.equal(codes.length, 10)
  const { data } = (await browser.ask('GET', '/api/me/factors')).body
  assert.deepEqual(
    data.map((one: { type: string; name: string; codes_left: number | null }) => [
      one.type,
      one.name,
      one.codes_left,
    ]),
    [
      ['totp', 'Phone', null],
      ['recovery', 'Recovery codes', 10],
    ],
  )
  const last = await browser.ask('DELETE', `/api/me/factors/${data[0].id}`)
  assert.deepEqual([last.status, last.body.error.code], [403, 'not_permitted'])
  const gone = await browser.ask('DELETE', `/api/me/factors/${data[1].id}`)
  assert.equal(gone.status, 204)
})

test('sessions are listed with place and device; one is ended, then all the others', async () => {
  const here = await freshBrowser()
  const there = await freshBrowser()
  const third = await freshBrowser()
  const { data } = (await here.ask('GET', '/api/me/sessions')).body
  const own = data.find((one: { is_present: boolean }) => one.is_present)
  assert.equal(own.address, '127.0.0.1')
  const { id } = (await there.ask('GET', '/api/session')).body
  assert.equal((await here.ask('DELETE', `/api/me/sessions/${id}`)).status, 204)
  running.clock.forward(1_000)
  assert.equal((await there.ask('GET', '/api/session')).status, 401)
  const cookie = here.cookie
  assert.equal((await here.ask('POST', '/api/me/sessions/end-others')).status, 204)
  assert.notEqual(here.cookie, cookie)
  running.clock.forward(1_000)
  assert.equal((await here.ask('GET', '/api/session')).status, 200)
  assert.equal((await third.ask('GET', '/api/session')).status, 401)
})

test('a name is changed and seen at once; a foreign field is refused', async () => {
  const browser = await freshBrowser()
  assert.equal((await browser.ask('PATCH', '/api/me', { name: ' Ada L. ' })).status, 204)
  const { user } = (await browser.ask('GET', '/api/session')).body
  assert.deepEqual([user.name, user.email], ['Ada L.', owner.email])
  const more = await browser.ask('PATCH', '/api/me', { name: 'Ada', email: 'eve@example.com' })
  assert.equal(more.status, 422)
})

test('a new password ends the other sessions and takes a fresh factor', async () => {
  const browser = await freshBrowser()
  const other = await freshBrowser()
  const wanted = { password: 'four quite unrelated words' }
  running.clock.forward(11 * 60_000)
  const stale = await browser.ask('PUT', '/api/me/password', wanted)
  assert.deepEqual([stale.status, stale.body.error.code], [403, 'step_up_needed'])
  const factor = { type: 'totp', code: code() }
  assert.equal((await browser.ask('POST', '/api/step-up', { factor })).status, 200)
  const short = await browser.ask('PUT', '/api/me/password', { password: 'too short' })
  assert.deepEqual([short.status, short.body.error.field], [422, 'password'])
  assert.equal((await browser.ask('PUT', '/api/me/password', wanted)).status, 204)
  running.clock.forward(1_000)
  assert.equal((await browser.ask('GET', '/api/session')).status, 200)
  assert.equal((await other.ask('GET', '/api/session')).status, 401)
  const before = await running.browser().signIn({ email: owner.email, password })
  assert.equal(before.status, 401)
})

test('everybody may leave the account they are in, with a fresh factor; the last owner stays', async () => {
  const last = await running.owner('last@example.com', await running.makeAccount('Alone'))
  await freshen(running, last)
  const stays = await last.browser.ask('DELETE', '/api/me/membership')
  assert.deepEqual([stays.status, stays.body.error.code], [403, 'not_permitted'])
  const member = await memberBrowser(running, last, { role: 'custom', scopes: [] })
  running.clock.forward(11 * 60_000)
  const stale = await member.ask('DELETE', '/api/me/membership')
  assert.equal(stale.body.error.code, 'step_up_needed')
  await member.ask('POST', '/api/step-up', { factor: { type: 'password', password } })
  const { status, body } = await member.ask('DELETE', '/api/me/membership')
  assert.equal(status, 204, JSON.stringify(body))
  assert.equal(member.cookie, undefined)
  const told = await running.database.query(
    "select from postern.notices where kind = 'member_removed'",
  )
  assert.equal(told.length, 1)
})

test('another name leaves a line in the ledger', async () => {
  const who = await running.owner('named@example.com', await running.makeAccount('Naming'))
  await who.browser.ask('PATCH', '/api/me', { name: 'Grace' })
  const { data } = (await who.browser.ask('GET', '/api/audit?action=person.rename')).body
  assert.deepEqual([data.length, data[0].actor.name], [1, 'Grace'])
})
