import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { databaseRoles } from '../../src/db/runtime-logins.ts'
import { draft, type Seeded, seeded } from '../support/seeded.ts'
import { type Known, steal } from './thief.ts'

let world: Seeded
let known: Known
before(async () => {
  world = await seeded()
  const account = await world.addAccount()
  const sender = await world.sender(account.apiKey)
  const messageIds = await world.api.door.accept(sender, [draft(['bob@example.com'])], null)
  const stored = await world.database.query<{ h2: Buffer }>('select h2 from postern.credentials')
  known = { accountIds: [account.id], messageIds, h2s: stored.map((row) => row.h2) }
})
after(() => world.end())

/** A checksum of every row of ours, as the superuser sees them. */
async function everything(): Promise<unknown> {
  const tables = await world.database.query<{ name: string }>(
    `select c.oid::regclass::text as name
       from pg_class c join pg_namespace s on s.oid = c.relnamespace
      where s.nspname in ('postern', 'private') and c.relkind = 'r' and c.relname not like 'ledger%' and c.relname <> 'checkpoints'
      order by 1`,
  )
  const sums: unknown[] = []
  for (const { name } of tables) {
    sums.push([
      name,
      await world.database.query(
        `select count(*), md5(string_agg(t::text, '|' order by t::text)) from ${name} t`,
      ),
    ])
  }
  return sums
}

for (const role of databaseRoles) {
  test(`a stolen URL of ${role} reads no row and changes none`, async () => {
    const before = await everything()
    assert.deepEqual(await steal(world.database, role, known), { rowsRead: 0, notRefused: [] })
    assert.deepEqual(await everything(), before)
  })
}

test('without the check of tickets a thief gets rows, and this test sees it', async () => {
  const [original] = await world.database.query<{ text: string }>(
    "select pg_get_functiondef('private.process_of'::regproc) as text",
  )
  await world.database.query(
    `create or replace function private.process_of(ticket bytea, wanted text) returns private.processes
     language sql stable security definer set search_path = postern, private, pg_temp
     as 'select p from private.processes p where p.role = wanted limit 1'`,
  )
  await world.database.query(
    `insert into private.processes (role, instance, ticket_hash, lane_first, lane_last)
     values ('deliver', 9, '', 0, 255)`,
  )
  try {
    const loot = await steal(world.database, 'vault', known)
    assert.notEqual(loot.rowsRead, 0)
  } finally {
    await world.database.query(original?.text ?? '')
    await world.database.query('delete from private.processes where instance = 9')
  }
})

test('without the check of API keys a thief reads messages, and this test sees it', async () => {
  const [original] = await world.database.query<{ text: string }>(
    "select pg_get_functiondef('private.credential_of'::regproc) as text",
  )
  await world.database.query(
    `create or replace function private.credential_of(h1 bytea) returns setof postern.credentials
     language sql stable security definer rows 1 set search_path = postern, private, pg_temp
     as 'select * from credentials'`,
  )
  try {
    const loot = await steal(world.database, 'api', known)
    assert.notEqual(loot.rowsRead, 0)
  } finally {
    await world.database.query(original?.text ?? '')
  }
})
