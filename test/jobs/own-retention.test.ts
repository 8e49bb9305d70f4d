/** What an account keeps for less long than the installation: set at the console, carried out by jobs. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { forgetOfAccount, listOwnRetention } from '../../src/core/retention/account-queries.ts'
import { freshen } from '../console/account-support.ts'
import { messageOf, type TestJobs, testJobs, tracesOf } from '../console/data-support.ts'
import {
  type PeopleConsole,
  type SignedInBrowser,
  startPeopleConsole,
} from '../console/people-console.ts'

let running: PeopleConsole
let owner: SignedInBrowser
let other: SignedInBrowser
let jobs: TestJobs
before(async () => {
  running = await startPeopleConsole()
  owner = await running.owner()
  other = await running.owner('eve@example.com', await running.makeAccount('Other'))
  jobs = await testJobs(running)
  await keep({ content_days: 2, messages_days: 5, logs_days: 3 })
})
after(async () => {
  await jobs.end()
  await running.close()
})

async function keep(body: object) {
  await freshen(running, owner)
  const answer = await owner.browser.ask('PUT', '/api/retention', body)
  assert.equal(answer.status, 204, JSON.stringify(answer.body))
}

const message = (given: Parameters<typeof messageOf>[2], asker = owner) =>
  messageOf(running, asker.browser, given)
const traces = (id: string) => tracesOf(running, id)
const whole = ['attempts', 'contents', 'deliveries', 'events', 'messages']
const bare = whole.filter((name) => name !== 'contents')

test('content goes first, then the message with its events and attempts; another account keeps all', async () => {
  const old = await message({ days: 6 })
  const middle = await message({ days: 3 })
  const young = await message({ days: 1 })
  const foreign = await message({ days: 6 }, other)
  await jobs.count()
  await jobs.forget()
  assert.deepEqual(await traces(old), [])
  assert.deepEqual(await traces(middle), bare)
  assert.deepEqual(await traces(young), whole)
  assert.deepEqual(await traces(foreign), whole)
})

test('what has not ended keeps its content, whatever its age', async () => {
  const waiting = await message({ days: 6, state: 'queued' })
  const attempting = await message({ days: 6, state: 'attempting' })
  await jobs.count()
  await jobs.forget()
  for (const id of [waiting, attempting]) assert.deepEqual(await traces(id), whole)
})

test('a message stays until the usage and the statistics have counted all of it', async () => {
  const id = await message({ days: 6 })
  await jobs.count()
  for (const name of ['usage', 'statistics']) {
    const rows = await running.database.query<{ at: Date }>(
      'select at from private.watermarks where name = $1',
      [name],
    )
    const move = (at: Date) =>
      running.database.query('update private.watermarks set at = $2 where name = $1', [name, at])
    await move(new Date(Date.now() - 7 * 24 * 3600_000))
    await jobs.forget()
    assert.deepEqual(await traces(id), bare, name)
    await move(rows[0]?.at ?? new Date())
  }
  await jobs.forget()
  assert.deepEqual(await traces(id), [])
})

test('the log of requests goes by its own days', async () => {
  const line = async ({ browser }: SignedInBrowser, days: number) => {
    const { account_id: accountId } = (await browser.ask('GET', '/api/session')).body
    await running.database.query(
      `insert into postern.request_log (lane, account_id, id, at, credential_id, method, route, status, duration_ms, client_sealed)
       values (private.lane_of($1), $1, gen_random_uuid(), now() - make_interval(days => $2), $1, 'GET', '/emails', 200, 1, '')`,
      [accountId, days],
    )
    return accountId as string
  }
  const own = await line(owner, 4)
  await line(owner, 2)
  const foreign = await line(other, 4)
  await jobs.forget()
  const left = await running.database.query(
    `select account_id, count(*)::integer as n from postern.request_log where account_id in ($1, $2) group by 1`,
    [own, foreign],
  )
  assert.deepEqual(
    new Map(left.map((row) => [row.account_id, row.n])),
    new Map([
      [own, 1],
      [foreign, 1],
    ]),
  )
})

test('a call forgets no more than its limit, and an account with many rows keeps no other waiting', async () => {
  for (let n = 0; n < 3; n++) await message({ days: 6 })
  await jobs.count()
  const forget = () =>
    forgetOfAccount(jobs.sql, jobs.ticket, {
      accountId: running.accountId,
      days: { messages: 5 },
      rowLimit: 2,
    })
  assert.deepEqual(await forget(), { contents: 0, messages: 2, requests: 0 })
  assert.deepEqual(await forget(), { contents: 0, messages: 1, requests: 0 })
})

test('only accounts with days of their own are listed, found by an index of theirs alone', async () => {
  const listed = await listOwnRetention(jobs.sql, jobs.ticket, { after: null, limit: 10 })
  assert.deepEqual(
    listed.map(({ accountId }) => accountId),
    [running.accountId],
  )
  const { query } = running.database
  await query(
    `insert into postern.account_states (lane, account_id, version, state, requests_per_second, domains_max, keys_max, signature)
     select private.lane_of(o.id), o.id, 1, 'active', 1, 1, 1, ''
       from (select gen_random_uuid() as id from generate_series(1, 5000)) o`,
  )
  await query('analyze postern.account_states')
  const plan = await query(
    `explain select s.account_id from postern.account_states s
      where s.options ? 'retention' order by s.account_id limit 100`,
  )
  assert.match(JSON.stringify(plan), /account_states_retention_index/)
  await query("delete from postern.account_states where signature = ''")
})

test('days that were written into the database without vault shorten nothing, and raise an alarm', async () => {
  const id = await message({ days: 3 })
  await jobs.count()
  const { accountId } = running
  const rows = await running.database.query(
    'select options from postern.account_states where account_id = $1',
    [accountId],
  )
  const write = (options: unknown) =>
    running.database.query('update postern.account_states set options = $2 where account_id = $1', [
      accountId,
      JSON.stringify(options),
    ])
  await write({ retention: { content: 1, messages: 1, logs: 1 } })
  await jobs.forget()
  assert.deepEqual(await traces(id), whole)
  assert.ok(jobs.alarms.length > 0)
  await write(rows[0]?.options)
  await jobs.forget()
  assert.deepEqual(await traces(id), bare)
})

test('an account that keeps things as long as the installation is not looked at again', async () => {
  await keep({ content_days: null, messages_days: 30, logs_days: null })
  assert.deepEqual(await listOwnRetention(jobs.sql, jobs.ticket, { after: null, limit: 10 }), [])
})
