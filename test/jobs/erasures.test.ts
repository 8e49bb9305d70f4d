/** A person erased from an account: asked for at the console, carried out by jobs in steps. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { claimErasures, eraseStep } from '../../src/core/erasures/queries.ts'
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
/** The keyed hash of the first one who is erased, hex. */
let erased: string
before(async () => {
  running = await startPeopleConsole()
  owner = await running.owner()
  other = await running.owner('eve@example.com', await running.makeAccount('Other'))
  jobs = await testJobs(running)
})
after(async () => {
  await jobs.end()
  await running.close()
})

const message = (given: Partial<Parameters<typeof messageOf>[2]>, asker = owner) =>
  messageOf(running, asker.browser, { days: 2, ...given })
const traces = (id: string) => tracesOf(running, id)
const whole = ['attempts', 'contents', 'deliveries', 'events', 'messages']

async function begin(address: string, lifts = false): Promise<string> {
  await freshen(running, owner)
  const body = { address, lift_suppression: lifts }
  const answer = await owner.browser.ask('POST', '/api/erasures', body)
  assert.equal(answer.status, 202, JSON.stringify(answer.body))
  return answer.body.id
}

async function stateOf(id: string) {
  const { data } = (await owner.browser.ask('GET', '/api/erasures')).body
  const { state, messages, cancelled } = data.find((one: { id: string }) => one.id === id)
  return { state, messages, cancelled }
}

test('every message that went to the address goes whole; nobody else’s goes, and no other account’s', async () => {
  const to = ['Kim@Example.net', 'lee@example.net']
  const [first, second] = [await message({ to }), await message({ to: ['kim@example.net'] })]
  const unrelated = await message({ to: ['lee@example.net'] })
  const foreign = await message({ to: ['kim@example.net'] }, other)
  await jobs.count()
  const [hash] = await running.database.query<{ hash: string }>(
    "select encode(recipient_index, 'hex') as hash from postern.deliveries where message_id = $1",
    [second],
  )
  erased = hash?.hash ?? ''
  assert.match(erased, /^[0-9a-f]{32}$/)
  const preview = await owner.browser.ask('POST', '/api/erasures/preview', {
    address: 'kim@example.net',
  })
  assert.deepEqual(preview.body, {
    ...{ messages: 2, waiting: 0, is_whole: true, is_suppressed: false },
  })
  const id = await begin('kim@example.net')
  await jobs.erase()
  for (const gone of [first, second]) assert.deepEqual(await traces(gone), [])
  for (const left of [unrelated, foreign]) assert.deepEqual(await traces(left), whole)
  assert.deepEqual(await stateOf(id), { state: 'done', messages: 2, cancelled: 0 })
})

test('afterwards nothing tells whose it was: neither the erasure nor the ledger', async () => {
  const rows = await running.database.query<{ text: string }>(
    `select e::text as text from postern.erasures e where state = 'done'
      union all select l::text from postern.ledger l where action like 'erasure.%'`,
  )
  assert.ok(rows.length >= 3)
  for (const { text } of rows) assert.ok(!text.includes(erased) && !/kim/i.test(text), text)
  const [line] = await running.database.query(
    "select object_count, account_id from postern.ledger where action = 'erasure.finish'",
  )
  assert.deepEqual(line, { object_count: 2, account_id: running.accountId })
})

test('what waits is cancelled at once, and goes when it is counted; what deliver holds, when it has let go', async () => {
  const waiting = await message({ to: ['max@example.net'], state: 'queued' })
  const attempting = await message({ to: ['max@example.net'], state: 'attempting' })
  await running.database.query(
    "update postern.deliveries set due_at = now() + interval '1 hour' where message_id = $1",
    [attempting],
  )
  await jobs.count()
  const id = await begin('max@example.net')
  await jobs.erase()
  const states = () =>
    running.database.query<{ state: string }>(
      'select state from postern.deliveries where message_id in ($1, $2) order by state',
      [waiting, attempting],
    )
  assert.deepEqual(
    (await states()).map(({ state }) => state),
    ['attempting', 'cancelled'],
  )
  assert.deepEqual(await stateOf(id), { state: 'running', messages: 0, cancelled: 1 })
  await jobs.count()
  await jobs.erase()
  assert.deepEqual(await traces(waiting), [])
  assert.deepEqual(await traces(attempting), whole)
  // It was deferred: the next walk ends it.
  await running.database.query(
    "update postern.deliveries set state = 'queued' where message_id = $1",
    [attempting],
  )
  await jobs.erase()
  await jobs.count()
  await jobs.erase()
  assert.deepEqual(await traces(attempting), [])
  assert.deepEqual(await stateOf(id), { state: 'done', messages: 2, cancelled: 2 })
})

test('a step moves on by its limit; one that is cut off did nothing and is done again', async () => {
  const ids: string[] = []
  for (let n = 0; n < 5; n++) ids.push(await message({ to: ['ann@example.net'] }))
  await jobs.count()
  const id = await begin('ann@example.net')
  const { accountId } = running
  await running.database.query('update postern.erasures set due_at = now() where id = $1', [id])
  assert.equal((await claimErasures(jobs.sql, jobs.ticket, 5)).length, 1)
  assert.deepEqual(await claimErasures(jobs.sql, jobs.ticket, 5), [], 'it is somebody’s')
  const step = () => eraseStep(jobs.sql, jobs.ticket, { accountId, id, walkLimit: 4 })
  // Whoever does a step dies in it: its transaction never ends.
  await assert.rejects(
    jobs.sql.begin(async (sql) => {
      await eraseStep(sql, jobs.ticket, { accountId, id, walkLimit: 100 })
      throw new Error('killed')
    }),
    /killed/,
  )
  assert.deepEqual(await stateOf(id), { state: 'running', messages: 0, cancelled: 0 })
  let steps = 1
  while (await step()) steps++
  assert.ok(steps > 1, 'more than one step')
  for (const gone of ids) assert.deepEqual(await traces(gone), [])
  assert.deepEqual(await stateOf(id), { state: 'done', messages: 5, cancelled: 0 })
  assert.equal(await step(), false, 'what is done is not done again')
})

test('a suppression stays as its hash alone, so that nobody writes to them again; or goes where that is wanted', async () => {
  const addresses = ['sam@example.net', 'tom@example.net']
  assert.equal((await owner.browser.ask('POST', '/api/suppressions', { addresses })).status, 204)
  await begin('sam@example.net')
  await begin('tom@example.net', true)
  await jobs.erase()
  const found = await owner.browser.ask('GET', '/api/suppressions?address=sam@example.net')
  assert.equal(found.body.data.length, 1)
  assert.equal(found.body.data[0].address, '')
  const gone = await owner.browser.ask('GET', '/api/suppressions?address=tom@example.net')
  assert.deepEqual(gone.body.data, [])
})

test('bodies of requests from before go, since nobody can tell whom they name', async () => {
  const { accountId } = running
  const line = (of: string) =>
    running.database.query(
      `insert into postern.request_log (lane, account_id, id, at, credential_id, method, route, status, duration_ms, client_sealed, bodies_sealed)
       values (private.lane_of($1), $1, gen_random_uuid(), now(), $1, 'POST', '/suppressions', 200, 1, '', '\\x01')`,
      [of],
    )
  await line(accountId)
  const { account_id: foreign } = (await other.browser.ask('GET', '/api/session')).body
  await line(foreign)
  await begin('uma@example.net')
  await jobs.erase()
  const left = await running.database.query(
    'select account_id from postern.request_log where bodies_sealed is not null',
  )
  assert.deepEqual(left, [{ account_id: foreign }])
})

test('an erasure that vault has not signed erases nothing, and raises an alarm', async () => {
  const id = await message({ to: ['vic@example.net'] })
  await jobs.count()
  await running.database.query(
    `insert into postern.erasures (lane, account_id, id, columns, signature, state)
     select lane, account_id, gen_random_uuid(),
            jsonb_build_object('accountId', account_id, 'recipientIndex', encode(recipient_index, 'hex'), 'liftsSuppression', true),
            '\\x00', 'running'
       from postern.deliveries where message_id = $1`,
    [id],
  )
  const before = jobs.alarms.length
  await jobs.erase()
  assert.deepEqual(await traces(id), whole)
  assert.equal(jobs.alarms.length, before + 1)
})
