/**
 * Drill D4a: the owner of a blocked account tries to unblock it through every route that takes a body, with the fields
 * that say so, and through vault itself. Nothing of it changes the account's state.
 */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { describeConsole } from '../../src/console/openapi.ts'
import { changeAccountState } from '../../src/core/accounts/change-account-state.ts'
import {
  type PeopleConsole,
  type SignedInBrowser,
  startPeopleConsole,
} from '../console/people-console.ts'

let running: PeopleConsole
let owner: SignedInBrowser

before(async () => {
  running = await startPeopleConsole()
  owner = await running.owner()
  const { operatorToken } = running.database
  const vault = running.vault.client('operator', operatorToken)
  await changeAccountState({ sql: running.operatorSql, vault }, operatorToken, {
    accountId: running.accountId,
    change: { state: 'blocked', reason: 'phishing' },
    action: 'account.block',
  })
})
after(() => running.close())

const unblocking = [
  { state: 'active' },
  { sending_state: 'active', blocked: false },
  { account: { state: 'active' } },
  { account_state: { state: 'active' }, reason: null },
  { limits: { daily_quota: null }, dailyQuota: null },
  JSON.parse('{"__proto__": {"state": "active"}, "constructor": {"state": "active"}}') as object,
]

const state = async () =>
  running.database.query(
    'select state, reason, version, options from postern.account_states where account_id = $1',
    [running.accountId],
  )

test('no route of the console takes a word about the state of an account', async () => {
  const before = await state()
  const { paths } = await describeConsole('1.0.0')
  let asked = 0
  for (const [path, operations] of Object.entries(paths)) {
    for (const [method, operation] of Object.entries(operations)) {
      if (!operation.requestBody) continue
      const url = path.replace(/\{\w+\}/g, running.accountId)
      for (const body of unblocking) {
        const answer = await owner.browser.ask(method.toUpperCase(), url, body)
        assert.ok(answer.status >= 400, `${method} ${url} answered ${answer.status}`)
        asked++
      }
    }
  }
  assert.ok(asked > 10, `only ${asked} requests were made`)
  assert.deepEqual(await state(), before)
})

test('vault signs no other state for who asks as a person', async () => {
  const { vault } = running.deps
  const policy = { requiresFactor: true as const, state: 'active', reason: null }
  const outcome = await vault.people(owner.browser.h1, { kind: 'account_policy', policy })
  assert.equal(outcome.outcome, 'done')
  const columns = outcome.outcome === 'done' ? outcome.rows[0]?.columns : undefined
  assert.deepEqual(columns && 'state' in columns && [columns.state, columns.options], [
    'blocked',
    { requiresFactor: true },
  ])
  const console = running.vault.client('console', running.deps.ticket)
  const change = {
    kind: 'account_state' as const,
    accountId: running.accountId,
    change: { state: 'active' as const },
  }
  await assert.rejects(console.authorise({ h1: owner.browser.h1 }, change), {
    code: 'not_permitted',
  })
})
