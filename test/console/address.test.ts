/** A person's own address over the wire: asked for, confirmed by whoever is both signed in and reads the new mailbox. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { namedRecord, readProfile, unsealText } from '../../src/core/people/names.ts'
import { claimNotices } from '../../src/core/people/queries.ts'
import { newSession } from '../../src/core/people/sign-in.ts'
import { sealClass } from '../../src/lib/seal.ts'
import { tokenProof } from '../../src/lib/token.ts'
import { nextCode, password } from '../people/people-support.ts'
import { waitFor } from '../support/wait-for.ts'
import { freshen } from './account-support.ts'
import {
  type Browser,
  type PeopleConsole,
  type SignedInBrowser,
  startPeopleConsole,
} from './people-console.ts'

const minuteMs = 60_000
let running: PeopleConsole
let ada: SignedInBrowser
let bea: SignedInBrowser

before(async () => {
  running = await startPeopleConsole()
  ada = await running.owner('ada@example.com')
  bea = await running.owner('bea@example.com')
})
after(() => running.close())

const totp = (of: SignedInBrowser) => ({ type: 'totp', code: nextCode(of.secret, running.clock) })

async function asked(email: string, of = ada): Promise<string> {
  await freshen(running, of)
  const { status, body } = await of.browser.ask('PUT', '/api/me/address', { email })
  assert.equal(status, 202, JSON.stringify(body))
  const mail = running.sent.at(-1)
  assert.deepEqual([mail?.kind, mail?.address], ['change_address', email])
  return mail?.token ?? ''
}

const confirm = (browser: Browser, token: string) =>
  browser.ask('POST', `/api/links/${token}/address`)

const pending = async () => (await ada.browser.ask('GET', '/api/me/address')).body.change

async function told(kind: string): Promise<number> {
  const rows = await running.database.query(
    `select count(*)::integer as n from postern.notices where kind = '${kind}'`,
  )
  return Number(rows[0]?.n)
}

test('asking and confirming both take a fresh factor, and nothing changes before', async () => {
  running.clock.forward(11 * minuteMs)
  const stale = await ada.browser.ask('PUT', '/api/me/address', { email: 'new@example.com' })
  assert.equal(stale.body.error.code, 'step_up_needed')
  assert.equal(await pending(), null)
  const token = await asked('new@example.com')
  const { email, expires_at: until } = await pending()
  assert.equal(email, 'new@example.com')
  assert.ok(Date.parse(until) - running.clock.now() <= 20 * minuteMs)
  assert.equal((await ada.browser.ask('GET', '/api/session')).body.user.email, ada.email)
  running.clock.forward(11 * minuteMs)
  assert.equal((await confirm(ada.browser, token)).body.error.code, 'step_up_needed')
  assert.equal((await ada.browser.ask('GET', '/api/session')).body.user.email, ada.email)
})

test('the link alone changes nothing, nor does anybody else who is signed in', async () => {
  const token = await asked('new@example.com')
  const anybody = running.browser()
  const { body } = await anybody.ask('GET', `/api/links/${token}`)
  assert.equal(body.purpose, 'change_address')
  assert.equal((await confirm(anybody, token)).status, 401)
  const reset = { email: 'new@example.com', password: 'a quite different long password' }
  assert.ok((await anybody.ask('POST', `/api/links/${token}/password`, reset)).status >= 400)
  const person = { ...reset, name: 'Eve' }
  assert.ok((await anybody.ask('POST', `/api/links/${token}/person`, person)).status >= 400)
  await freshen(running, bea)
  assert.equal((await confirm(bea.browser, token)).status, 403)
  const thief = running.browser()
  thief.cookie = ada.browser.cookie
  assert.equal((await confirm(thief, token)).status, 401)
  assert.equal((await thief.ask('PUT', '/api/me/address', { email: 'e@example.com' })).status, 401)
  assert.notEqual(await pending(), null)
})

test('an address that somebody has is answered like one that nobody has; only its mailbox learns more', async () => {
  await freshen(running, ada)
  const ask = (email: string) => ada.browser.ask('PUT', '/api/me/address', { email })
  const [known, unknown] = [await ask(bea.email), await ask('nobody@example.com')]
  const said = ({ status, body }: typeof known) => ({ status, body })
  assert.deepEqual(said(known), said(unknown))
  const own = await ask(ada.email)
  assert.deepEqual([own.status, own.body.error.field], [422, 'email'])
  const token = await asked(bea.email)
  const taken = await confirm(ada.browser, token)
  assert.deepEqual([taken.status, taken.body.error.code], [409, 'already_exists'])
})

test('a change is called off by the person, by another one, and by an end of all sessions', async () => {
  const first = await asked('first@example.com')
  const second = await asked('second@example.com')
  assert.equal((await confirm(ada.browser, first)).status, 404)
  // Not fresh: to call off takes nothing away.
  running.clock.forward(11 * minuteMs)
  assert.equal((await ada.browser.ask('DELETE', '/api/me/address')).status, 204)
  assert.equal((await ada.browser.ask('DELETE', '/api/me/address')).status, 404)
  assert.equal(await pending(), null)
  await freshen(running, ada)
  assert.equal((await confirm(ada.browser, second)).status, 404)
  const third = await asked('third@example.com')
  assert.equal((await ada.browser.ask('POST', '/api/me/sessions/end-others')).status, 204)
  assert.equal(await pending(), null)
  await freshen(running, ada)
  assert.equal((await confirm(ada.browser, third)).status, 404)
})

test('vault itself takes no earlier link and none from before an end of sessions, whatever console asks', async () => {
  running.clock.forward(60 * minuteMs)
  const byVault = async (token: string) => {
    const link = tokenProof(token).toString('hex')
    const { session } = newSession(running.deps, ada.browser.publicKey)
    const request = { kind: 'change_address', link, session } as const
    return (await running.deps.vault.people(ada.browser.h1, request)).outcome
  }
  const [earlier, later] = [await asked('one@example.com'), await asked('two@example.com')]
  assert.equal(await byVault(earlier), 'link_dead')
  assert.equal(await byVault(later), 'done')
  assert.equal((await ada.browser.ask('POST', '/api/me/sessions/end-others')).status, 204)
  await freshen(running, ada)
  assert.equal(await byVault(later), 'link_dead')
})

test('a link is dead after 20 minutes', async () => {
  const token = await asked('late@example.com')
  running.clock.forward(20 * minuteMs)
  await freshen(running, ada)
  assert.equal((await confirm(ada.browser, token)).status, 404)
})

test('confirmed, the person signs in by the new address, every other session ends, and the old address is told', async () => {
  await running.database.query('delete from postern.notices')
  const elsewhere = running.browser()
  await elsewhere.signIn({ email: ada.email, password, factor: totp(ada) })
  await running.browser().ask('POST', '/api/password-resets', { email: ada.email })
  const token = await asked('ada@new.example.com')
  await freshen(running, ada)
  const before = ada.browser.cookie
  const { status, body } = await confirm(ada.browser, token)
  assert.equal(status, 204, JSON.stringify(body))
  assert.notEqual(ada.browser.cookie, before)
  running.clock.forward(1_000)
  assert.equal((await elsewhere.ask('GET', '/api/session')).status, 401)
  const { user } = (await ada.browser.ask('GET', '/api/session')).body
  assert.deepEqual([user.email, user.name], ['ada@new.example.com', 'Ada'])
  const old = { email: ada.email, password, factor: totp(ada) }
  assert.equal((await running.browser().signIn(old)).status, 401)
  const now = { ...old, email: 'ada@new.example.com', factor: totp(ada) }
  assert.equal((await running.browser().signIn(now)).status, 200)
  assert.equal((await confirm(ada.browser, token)).status, 404)
  assert.deepEqual([await told('address_change_asked'), await told('address_changed')], [1, 1])
  for (const did of ['person.ask_address', 'person.change_address']) {
    const { data } = (await ada.browser.ask('GET', `/api/audit?action=${did}`)).body
    assert.equal(data[0].actor.id, user.id, did)
  }
  assert.deepEqual(await addressesTold(), [ada.email, ada.email])
})

/** As the mail is made of them. */
async function addressesTold(): Promise<string[]> {
  const { deps, mailDeps } = running
  const due = await claimNotices(deps.sql, deps.ticket, 50)
  const wanted = due.filter(({ kind }) => kind.startsWith('address_'))
  return Promise.all(
    wanted.map(async ({ id, userId: owner, profileSealed: blob }) => {
      const key = await mailDeps.vault.openNotice(id, namedRecord({ owner, blob }))
      return readProfile(unsealText({ owner, blob, kind: sealClass.profile }, key))?.email ?? ''
    }),
  )
}

test('a link to a new password that went to the old address is dead', async () => {
  const before = running.sent.length
  await running.browser().ask('POST', '/api/password-resets', { email: bea.email })
  await waitFor(() => running.sent.length > before, { what: 'the mail', seconds: 30 })
  const reset = running.sent.at(-1)?.token ?? ''
  const token = await asked('bea@new.example.com', bea)
  assert.equal((await confirm(bea.browser, token)).status, 204)
  const shown = { email: bea.email, password: 'a quite different long password' }
  const { status } = await running.browser().ask('POST', `/api/links/${reset}/password`, shown)
  assert.equal(status, 404)
})
