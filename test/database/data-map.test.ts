import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { after, before, test } from 'node:test'
import { type TestDatabase, testDatabase } from '../support/database.ts'

interface DataMap {
  classes: Record<string, string>
  tables: Record<string, Record<string, string>>
}

const map = JSON.parse(
  readFileSync(new URL('../../migrations/data-map.json', import.meta.url), 'utf8'),
) as DataMap

let database: TestDatabase
before(async () => {
  database = await testDatabase()
})
after(() => database.drop())

/** Columns of every table but partitions, which have their parents' columns. */
async function columns(): Promise<string[]> {
  const rows = await database.query<{ name: string }>(
    `select format('%s.%s %s', s.nspname, c.relname, a.attname) as name
       from pg_class c
       join pg_namespace s on s.oid = c.relnamespace
       join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
      where s.nspname not in ('pg_catalog', 'information_schema', 'pg_toast')
        and c.relkind in ('r', 'p', 'v', 'm') and not c.relispartition`,
  )
  return rows.map((row) => row.name).sort()
}

function mapped(): string[] {
  return Object.entries(map.tables)
    .flatMap(([table, row]) => Object.keys(row).map((column) => `${table} ${column}`))
    .sort()
}

test('the data map names every column of the database and no other', async () => {
  assert.deepEqual(mapped(), await columns())
})

test('every column has a class the map explains', () => {
  const used = new Set(Object.values(map.tables).flatMap((row) => Object.values(row)))
  for (const name of used) assert.ok(name in map.classes, `no such class: ${name}`)
})

test('what is sealed or wrapped says so in its name, and nothing else does', () => {
  for (const [table, row] of Object.entries(map.tables)) {
    for (const [column, kind] of Object.entries(row)) {
      assert.equal(kind === 'sealed', column.endsWith('_sealed'), `${table}.${column}`)
      assert.equal(kind === 'wrapped', /(^|_)wrapped$/.test(column), `${table}.${column}`)
    }
  }
})

test('a new column without a class is found', async () => {
  await database.query('alter table postern.messages add column subject text')
  assert.notDeepEqual(mapped(), await columns())
})
