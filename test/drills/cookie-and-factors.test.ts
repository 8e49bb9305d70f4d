/** What a thief gets out of a session's cookie, of a code that was just used, and of a password: nothing. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { setTimeout } from 'node:timers/promises'
import {
  type PeopleConsole,
  type SignedInBrowser,
  startPeopleConsole,
} from '../console/people-console.ts'
import { nextCode, password } from '../people/people-support.ts'

const minuteMs = 60_000
let running: PeopleConsole
let owner: SignedInBrowser

before(async () => {
  running = await startPeopleConsole()
  owner = await running.owner()
})
after(() => running.close())

const totp = (code = nextCode(owner.secret, running.clock)) => ({ type: 'totp', code })

async function signedInBrowser() {
  const browser = running.browser()
  const { status } = await browser.signIn({ email: owner.email, password, factor: totp() })
  assert.equal(status, 200)
  return browser
}

test('a cookie carried to another browser opens nothing, and raises an alarm', async () => {
  const victim = await signedInBrowser()
  const thief = running.browser()
  thief.cookie = victim.cookie
  for (const path of ['/api/session', '/api/keys', '/api/me/factors', '/api/me/sessions']) {
    assert.equal((await thief.ask('GET', path)).status, 401, path)
  }
  // Nor with a proof of the victim's that was seen on its way.
  const proof = victim.proof('GET', '/api/session', Buffer.alloc(0))
  const shown = { 'postern-proof': proof }
  assert.equal((await victim.ask('GET', '/api/session', undefined, shown)).status, 200)
  assert.equal((await thief.ask('GET', '/api/session', undefined, shown)).status, 401)
  assert.ok(running.logged.some(([event]) => event.includes('without the key of its browser')))
  assert.equal((await victim.ask('GET', '/api/session')).status, 200)
})

test('a code that was used lets nobody in again, within its time and after it', async () => {
  const factor = totp()
  const first = await running.browser().signIn({ email: owner.email, password, factor })
  assert.equal(first.body.outcome, 'done')
  for (const ms of [0, 20_000, 60_000]) {
    running.clock.forward(ms)
    const { status } = await running.browser().signIn({ email: owner.email, password, factor })
    assert.equal(status, 401, `${ms} ms later`)
  }
})

test('whoever tries codes is locked out soon; the person comes in by a browser they have used', async () => {
  running.clock.forward(2 * minuteMs)
  const known = await signedInBrowser()
  const right = new Set([0, 1, 2].map((step) => nextCodeAfter(step)))
  const guesses = Array.from({ length: 40 }, (_, at) => String(100_000 + at * 7)).filter(
    (code) => !right.has(code),
  )
  const answers = new Map<number, number>()
  for (const code of guesses) {
    const shown = { email: owner.email, password, factor: { type: 'totp', code } }
    const { status } = await running.browser().signIn(shown)
    answers.set(status, (answers.get(status) ?? 0) + 1)
  }
  assert.equal(answers.get(200), undefined)
  assert.ok((answers.get(429) ?? 0) >= 25, JSON.stringify([...answers]))
  const { status } = await known.signIn({ email: owner.email, password, factor: totp() })
  assert.equal(status, 200)
})

/** Right codes of the near future, so that no guess is one by chance. */
function nextCodeAfter(steps: number): string {
  const at = running.clock.now() + steps * 30_000
  const fixed = { now: () => at, forward: () => {} }
  return nextCode(owner.secret, fixed as unknown as typeof running.clock) // it asks for the time alone
}

test('a password that was reset by mail still needs the second factor', async () => {
  running.clock.forward(2 * minuteMs)
  const before = running.sent.length
  const browser = running.browser()
  await browser.ask('POST', '/api/password-resets', { email: owner.email })
  for (let tries = 0; running.sent.length === before && tries < 1_500; tries++) await setTimeout(20)
  const { token } = running.sent[before] ?? assert.fail('no mail was made within 30 seconds')
  const reset = { email: owner.email, password: 'chosen by whoever reads the mail' }
  assert.equal((await browser.ask('POST', `/api/links/${token}/password`, reset)).status, 204)
  const { body } = await browser.signIn(reset)
  assert.equal(body.outcome, 'factor_needed')
  assert.equal(browser.cookie, undefined)
  assert.equal((await browser.ask('GET', '/api/session')).status, 401)
  // The person sets it back, by a link of their own.
  await browser.ask('POST', '/api/password-resets', { email: owner.email })
  for (let tries = 0; running.sent.length === before + 1 && tries < 1_500; tries++)
    await setTimeout(20)
  const again = running.sent[before + 1]?.token
  const back = { email: owner.email, password }
  assert.equal((await browser.ask('POST', `/api/links/${again}/password`, back)).status, 204)
})

test('a session that was left open changes nothing that matters without a fresh factor', async () => {
  const browser = await signedInBrowser()
  const { data } = (await browser.ask('GET', '/api/me/factors')).body
  running.clock.forward(11 * minuteMs)
  const calls: [method: string, path: string, body?: unknown][] = [
    ['POST', '/api/me/totp'],
    ['POST', '/api/me/recovery-codes'],
    ['DELETE', `/api/me/factors/${data[0].id}`],
    ['PUT', '/api/me/password', { password: 'four quite unrelated words' }],
    ['PUT', '/api/me/address', { email: 'thief@example.com' }],
    ['POST', '/api/keys', { name: 'Mine now', scopes: ['emails:send'] }],
  ]
  for (const [method, path, body] of calls) {
    const answer = await browser.ask(method, path, body)
    const said = [answer.status, answer.body?.error?.code]
    assert.deepEqual(said, [403, 'step_up_needed'], `${method} ${path}`)
  }
  const { data: left } = (await browser.ask('GET', '/api/me/factors')).body
  assert.deepEqual(left, data)
})
