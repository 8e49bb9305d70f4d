/** The row types that are generated from the database. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { after, before, test } from 'node:test'
import { type Relation, readSchema, renderSchema, schemaFile } from '../../scripts/schema-types.ts'
import { type TestDatabase, testDatabase } from '../support/database.ts'

let database: TestDatabase
before(async () => {
  database = await testDatabase()
})
after(() => database.drop())

const committed = () => readFileSync(schemaFile, 'utf8')
const rendered = async () => renderSchema(await readSchema(database.query))

/** The interface of that name, without its first and last line. */
async function columnsOf(name: string): Promise<string | undefined> {
  return new RegExp(`^export interface ${name} {\n([^}]*)\n}$`, 'm').exec(await rendered())?.[1]
}

test('src/db/schema.ts is what the migrations say', async () => {
  assert.equal(committed(), await rendered(), 'src/db/schema.ts is stale: run `npm run db:types`')
})

test('a column that is renamed, retyped or made nullable makes the file stale', async () => {
  const changes = [
    'alter table postern.domains rename column region to place',
    'alter table postern.messages alter column size_bytes type bigint',
    'alter table private.operators alter column created_at drop not null',
    'alter table postern.messages drop constraint messages_stream_check',
    'drop function postern.find_sender',
  ]
  for (const change of changes) {
    const before = await rendered()
    await database.query(change)
    assert.notEqual(await rendered(), before, change)
  }
})

test('every type is written as the driver delivers it', async () => {
  await database.query(`
    create table private.probes (
      id           bigint      primary key,
      at           timestamptz not null,
      day          date,
      small        smallint    not null,
      whole        integer     not null,
      is_true      boolean     not null,
      key_hash     bytea       not null,
      account_id   uuid        not null,
      note         text,
      document     jsonb       not null,
      maybe        jsonb,
      message_ids  uuid[]      not null,
      counts       bigint[],
      md5_of_16    text        not null,
      gone         text
    );
    alter table private.probes drop column gone`)
  assert.equal(
    await columnsOf('ProbesTable'),
    `  id: string
  at: Date
  day: Date | null
  small: number
  whole: number
  isTrue: boolean
  keyHash: Buffer
  accountId: string
  note: string | null
  document: unknown
  maybe: unknown
  messageIds: string[]
  counts: string[] | null
  md5Of16: string`,
  )
  const [row] = await database.query<Record<string, unknown>>(`
    insert into private.probes
    values (1, now(), now(), 1, 1, true, '', gen_random_uuid(), 'x', '{}', '{}', array[gen_random_uuid()], '{1}', '')
    returning id, at, day, small, whole, is_true, key_hash, account_id, note, message_ids, counts`)
  const kinds = Object.values(row ?? {}).map((value) => Object(value).constructor.name)
  assert.deepEqual(
    kinds,
    'String Date Date Number Number Boolean Buffer String String Array Array'.split(' '),
  )
  assert.deepEqual(row?.counts, ['1'])
})

test('a text whose check lists its values is a union of them, and any other text is a string', async () => {
  await database.query(`
    create table private.choices (
      state    text not null check (state in ('open', 'shut')),
      one      text not null check (one in ('only')),
      position text check (position is null or position in ('it''s', 'a, b', 'back\\slash')),
      tidy     text check (tidy ~ '^[a-z]+$'),
      bounded  text check (bounded in ('a', 'b') and length(bounded) < 9),
      pair     text not null,
      check (pair in ('x', 'y') or state = 'open'),
      long     text not null check (long in ('a much longer text than others', 'another one of that kind', 'and a third one of them all'))
    )`)
  assert.equal(
    await columnsOf('ChoicesTable'),
    `  state: 'open' | 'shut'
  one: 'only'
  position: 'it\\'s' | 'a, b' | 'back\\\\slash' | null
  tidy: string | null
  bounded: string | null
  pair: string
  long:
    | 'a much longer text than others'
    | 'another one of that kind'
    | 'and a third one of them all'`,
  )
})

test('a function that returns a table has its result columns, and partitions have no interface', async () => {
  await database.query(`
    create function postern.probe(asked integer, out_of text default '') returns table (found bigint, at_all timestamptz[])
    language sql as $$ select 1, null::timestamptz[] $$`)
  assert.equal(await columnsOf('ProbeRow'), '  found: string\n  atAll: Date[]')
  assert.equal(await columnsOf('EventsDefaultTable'), undefined)
})

test('a type nobody has decided on, and two rows of one name, are refused', async () => {
  const column = { name: 'wait', type: 'interval', nullable: false, checks: [] }
  const table: Relation = { kind: 'table', name: 'pauses', columns: [column] }
  assert.throws(() => renderSchema([table]), /pauses\.wait is interval: say in scripts/)
  const plain = { ...table, columns: [{ ...column, type: 'text' }] }
  assert.throws(() => renderSchema([plain, plain]), /would be PausesTable/)
})
