/** Closing an account: who may, what it does meanwhile, and that nobody brings its end forward. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { changeAccountState } from '../../src/core/accounts/change-account-state.ts'
import { forgetClosedAccount } from '../../src/core/accounts/closing-queries.ts'
import { Senders } from '../../src/core/messages/sender.ts'
import { acceptInvitation } from '../../src/core/people/links.ts'
import { invite } from '../../src/core/people/members.ts'
import { openPool } from '../../src/db/sql.ts'
import { Closings } from '../../src/jobs/closings.ts'
import { nextCode, password } from '../people/people-support.ts'
import { silentLog } from '../support/vault.ts'
import { freshen, memberBrowser } from './account-support.ts'
import { messageOf } from './data-support.ts'
import {
  type Answer,
  type Browser,
  type PeopleConsole,
  type SignedInBrowser,
  startPeopleConsole,
} from './people-console.ts'

const dayMs = 24 * 3600_000
const name = { account_name: 'Acme' }

let running: PeopleConsole
let owner: SignedInBrowser
before(async () => {
  running = await startPeopleConsole()
  owner = await running.owner()
})
after(() => running.close())

/** What the account says of itself, asked by a session that lives. */
async function account(browser: Browser = owner.browser) {
  running.clock.forward(1_000)
  return (await browser.ask('GET', '/api/account')).body
}

async function close(body: object = name): Promise<Answer> {
  await freshen(running, owner)
  return owner.browser.ask('POST', '/api/account/closing', body)
}

async function keep(): Promise<Answer> {
  await freshen(running, owner)
  return owner.browser.ask('DELETE', '/api/account/closing')
}

test('an owner closes the account by its name, every owner is told, and any owner keeps it', async () => {
  assert.equal((await close({ account_name: 'Other' })).body.error.field, 'account_name')
  const before = running.clock.now()
  const answer = await close()
  assert.equal(answer.status, 204, JSON.stringify(answer.body))
  const { state, closes_at: closesAt } = await account()
  assert.equal(state, 'closing')
  const days = (Date.parse(closesAt) - before) / dayMs
  assert.ok(days >= 14 && days < 14.1, String(days))
  assert.equal((await close()).status, 409)
  assert.equal((await keep()).status, 204)
  const kept = await account()
  assert.deepEqual([kept.state, kept.closes_at], ['active', null])
  assert.equal((await keep()).status, 422)
  const told = await running.database.query<{ kind: string }>(
    "select kind from postern.notices where kind like 'account%' order by kind",
  )
  assert.deepEqual(
    told.map((one) => one.kind),
    ['account_closing', 'account_reopened'],
  )
  const lines = await running.database.query<{ action: string }>(
    "select action from postern.ledger where account_id = $1 and action in ('account.close', 'account.reopen') order by id",
    [running.accountId],
  )
  assert.deepEqual(
    lines.map(({ action }) => action),
    ['account.close', 'account.reopen'],
  )
})

test('an admin may not, and neither may an owner whose factor was not shown lately', async () => {
  const admin = await memberBrowser(running, owner, { role: 'admin' })
  const refused = await admin.ask('POST', '/api/account/closing', name)
  assert.equal(refused.status, 403)
  assert.match(refused.body.error.message, /Only an owner/)
  await freshen(running, owner)
  running.clock.forward(10 * 60_000)
  for (const method of ['POST', 'DELETE']) {
    const body = method === 'POST' ? name : undefined
    const answer = await owner.browser.ask(method, '/api/account/closing', body)
    assert.equal(answer.body.error.code, 'step_up_needed', method)
  }
  await assert.rejects(running.deps.vault.people(owner.browser.h1, { kind: 'close_account' }), {
    code: 'step_up_needed',
  })
  assert.equal((await account()).state, 'active')
})

test('meanwhile a key is refused with the true reason', async () => {
  await freshen(running, owner)
  const made = await owner.browser.ask('POST', '/api/keys', {
    name: 'Shop',
    scopes: ['emails:send'],
  })
  const senders = new Senders({
    ...{ sql: openPool(running.database.logins.api, { connectionsMax: 1 }), clock: running.clock },
    vault: running.vault.client('api', await running.database.ticket('api')),
    ...{ check: running.vault.check(), sandbox: true, door: 'api' as const },
    ...{ alarm: () => {}, onCanary: () => {} },
  })
  assert.equal((await close()).status, 204)
  running.clock.forward(1_000)
  await assert.rejects(senders.find(made.body.token, '127.0.0.1'), {
    code: 'account_blocked',
    message: /being closed by its owner/,
  })
  assert.equal((await keep()).status, 204)
})

test('closing and keeping it unblocks no account', async () => {
  const state = (change: object, action: 'account.block' | 'account.unblock') =>
    changeAccountState(running.operator, running.database.operatorToken, {
      accountId: running.accountId,
      ...{ change, action },
    })
  await state({ state: 'blocked', reason: 'phishing' }, 'account.block')
  assert.equal((await close()).status, 204)
  assert.equal((await keep()).status, 204)
  assert.equal((await account()).state, 'blocked')
  // Blocked while it is being closed, it goes on being closed, and is blocked when it is kept.
  await state({ state: 'active', reason: null }, 'account.unblock')
  assert.equal((await close()).status, 204)
  await state({ state: 'blocked', reason: 'phishing' }, 'account.block')
  assert.equal((await account()).state, 'closing')
  assert.equal((await keep()).status, 204)
  assert.equal((await account()).state, 'blocked')
  await state({ state: 'active', reason: null }, 'account.unblock')
})

test('no date in the database, and no ticket of another process, ends an account before its time', async () => {
  assert.equal((await close()).status, 204)
  const { database, vault, accountId, clock } = running
  const sql = openPool(database.logins.jobs, { connectionsMax: 1 })
  const ticket = await database.ticket('jobs')
  const client = vault.client('jobs', ticket)
  const destroy = () => client.authorise('ticket', { kind: 'destroy_account', accountId })
  const keys = () =>
    database.query('select 1 from postern.account_keys where account_id = $1', [accountId])
  await assert.rejects(destroy(), { code: 'not_permitted' })
  const rows = await database.query(
    'select state, options from postern.account_states where account_id = $1',
    [accountId],
  )
  const write = (state: unknown, options: unknown) =>
    database.query(
      'update postern.account_states set state = $2, options = $3 where account_id = $1',
      [accountId, state, JSON.stringify(options)],
    )
  const alarms: unknown[] = []
  const log = { ...silentLog, error: (fields: unknown) => void alarms.push(fields) }
  const check = vault.check()
  const closings = new Closings({ ...{ sql, ticket, check, clock, log }, vault: client })
  for (const [state, options] of [
    ['closing', { closesAt: 1, reopensAs: 'active' }],
    ['closed', {}],
  ] as const) {
    await write(state, options)
    await assert.rejects(destroy(), { code: 'not_permitted' })
    await closings.round()
    assert.equal((await keys()).length, 1, state)
  }
  assert.equal(alarms.length, 2)
  await write(rows[0]?.state, rows[0]?.options)
  await closings.round()
  assert.equal((await keys()).length, 1)
  // The clock of jobs does not count: vault looks at its own, and jobs goes on.
  const early = { now: () => clock.now() + 20 * dayMs }
  const hasty = new Closings({
    ...{ sql, ticket, check, log, vault: client, clock: early },
  })
  assert.equal(await hasty.round(), false)
  assert.equal((await keys()).length, 1)
  // Console has no such operation, and a person's session is not asked.
  const console = vault.client('console', running.deps.ticket)
  await assert.rejects(
    console.authorise({ h1: owner.browser.h1 }, { kind: 'destroy_account', accountId }),
    { code: 'not_permitted' },
  )
  await sql.end()
  assert.equal((await keep()).status, 204)
})

test('when the two weeks are over nobody keeps it; its people go with it, but for who is elsewhere', async () => {
  const { database, vault, clock, accountId, deps } = running
  const elsewhere = await running.makeAccount('Elsewhere')
  const eve = await running.owner('eve@example.com', elsewhere)
  await freshen(running, owner)
  const session = (await eve.browser.ask('GET', '/api/session')).body
  const asking = { h1: owner.browser.h1, userId: '', accountId }
  const { token } = await invite(deps, asking, {
    ...{ email: 'eve@example.com', role: 'analyst', scopes: null },
  })
  await acceptInvitation(deps, eve.browser.h1, token)
  const ada = (await owner.browser.ask('GET', '/api/session')).body.user.id
  for (let n = 0; n < 3; n++) await messageOf(running, owner.browser, { days: 0 })
  assert.equal((await close()).status, 204)
  clock.forward(14 * dayMs)
  const again = running.browser()
  const code = nextCode(owner.secret, clock)
  const wanted = { email: owner.email, password, factor: { type: 'totp', code } }
  assert.equal((await again.signIn(wanted)).body.outcome, 'done')
  const late = await again.ask('DELETE', '/api/account/closing')
  assert.deepEqual([late.status, late.body.error.code], [403, 'account_blocked'])
  const sql = openPool(database.logins.jobs, { connectionsMax: 1 })
  const ticket = await database.ticket('jobs')
  const client = vault.client('jobs', ticket)
  await client.authorise('ticket', { kind: 'destroy_account', accountId })
  const messages = () =>
    database.query('select 1 from postern.messages where account_id = $1', [accountId])
  const before = (await messages()).length
  // Whoever does a step dies in it.
  await assert.rejects(
    sql.begin(async (step) => {
      await forgetClosedAccount(step, ticket, { accountId, rowLimit: 100 })
      throw new Error('killed')
    }),
    /killed/,
  )
  assert.equal((await messages()).length, before)
  assert.equal(await forgetClosedAccount(sql, ticket, { accountId, rowLimit: 2 }), true)
  assert.equal((await messages()).length, before - 2, 'no more than the limit')
  const closings = new Closings({
    ...{ sql, ticket, check: vault.check(), clock, log: silentLog },
    vault: client,
  })
  while (await closings.round());
  await sql.end()
  assert.deepEqual(await messages(), [])
  const users = await database.query<{ id: string }>('select id from postern.users')
  const known = users.map(({ id }) => id)
  assert.deepEqual([known.includes(ada), known.includes(session.user.id)], [false, true])
  const keys = await database.query('select 1 from postern.account_keys where account_id = $1', [
    ada,
  ])
  assert.deepEqual(keys, [])
  clock.forward(1_000)
  assert.equal((await again.ask('GET', '/api/session')).status, 401)
  const newcomer = running.browser()
  const refused = await newcomer.signIn({ email: owner.email, password })
  assert.notEqual(refused.body.outcome, 'done')
  const back = running.browser()
  const eveCode = nextCode(eve.secret, clock)
  const itsMe = { email: eve.email, password, factor: { type: 'totp', code: eveCode } }
  assert.equal((await back.signIn(itsMe)).body.outcome, 'done')
  const { accounts } = (await back.ask('GET', '/api/session')).body
  assert.deepEqual(
    accounts.map(({ name: called }: { name: string }) => called),
    ['Elsewhere'],
  )
})
