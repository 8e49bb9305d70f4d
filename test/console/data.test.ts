/** Retention and erasures over the wire: who may, within which bounds, and what a stolen session may not. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { freshen, memberBrowser } from './account-support.ts'
import { type PeopleConsole, type SignedInBrowser, startPeopleConsole } from './people-console.ts'

let running: PeopleConsole
let owner: SignedInBrowser

before(async () => {
  running = await startPeopleConsole()
  owner = await running.owner()
})
after(() => running.close())

const all = { content_days: null, messages_days: null, logs_days: null }
const erasure = { address: 'kim@example.net', lift_suppression: false }

async function keep(body: object) {
  await freshen(running, owner)
  return owner.browser.ask('PUT', '/api/retention', body)
}

test('an account keeps things for less long than the operator, never for longer, and content no longer than messages', async () => {
  const refused: [object, string][] = [
    [{ ...all, messages_days: 31 }, 'messages_days'],
    [{ ...all, logs_days: 365 }, 'logs_days'],
    [{ ...all, content_days: 8, messages_days: 7 }, 'content_days'],
  ]
  for (const [body, field] of refused) {
    const answer = await keep(body)
    assert.equal(answer.status, 422, JSON.stringify(body))
    assert.equal(answer.body.error.field, field)
  }
  assert.equal((await keep({ ...all, messages_days: 0 })).status, 422)
  assert.equal((await keep({ content_days: 2, messages_days: 7, logs_days: null })).status, 204)
  const { body } = await owner.browser.ask('GET', '/api/retention')
  assert.deepEqual(body, {
    ...{ operator_days: 30, content_days: 2, messages_days: 7, logs_days: null },
    kept: { content_days: 2, messages_days: 7, logs_days: 30 },
  })
  const told = await running.database.query(
    "select count(*)::integer as n from postern.notices where kind = 'retention_changed'",
  )
  assert.equal(told[0]?.n, 1)
})

test('policies and retention leave one another as they are', async () => {
  await freshen(running, owner)
  const networks = { console: [], api: ['203.0.113.0/24'], smtp: [] }
  const policy = { requires_factor: true, networks }
  assert.equal((await owner.browser.ask('PUT', '/api/account/policy', policy)).status, 204)
  assert.equal((await owner.browser.ask('GET', '/api/retention')).body.messages_days, 7)
  assert.equal((await keep({ ...all, logs_days: 1 })).status, 204)
  const { body } = await owner.browser.ask('GET', '/api/account')
  assert.deepEqual([body.requires_factor, body.networks.api], [true, ['203.0.113.0/24']])
  const open = { requires_factor: false, networks: { console: [], api: [], smtp: [] } }
  await freshen(running, owner)
  assert.equal((await owner.browser.ask('PUT', '/api/account/policy', open)).status, 204)
  assert.equal((await owner.browser.ask('GET', '/api/retention')).body.logs_days, 1)
})

test('retention and erasing take a factor shown lately, and vault signs neither without', async () => {
  await freshen(running, owner)
  running.clock.forward(10 * 60_000)
  const rows = () => running.database.query('select count(*)::integer as n from postern.erasures')
  const before = await rows()
  for (const [method, path, body] of [
    ['PUT', '/api/retention', all],
    ['POST', '/api/erasures', erasure],
  ] as const) {
    const { status, body: said } = await owner.browser.ask(method, path, body)
    assert.deepEqual([status, said.error.code], [403, 'step_up_needed'], path)
  }
  // A console that is taken asks vault by itself.
  const { vault } = running.deps
  const wanted = { id: running.accountId, recipientIndex: 'ab'.repeat(16), liftsSuppression: true }
  await assert.rejects(vault.people(owner.browser.h1, { kind: 'erase', erasure: wanted }), {
    code: 'step_up_needed',
  })
  assert.deepEqual(await rows(), before)
  // Looking takes none.
  const { address } = erasure
  const looked = await owner.browser.ask('POST', '/api/erasures/preview', { address })
  assert.equal(looked.status, 200)
})

test('who has not the scope erases nothing, at the door, at the database and at vault', async () => {
  const member = await memberBrowser(running, owner, { role: 'developer' })
  assert.equal((await member.ask('POST', '/api/erasures', erasure)).status, 403)
  const wanted = { id: running.accountId, recipientIndex: 'ab'.repeat(16), liftsSuppression: true }
  await assert.rejects(running.deps.vault.people(member.h1, { kind: 'erase', erasure: wanted }), {
    code: 'not_permitted',
  })
  const { countPerson, listErasures } = await import('../../src/core/erasures/queries.ts')
  const { sql } = running.deps
  const index = Buffer.alloc(16)
  assert.equal(await countPerson(sql, member.h1, { index, walkLimit: 10 }), undefined)
  assert.deepEqual(await listErasures(sql, member.h1, 10), [])
  const eraser = await memberBrowser(running, owner, { role: 'custom', scopes: ['data:erase'] })
  const { address } = erasure
  assert.equal((await eraser.ask('POST', '/api/erasures/preview', { address })).status, 200)
})

test('an address that is none is refused with its reason', async () => {
  await freshen(running, owner)
  for (const address of ['kim', 'Kim <kim@example.net>']) {
    const answer = await owner.browser.ask('POST', '/api/erasures', { ...erasure, address })
    assert.equal(answer.status, 422)
    assert.equal(answer.body.error.field, 'address')
  }
})

test('no API key is given the scope to erase', async () => {
  await freshen(running, owner)
  const key = { name: 'Shop', scopes: ['data:erase'] }
  const { status } = await owner.browser.ask('POST', '/api/keys', key)
  assert.equal(status, 422)
})
