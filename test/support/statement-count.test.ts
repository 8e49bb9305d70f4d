import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { keepHouse } from '../../src/core/retention/queries.ts'
import { carriedOut, openPool } from '../../src/db/sql.ts'
import { testDatabase } from './database.ts'
import { findUntested, statementsIn } from './statement-count.ts'

const file = 'src/core/probes/queries.ts'
const code = `export async function first(sql: Sql, id: string) {
  return sql<{ id: string }[]>\`
    select id
      from probes
     where id = \${id} and at < \${new Date(0)}\`
}
export const second = (db: Sql) => db\`select 1 as one\`
const name = \`no \${'statement'}\`
`
const firstText = '\n    select id\n      from probes\n     where id = $1 and at < $2'

test('every tagged template of a queries file is a statement, as PostgreSQL gets it', () => {
  assert.deepEqual(statementsIn(file, code), [
    { place: `${file}:2`, text: firstText },
    { place: `${file}:7`, text: 'select 1 as one' },
  ])
})

test('a statement that no test has executed is named with its file and line', () => {
  const statements = statementsIn(file, code)
  const reason = 'is carried out by no test'
  assert.deepEqual(findUntested(statements, new Set([firstText, 'select 2'])), [
    { place: `${file}:7`, reason },
  ])
  assert.deepEqual(findUntested(statements, new Set([firstText, 'select 1 as one'])), [])
})

test('a statement that stands twice is refused, since one would count for the other', () => {
  const twice = [...statementsIn(file, code), ...statementsIn('src/core/others/queries.ts', code)]
  const places = findUntested(twice, new Set(twice.map(({ text }) => text)))
  assert.deepEqual(
    places.map(({ place }) => place),
    ['src/core/others/queries.ts:2', 'src/core/others/queries.ts:7'],
  )
})

test('a statement counts when PostgreSQL has carried it out, and not when it was refused', async (context) => {
  const database = await testDatabase()
  const sql = openPool(database.logins.jobs, { connectionsMax: 1 })
  const noted = new Set<string>()
  const note = (text: unknown) => noted.add(String(text))
  carriedOut.subscribe(note)
  context.after(async () => {
    carriedOut.unsubscribe(note)
    await sql.end()
    await database.drop()
  })
  const source = readFileSync(
    new URL('../../src/core/retention/queries.ts', import.meta.url),
    'utf8',
  )
  const untested = () => findUntested(statementsIn('retention', source), noted).length
  const all = untested()
  assert.ok(all > 0)
  const wish = { daysAhead: 1, rowLimit: 1 }
  await assert.rejects(keepHouse(sql, Buffer.alloc(32), wish))
  assert.equal(untested(), all)
  await keepHouse(sql, await database.ticket('jobs'), wish)
  assert.equal(untested(), all - 1)
})
