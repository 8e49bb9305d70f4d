import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import {
  dropOldPartitions,
  forgetMessages,
  forgetOldRows,
} from '../../src/core/retention/queries.ts'
import { countUsage } from '../../src/core/usage/queries.ts'
import { openPool, type Pool } from '../../src/db/sql.ts'
import { retentionRound } from '../../src/jobs/retention.ts'
import { draft, type Seeded, seeded } from '../support/seeded.ts'
import { silentLog } from '../support/vault.ts'

let world: Seeded
let jobs: Pool
let ticket: Buffer
let account: { id: string; apiKey: string }
before(async () => {
  world = await seeded()
  jobs = openPool(world.database.logins.jobs, { connectionsMax: 1 })
  ticket = await world.database.ticket('jobs')
  account = await world.addAccount()
})
after(async () => {
  await jobs.end()
  await world.end()
})

const query = <Row extends object>(text: string, values?: unknown[]) =>
  world.database.query<Row & Record<string, unknown>>(text, values)

/** A message accepted so many days ago whose deliveries are in that state. */
async function message(days: number, state: string, holds: string[] | null = null) {
  const sender = await world.sender(account.apiKey)
  const wanted = { ...draft(['a@example.com', 'b@example.com']), scheduledAt: new Date(Date.now()) }
  const [id] = await world.api.door.accept(sender, [wanted], null)
  await query(
    'update postern.messages set created_at = now() - make_interval(days => $2) where id = $1',
    [id, days],
  )
  await query(
    `update postern.deliveries set ready = false, holds = $3, state = case n when 0 then $2 else 'delivered' end
      where message_id = $1`,
    [id, state, holds],
  )
  return id!
}

async function count(): Promise<void> {
  while (await countUsage(jobs, ticket, { behindSeconds: 0, stepSeconds: 86_400 }));
}

const kept = async (id: string) => {
  const rows = await query<{ there: string }>(
    `select 'message' as there from postern.messages where id = $1
     union all select 'content' from postern.contents where message_id = $1
     union all select 'delivery' from postern.deliveries where message_id = $1`,
    [id],
  )
  return rows.map(({ there }) => there)
}
const whole = ['message', 'content', 'delivery', 'delivery']

test('an old message goes with all of it; one with a delivery that has not ended stays whole', async () => {
  const old = await message(31, 'bounced')
  const young = await message(29, 'delivered')
  const waiting = await message(31, 'queued')
  const attempting = await message(31, 'attempting')
  const held = await message(31, 'queued', ['operator'])
  await count()
  assert.equal(await forgetMessages(jobs, ticket, { keepDays: 30, rowLimit: 100 }), 1)
  assert.deepEqual(await kept(old), [])
  for (const id of [young, waiting, attempting, held]) assert.deepEqual(await kept(id), whole)
  await query(
    "update postern.deliveries set state = 'cancelled', holds = null where message_id = $1",
    [held],
  )
  assert.equal(await forgetMessages(jobs, ticket, { keepDays: 30, rowLimit: 100 }), 1)
  assert.deepEqual(await kept(held), [])
})

test('a message is not forgotten before it is counted, and its day stays counted', async () => {
  const [before] = await query<{ at: Date }>(
    "select at from private.watermarks where name = 'usage'",
  )
  const id = await message(40, 'delivered')
  await query("update private.watermarks set at = now() - interval '41 days' where name = 'usage'")
  assert.equal(await forgetMessages(jobs, ticket, { keepDays: 30, rowLimit: 100 }), 0)
  await query("update private.watermarks set at = $1 where name = 'usage'", [before!.at])
  const days = () => query('select day, messages from postern.usage_days order by day')
  const counted = await days()
  assert.equal(await forgetMessages(jobs, ticket, { keepDays: 30, rowLimit: 100 }), 1)
  assert.deepEqual(await kept(id), [])
  assert.deepEqual(await days(), counted)
})

test('one call forgets no more than its limit', async () => {
  for (let n = 0; n < 3; n++) await message(50, 'delivered')
  assert.equal(await forgetMessages(jobs, ticket, { keepDays: 30, rowLimit: 2 }), 2)
  assert.equal(await forgetMessages(jobs, ticket, { keepDays: 30, rowLimit: 2 }), 1)
})

test('partitions of old days are dropped whole, young ones and those of the ledger are not', async () => {
  const day = (daysAgo: number) =>
    query<{ name: string }>(
      "select to_char((now() at time zone 'utc')::date - $1::integer, 'YYYYMMDD') as name",
      [daysAgo],
    )
  const days = [60, 40, 20]
  for (const daysAgo of days) {
    await query("select private.make_partitions((now() at time zone 'utc')::date - $1::integer)", [
      daysAgo,
    ])
  }
  // A stranger's table that only looks like one of them.
  await query('create table postern.events_19990101 (id integer)')
  const tables = async () =>
    (
      await query<{ name: string }>(
        "select relname as name from pg_class where relnamespace = 'postern'::regnamespace and relkind = 'r' order by 1",
      )
    ).map(({ name }) => name)
  const before = await tables()
  const drop = (partitionsMax: number) =>
    dropOldPartitions(jobs, ticket, { keepDays: 30, partitionsMax })
  assert.equal(await drop(4), 4)
  assert.equal(await drop(4), 2)
  assert.equal(await drop(4), 0)
  const left = await tables()
  const [oldest, older] = [(await day(60))[0]!.name, (await day(40))[0]!.name]
  const gone = before.filter((name) => !left.includes(name)).sort()
  assert.deepEqual(
    gone,
    ['attempts', 'events', 'request_log']
      .flatMap((name) => [`${name}_${oldest}`, `${name}_${older}`])
      .sort(),
  )
  assert.ok(left.includes(`ledger_${oldest}`) && left.includes('events_19990101'))
})

test('nothing is dropped for a time of no days, or for another ticket', async () => {
  const asked = { keepDays: 0, partitionsMax: 4 }
  await assert.rejects(dropOldPartitions(jobs, ticket, asked), { code: '22023' })
  const stranger = Buffer.alloc(32)
  await assert.rejects(forgetMessages(jobs, stranger, { keepDays: 30, rowLimit: 1 }), {
    code: '42501',
  })
})

test('links, hours, days and leftover rows go when their time has come', async () => {
  const id = account.id
  await query(
    `insert into postern.credential_hours (lane, account_id, credential_id, hour, messages)
     select private.lane_of($1), $1, gen_random_uuid(), now() - make_interval(days => d), 1 from unnest(array[1, 3]) as d`,
    [id],
  )
  await query(
    `insert into postern.usage_days (lane, account_id, day, messages, recipients)
     select private.lane_of($1), $1, current_date - d, 1, 1 from unnest(array[399, 401]) as d`,
    [id],
  )
  await query(
    `insert into postern.daily_usage (lane, account_id, day, messages)
     select private.lane_of($1), $1, current_date - d, 1 from unnest(array[399, 401]) as d`,
    [id],
  )
  await query(
    `insert into postern.links (lane, account_id, id, h2, target, message_id, credential_id, created_at, expires_at, signature)
     select private.lane_of($1), $1, gen_random_uuid(), uuid_send(gen_random_uuid()), 'message', gen_random_uuid(),
            gen_random_uuid(), now(), now() - make_interval(hours => d), '' from unnest(array[1, 25]) as d`,
    [id],
  )
  await query(
    `insert into postern.events (lane, account_id, message_id, kind, at)
     select private.lane_of($1), $1, gen_random_uuid(), 'accepted', now() - make_interval(days => d)
       from unnest(array[25, 95]) as d`,
    [id],
  )
  assert.equal(await forgetOldRows(jobs, ticket, { keepDays: 30, rowLimit: 100 }), 1)
  assert.equal(await forgetOldRows(jobs, ticket, { keepDays: 30, rowLimit: 100 }), 0)
  const [left] = await query(
    `select (select count(*)::integer from postern.credential_hours) as hours,
            (select count(*)::integer from postern.usage_days where day < current_date - 390) as days,
            (select count(*)::integer from postern.daily_usage) as quotas,
            (select count(*)::integer from postern.links) as links,
            (select count(*)::integer from postern.events where at < now() - interval '24 days') as events`,
  )
  assert.deepEqual(left, { hours: 1, days: 1, quotas: 1, links: 1, events: 1 })
})

test('a round of jobs does all of it and says when there is more', async () => {
  const id = await message(31, 'delivered')
  await count()
  const ledger = await query('select count(*)::integer as lines from postern.ledger')
  const more = await retentionRound({ sql: jobs, ticket, keepDays: 30, log: silentLog })
  assert.equal(more, false)
  assert.deepEqual(await kept(id), [])
  assert.deepEqual(await query('select count(*)::integer as lines from postern.ledger'), ledger)
})
