/** Coming in by links over the wire: the first owner, who signs up, who has lost their password, who was invited. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { setTimeout } from 'node:timers/promises'
import { invite } from '../../src/core/people/members.ts'
import { nextCode, password } from '../people/people-support.ts'
import { type PeopleConsole, startPeopleConsole } from './people-console.ts'

let running: PeopleConsole
const other = 'a quite different long password'

before(async () => {
  running = await startPeopleConsole({ signUp: 'open' })
})
after(() => running.close())

/** Mail is made after the answer. */
async function nextMail(count: number) {
  for (const until = Date.now() + 30_000; Date.now() < until; await setTimeout(20)) {
    const mail = running.sent[count - 1]
    if (mail) return mail
  }
  throw new Error('no mail was made within 30 seconds')
}

test('the first owner comes in by a link, is led to a second factor, and may then do what owners may', async () => {
  const token = await running.ownerLink(running.accountId)
  const browser = running.browser()
  const link = await browser.ask('GET', `/api/links/${token}`)
  assert.deepEqual(link.body, { purpose: 'first_owner', role: 'owner', is_bound: false })
  const person = { name: 'Ada', email: 'ada@example.com', password }
  const made = await browser.ask('POST', `/api/links/${token}/person`, person)
  assert.equal(made.status, 201, JSON.stringify(made.body))
  assert.equal(made.body.account_id, running.accountId)
  assert.equal((await browser.ask('GET', `/api/links/${token}`)).status, 404)
  const { body } = await browser.signIn({ email: person.email, password })
  assert.equal(body.enrolling, true)
  const { secret, uri } = (await browser.ask('POST', '/api/me/totp')).body
  assert.ok(uri.startsWith('otpauth://totp/Postern:ada%40example.com?secret='), uri)
  const code = nextCode(secret, running.clock)
  const added = await browser.ask('POST', '/api/me/totp/confirm', { name: 'Phone', code })
  assert.equal(added.status, 201, JSON.stringify(added.body))
  const session = (await browser.ask('GET', '/api/session')).body
  assert.equal(session.enrolling, false)
  assert.deepEqual(session.factors, { types: ['totp'], passkeys: [] })
  assert.ok(session.scopes.includes('account:write'))
})

test('a reset is asked for alike for those who exist and those who do not, and only the first get mail', async () => {
  const browser = running.browser()
  const before = running.sent.length
  const nobody = await browser.ask('POST', '/api/password-resets', { email: 'no@example.com' })
  const somebody = await browser.ask('POST', '/api/password-resets', { email: 'ada@example.com' })
  assert.deepEqual([nobody.status, nobody.body], [somebody.status, somebody.body])
  assert.equal(somebody.status, 202)
  const mail = await nextMail(before + 1)
  assert.equal(mail.address, 'ada@example.com')
  const reset = { email: 'ada@example.com', password: other }
  const done = await browser.ask('POST', `/api/links/${mail.token}/password`, reset)
  assert.equal(done.status, 204, JSON.stringify(done.body))
  assert.equal((await browser.signIn({ email: reset.email, password })).status, 401)
  const right = await browser.signIn({ email: reset.email, password: other })
  assert.equal(right.body.outcome, 'factor_needed')
})

test('links are asked for only so often from one place', async () => {
  const ask = async (email: string) =>
    (await running.browser().ask('POST', '/api/password-resets', { email })).status
  running.clock.forward(15 * 60_000)
  const answers = []
  for (let at = 0; at < 6; at++) answers.push(await ask('flood@example.com'))
  assert.deepEqual(answers, [202, 202, 202, 202, 202, 429])
  assert.equal(await ask('another@example.com'), 202)
})

test('where sign-up is open an account is made by a link that was mailed', async () => {
  const browser = running.browser()
  assert.equal((await browser.ask('GET', '/api/sign-in-options')).body.sign_up, 'open')
  const before = running.sent.length
  const asked = await browser.ask('POST', '/api/sign-ups', { email: 'new@example.com' })
  assert.equal(asked.status, 202)
  const { token } = await nextMail(before + 1)
  const person = { name: 'Neva', email: 'new@example.com', password, account_name: 'Nova' }
  const elsewhere = { ...person, email: 'else@example.com' }
  const refused = await browser.ask('POST', `/api/links/${token}/person`, elsewhere)
  assert.equal(refused.status, 422)
  const made = await browser.ask('POST', `/api/links/${token}/person`, person)
  assert.equal(made.status, 201, JSON.stringify(made.body))
  await browser.signIn({ email: person.email, password })
  const { accounts } = (await browser.ask('GET', '/api/session')).body
  assert.deepEqual(accounts, [{ id: made.body.account_id, name: 'Nova', role: 'owner' }])
})

test('who is signed in joins by an invitation to their own address', async () => {
  const { accountId } = running
  const { deps } = running
  const owner = await running.owner('owner@example.com')
  const session = (await owner.browser.ask('GET', '/api/session')).body
  const asking = { h1: owner.browser.h1, userId: session.user.id, accountId }
  const invited = await invite(deps, asking, {
    email: 'new@example.com',
    role: 'developer',
    scopes: null,
  })
  const browser = running.browser()
  await browser.signIn({ email: 'new@example.com', password })
  const joined = await browser.ask('POST', `/api/links/${invited.token}/join`)
  assert.deepEqual([joined.status, joined.body], [200, { account_id: accountId }])
  const { accounts } = (await browser.ask('GET', '/api/session')).body
  assert.ok(
    accounts.some(
      ({ id, role }: { id: string; role: string }) => id === accountId && role === 'developer',
    ),
  )
})

test('where sign-up is by invitation nobody makes an account, and without mail nothing is promised', async () => {
  const closed = await startPeopleConsole({ mail: { isReady: false, sendLink: async () => {} } })
  try {
    const browser = closed.browser()
    const email = 'ada@example.com'
    assert.equal((await browser.ask('POST', '/api/sign-ups', { email })).status, 403)
    const reset = await browser.ask('POST', '/api/password-resets', { email })
    assert.deepEqual([reset.status, reset.body.error.code], [503, 'unavailable'])
  } finally {
    await closed.close()
  }
})
