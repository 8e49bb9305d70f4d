/** Who is shut out by the allow list of the dashboard comes back by a recovery code and a second person. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { addTotp, beginTotp, makeRecoveryCodes } from '../../src/core/people/factors.ts'
import { nextCode, password } from '../people/people-support.ts'
import { waitFor } from '../support/wait-for.ts'
import { freshen, memberBrowser } from './account-support.ts'
import {
  type Answer,
  type Browser,
  type PeopleConsole,
  type SignedInBrowser,
  startPeopleConsole,
} from './people-console.ts'

const minuteMs = 60_000
const outside = '203.0.113.0/24'
let running: PeopleConsole
let ada: SignedInBrowser
let bea: SignedInBrowser
/** Of another account, which has no list. */
let eve: SignedInBrowser
/** Of the first account, with an authenticator. */
let developer: SignedInBrowser
let codes: string[]
let evesCodes: string[]

before(async () => {
  running = await startPeopleConsole()
  ada = await running.owner('ada@example.com')
  bea = await running.owner('bea@example.com')
  eve = await running.owner('eve@example.com', await running.makeAccount('Other'))
  developer = await memberWithTotp()
  codes = await recoveryCodes(ada)
  evesCodes = await recoveryCodes(eve)
  await shutOut()
})
after(() => running.close())

async function recoveryCodes(of: SignedInBrowser): Promise<string[]> {
  await freshen(running, of)
  const { user, account_id: accountId } = (await of.browser.ask('GET', '/api/session')).body
  return makeRecoveryCodes(running.deps, { h1: of.browser.h1, userId: user.id, accountId })
}

async function memberWithTotp(): Promise<SignedInBrowser> {
  const browser = await memberBrowser(running, ada, { role: 'developer' })
  const { user, account_id: accountId } = (await browser.ask('GET', '/api/session')).body
  const asking = { h1: browser.h1, userId: user.id, accountId }
  const secret = await beginTotp(running.deps, asking)
  await addTotp(running.deps, asking, { name: 'Phone', code: nextCode(secret, running.clock) })
  return { browser, email: user.email, secret }
}

async function setList(list: string[], requires = true, of = ada): Promise<void> {
  await freshen(running, of)
  const networks = { console: list, api: ['192.0.2.0/24'], smtp: [] }
  const policy = { requires_factor: requires, networks, confirm: true }
  const { status, body } = await of.browser.ask('PUT', '/api/account/policy', policy)
  assert.equal(status, 204, JSON.stringify(body))
  running.clock.forward(1_000)
}

async function shutOut(): Promise<void> {
  await setList([outside])
  assert.equal((await ada.browser.ask('GET', '/api/account')).status, 401)
}

const takeCode = (from = codes) => from.shift() ?? assert.fail('all recovery codes are spent')
const totp = (of: SignedInBrowser) => ({ type: 'totp', code: nextCode(of.secret, running.clock) })

function ask(browser: Browser, body: Record<string, unknown>): Promise<Answer> {
  const shown = { email: ada.email, password, browser_key: browser.publicKey, ...body }
  return browser.ask('POST', '/api/break-glass', shown)
}

function approve(browser: Browser, body: Record<string, unknown>): Promise<Answer> {
  const shown = { email: bea.email, password, browser_key: browser.publicKey, ...body }
  return browser.ask('POST', '/api/break-glass/approval', shown)
}

async function asked(): Promise<string> {
  const { status, body } = await ask(running.browser(), { recovery_code: takeCode() })
  assert.equal(status, 200, JSON.stringify(body))
  assert.match(body.code, /^[0-9A-Z]{4}-[0-9A-Z]{4}$/)
  return body.code
}

async function isShut(): Promise<boolean> {
  running.clock.forward(1_000)
  return (await ada.browser.ask('GET', '/api/account')).status === 401
}

async function toldOf(kind: string): Promise<number> {
  const rows = await running.database.query(
    `select count(*)::integer as n from postern.notices where kind = '${kind}'`,
  )
  return Number(rows[0]?.n)
}

test('who signs in from outside is told so once everything is right, and is not in', async () => {
  const browser = running.browser()
  const { status, body } = await browser.signIn({ email: ada.email, password, factor: totp(ada) })
  assert.deepEqual([status, body.error.field], [403, 'networks.console'])
  assert.match(body.error.message, /127\.0\.0\.1 is in none of them/)
  assert.equal(browser.cookie, undefined)
  const wrong = { email: ada.email, password, factor: { type: 'totp', code: '000000' } }
  assert.equal((await running.browser().signIn(wrong)).status, 401)
})

test('a refusal does not tell what was wrong', async () => {
  const shown: Record<string, unknown>[] = [
    { recovery_code: '0000-0000-0000-0000' },
    { recovery_code: 'not one at all' },
    { recovery_code: codes[0], password: `${password}!` },
    { recovery_code: codes[0], email: 'nobody@example.com' },
    // Right in every way, and nothing to open.
    { recovery_code: evesCodes[0], email: eve.email },
    { recovery_code: codes[0], account_id: '01900000-0000-7000-8000-000000000000' },
  ]
  const said = await Promise.all(shown.map((body) => ask(running.browser(), body)))
  for (const { status, body } of said) {
    assert.equal(status, 401)
    assert.deepEqual({ ...body.error, request_id: '' }, { ...said[0]?.body.error, request_id: '' })
  }
  // What was refused has spent nothing.
  const factor = { type: 'recovery', code: evesCodes[0] }
  assert.equal((await running.browser().signIn({ email: eve.email, password, factor })).status, 200)
})

test('nothing but a recovery code begins it, and it counts once', async () => {
  const code = nextCode(ada.secret, running.clock)
  assert.equal((await ask(running.browser(), { recovery_code: code })).status, 401)
  const spent = takeCode()
  assert.equal((await ask(running.browser(), { recovery_code: spent })).status, 200)
  assert.equal((await ask(running.browser(), { recovery_code: spent })).status, 401)
  assert.equal(await toldOf('allow_list_asked'), 2)
})

test('nobody opens it alone, with whatever they show', async () => {
  const code = await asked()
  for (const factor of [totp(ada), { type: 'recovery', code: takeCode() }]) {
    const own = await approve(running.browser(), { email: ada.email, factor, code })
    assert.equal(own.status, 403, JSON.stringify(own.body))
    assert.match(own.body.error.message, /Another owner or admin/)
  }
  assert.equal(await isShut(), true)
})

test('a second person needs the code, a factor, and to be an owner or admin of that account', async () => {
  // Eve has a list of her own that she could open.
  await eve.browser.signIn({ email: eve.email, password, factor: totp(eve) })
  await setList(['127.0.0.1'], true, eve)
  const code = await asked()
  const tries: Record<string, unknown>[] = [
    { factor: totp(bea), code: '0000-0000' },
    { factor: { type: 'totp', code: '000000' }, code },
    { factor: totp(bea), code, password: `${password}!` },
    { email: eve.email, factor: totp(eve), code },
    { email: developer.email, factor: totp(developer), code },
  ]
  for (const body of tries) {
    const { status } = await approve(running.browser(), body)
    assert.equal(status, 401, JSON.stringify(body))
  }
  const without = await approve(running.browser(), { code })
  assert.equal(without.status, 422)
  const twice = { factor: { type: 'password', password }, code }
  assert.equal((await approve(running.browser(), twice)).status, 422)
  assert.equal(await isShut(), true)
})

test('a request is dead after 30 minutes', async () => {
  const code = await asked()
  running.clock.forward(30 * minuteMs)
  assert.equal((await approve(running.browser(), { factor: totp(bea), code })).status, 401)
  assert.equal(await isShut(), true)
})

test('two people open the dashboard and nothing else; owners are told, and both stand in the audit log', async () => {
  const browser = running.browser()
  const code = await asked()
  const typed = code.toLowerCase().replace('-', ' ')
  const { status, body } = await approve(browser, { factor: totp(bea), code: typed })
  assert.equal(status, 204, JSON.stringify(body))
  // Past the half hour without use of the sessions before.
  await ada.browser.signIn({ email: ada.email, password, factor: totp(ada) })
  await bea.browser.signIn({ email: bea.email, password, factor: totp(bea) })
  const account = (await ada.browser.ask('GET', '/api/account')).body
  assert.deepEqual(account.networks, { console: [], api: ['192.0.2.0/24'], smtp: [] })
  assert.equal(account.requires_factor, true)
  assert.equal(await toldOf('allow_list_opened'), 2)
  const users = await Promise.all(
    [ada, bea].map(async (one) => (await one.browser.ask('GET', '/api/session')).body.user.id),
  )
  for (const [index, did] of ['break_glass.ask', 'break_glass.open'].entries()) {
    const { data } = (await ada.browser.ask('GET', `/api/audit?action=${did}`)).body
    assert.equal(data[0].actor.id, users[index])
    assert.equal(data[0].actor.kind, 'person')
  }
  // The code opens nothing again.
  await shutOut()
  assert.equal((await approve(running.browser(), { factor: totp(bea), code })).status, 401)
  assert.equal(await isShut(), true)
})

test('refused attempts are seen by the account', async () => {
  const code = await asked()
  assert.equal((await approve(running.browser(), { factor: totp(bea), code })).status, 204)
  const { user } = (await ada.browser.ask('GET', '/api/session')).body
  const seen = async () => {
    const { data } = (await ada.browser.ask('GET', '/api/audit/refused')).body
    return data.some(
      (one: { user_id: string; credential_id: string | null; address: string }) =>
        one.user_id === user.id && one.credential_id === null && one.address === '127.0.0.1',
    )
  }
  await waitFor(seen, { what: 'the refused attempt to be listed' })
})

test('who is signed in inside the networks approves with a fresh factor, but not for themselves', async () => {
  await setList(['127.0.0.1'], false)
  const code = await asked()
  running.clock.forward(11 * minuteMs)
  const approveHere = (of: SignedInBrowser, body: unknown) =>
    of.browser.ask('POST', '/api/account/break-glass', body)
  assert.equal((await approveHere(bea, { code })).body.error.code, 'step_up_needed')
  await freshen(running, bea)
  const unknown = await approveHere(bea, { code: '0000-0000' })
  assert.deepEqual([unknown.status, unknown.body.error.field], [422, 'code'])
  await freshen(running, ada)
  const own = await approveHere(ada, { code })
  assert.deepEqual([own.status, own.body.error.code], [403, 'not_permitted'])
  // An admin without any factor is one password away from whoever has that.
  const admin = await memberBrowser(running, ada, { role: 'admin' })
  const weak = await admin.ask('POST', '/api/account/break-glass', { code })
  assert.deepEqual([weak.status, weak.body.error.code], [403, 'not_permitted'])
  assert.match(weak.body.error.message, /second factor/)
  await freshen(running, bea)
  const { status, body } = await approveHere(bea, { code })
  assert.equal(status, 204, JSON.stringify(body))
  assert.deepEqual((await bea.browser.ask('GET', '/api/account')).body.networks.console, [])
})

test('tries are counted with those at sign-in', async () => {
  running.clock.forward(2 * minuteMs)
  const browser = running.browser()
  const statuses: number[] = []
  for (let tries = 0; tries < 6; tries++) {
    statuses.push((await ask(browser, { recovery_code: '0000-0000-0000-0000' })).status)
    const guess = { email: ada.email, password, factor: { type: 'totp', code: '000000' } }
    statuses.push((await browser.signIn(guess)).status)
  }
  assert.deepEqual(statuses, [...Array(10).fill(401), 429, 429])
})
