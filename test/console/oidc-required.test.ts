/** Single sign-on as the only way in, in an installation where everybody may make an account. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { examineProvider, judgeProvider } from '../../src/cli/examine-provider.ts'
import { becomePerson } from '../../src/core/people/links.ts'
import { forgetOldRows } from '../../src/core/retention/queries.ts'
import { openPool } from '../../src/db/sql.ts'
import { tokenProof } from '../../src/lib/token.ts'
import { password } from '../people/people-support.ts'
import type { Answer, Browser } from './people-console.ts'
import {
  goThere,
  type OidcConsole,
  signInProved,
  startOidcConsole,
} from './single-sign-on-support.ts'

let oidc: OidcConsole
let chief: Browser

before(async () => {
  oidc = await startOidcConsole({ required: true, signUp: 'open' })
  const { people } = oidc.provider
  people.set('chief', { email: 'chief@example.com', email_verified: true, name: 'Chief' })
  people.set('fay', { email: 'fay@example.com', email_verified: true })
  people.set('vague', { email: 'vague@example.com', email_verified: false })
})
after(() => oidc.stop())

function demandRefused({ status, body }: Answer, words: RegExp): void {
  assert.equal(status, 403, JSON.stringify(body))
  assert.match(body.error.message, words)
}

test('the first owner comes in by single sign-on, and has to add a second factor as always', async () => {
  const { running } = oidc
  const token = await running.ownerLink(running.accountId)
  const person = { name: 'Chief', email: 'chief@example.com', password }
  await assert.rejects(becomePerson(running.deps, token, person), /single sign-on only/)
  chief = running.browser()
  const proved = (await goThere(oidc, chief, 'chief')).body.single_sign_on
  const body = { single_sign_on: proved, browser_key: chief.publicKey }
  const made = await chief.ask('POST', `/api/links/${token}/single-sign-on`, body)
  assert.equal(made.status, 201, JSON.stringify(made.body))
  const answer = await chief.signIn({ single_sign_on: proved })
  assert.equal(answer.body.enrolling, true)
  const session = (await chief.ask('GET', '/api/session')).body
  assert.deepEqual(session.scopes, [])
})

test('passwords, passkeys alone, resets and signing up by mail are refused with what to do', async () => {
  const one = oidc.running.browser()
  demandRefused(await one.signIn({ email: 'chief@example.com', password }), /single sign-on only/)
  const user_handle = Buffer.alloc(16).toString('base64url')
  demandRefused(await one.signIn({ user_handle }), /single sign-on only/)
  const email = 'chief@example.com'
  demandRefused(await one.ask('POST', '/api/password-resets', { email }), /Acme Login only/)
  demandRefused(await one.ask('POST', '/api/sign-ups', { email }), /Acme Login only/)
  demandRefused(await chief.ask('PUT', '/api/me/password', { password }), /single sign-on only/)
  const factor = { type: 'password', password }
  demandRefused(await chief.ask('POST', '/api/step-up', { factor }), /single sign-on only/)
  const { data } = (await chief.ask('GET', '/api/me/identities')).body
  demandRefused(await chief.ask('DELETE', `/api/me/identities/${data[0].id}`), /only here/)
})

test('whom nobody knows may make an account of their own, with a verified address', async () => {
  const one = oidc.running.browser()
  const proved = (await goThere(oidc, one, 'fay')).body.single_sign_on
  const known = await one.signIn({ single_sign_on: proved })
  assert.equal(known.body.outcome, 'nobody_known')
  const body = { single_sign_on: proved, browser_key: one.publicKey }
  const made = await one.ask('POST', '/api/sign-ups/single-sign-on', body)
  assert.equal(made.status, 201, JSON.stringify(made.body))
  assert.equal((await one.signIn({ single_sign_on: proved })).body.outcome, 'done')
  const session = (await one.ask('GET', '/api/session')).body
  assert.deepEqual([session.user.email, session.user.name], ['fay@example.com', 'fay'])
  assert.equal(session.accounts[0].role, 'owner')
  const twice = (await goThere(oidc, one, 'fay')).body.single_sign_on
  const again = { single_sign_on: twice, browser_key: one.publicKey }
  assert.equal((await one.ask('POST', '/api/sign-ups/single-sign-on', again)).status, 409)
  const vague = (await goThere(oidc, one, 'vague')).body.single_sign_on
  const unverified = { single_sign_on: vague, browser_key: one.publicKey }
  demandRefused(await one.ask('POST', '/api/sign-ups/single-sign-on', unverified), /verified/)
})

test('who has no factor of their own signs in again where a fresh one is asked for', async () => {
  const { clock } = oidc.running
  const one = oidc.running.browser()
  await signInProved(oidc, one, { subject: 'fay' })
  assert.equal((await one.ask('POST', '/api/me/totp')).status, 200)
  clock.forward(11 * 60_000)
  assert.equal((await one.ask('POST', '/api/me/totp')).body.error.code, 'step_up_needed')
  await signInProved(oidc, one, { subject: 'fay' })
  assert.equal((await one.ask('POST', '/api/me/totp')).status, 200)
})

test('the doctor says that the provider answers and takes our address, or what to do', async () => {
  const { running, provider } = oidc
  const operator = { sql: running.operatorSql, h1: tokenProof(running.database.operatorToken) }
  const settings = { oidcIssuer: provider.issuer, consoleUrl: running.origin }
  const found = await examineProvider(operator, settings)
  assert.deepEqual(
    found.map(({ level }) => level),
    ['ok', 'ok'],
  )
  assert.deepEqual(await examineProvider(operator, { ...settings, oidcIssuer: null }), [])
  const facts = { endpoint: null, redirectKnown: null, failureCode: 'away', checkedAt: new Date() }
  assert.equal(judgeProvider(facts, '')[0]?.level, 'fail')
  assert.equal(judgeProvider(undefined, '')[0]?.level, 'warn')
  const wrong = judgeProvider({ ...facts, failureCode: null, redirectKnown: false }, 'https://x/y')
  assert.match(wrong[1]?.fix ?? '', /https:\/\/x\/y/)
})

test('ways that are over are forgotten', async () => {
  const { database } = oidc.running
  await database.query("update postern.oidc_sign_ins set began_at = now() - interval '2 hours'")
  const jobs = openPool(database.logins.jobs, { connectionsMax: 1 })
  try {
    const ticket = await database.ticket('jobs')
    await forgetOldRows(jobs, ticket, { keepDays: 30, rowLimit: 1_000 })
  } finally {
    await jobs.end()
  }
  assert.equal((await database.query('select from postern.oidc_sign_ins')).length, 0)
})

test('an address of the provider that is not on the issuer’s own host is followed by nobody', async () => {
  const { running } = oidc
  await running.database.query(
    "update private.oidc_provider set endpoint = 'https://phish.example/login'",
  )
  const one = running.browser()
  const answer = await one.ask('POST', '/api/single-sign-on', { browser_key: one.publicKey })
  demandRefused(answer, /lacks something/)
})
