/** Commands for a PostgreSQL of one's own, with nothing running. */
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import pg from 'pg'
import { clientConfig } from '../../src/db/sql.ts'
import { urlFromLogin } from '../../src/process/database.ts'
import { testServer } from '../support/database-server.ts'
import { runToEnd } from '../support/instance.ts'

const database = `own_${randomBytes(6).toString('hex')}`
let home: string
let environment: Record<string, string>

before(async () => {
  const { admin } = await testServer()
  home = mkdtempSync(join(tmpdir(), 'postern-cli-'))
  environment = {
    PATH: process.env.PATH ?? '',
    POSTERN_HOME: home,
    DATABASE_URL: urlFromLogin({ ...admin, database }),
  }
})

after(async () => {
  const { admin } = await testServer()
  const client = new pg.Client(clientConfig(admin))
  await client.connect()
  await client.query(`drop database if exists ${database} with (force)`)
  await client.end()
  rmSync(home, { recursive: true, force: true })
})

function postern(...args: string[]) {
  return runToEnd(['bin/postern', ...args], environment)
}

test('migrate makes the database, and a second time finds nothing to do', async () => {
  const first = await postern('migrate', '--json')
  assert.equal(first.code, 0, first.stderr)
  const { applied } = JSON.parse(first.stdout) as { applied: string[] }
  assert.ok(applied.includes('0001_spine.sql'))
  const second = await postern('migrate', '--json')
  assert.deepEqual(JSON.parse(second.stdout), { database, applied: [] })
})

test('migrate says what to check when the database cannot be reached', async () => {
  const { code, stderr } = await runToEnd(['bin/postern', 'migrate'], {
    ...environment,
    DATABASE_URL: `postgres://nobody@127.0.0.1:1/${database}`,
  })
  assert.equal(code, 1)
  assert.match(stderr, /check DATABASE_URL/)
})

test('migrate without a database of one’s own says that there is nothing to do', async () => {
  const { DATABASE_URL: _, ...embedded } = environment
  const { code, stderr } = await runToEnd(['bin/postern', 'migrate'], embedded)
  assert.equal(code, 1)
  assert.match(stderr, /DATABASE_URL is not set/)
})

test('doctor looks at the database although nothing runs, and says how to start', async () => {
  const { code, stdout } = await postern('doctor', '--json')
  const { data } = JSON.parse(stdout) as { data: { name: string; level: string; fix: string }[] }
  const found = (name: string) => data.find((finding) => finding.name === name)
  assert.equal(found('database')?.level, 'ok')
  assert.equal(found('partitions')?.level, 'ok')
  assert.match(found('instance')?.fix ?? '', /postern run/)
  // No root key lies in this home, which was never started.
  assert.equal(found('root key')?.level, 'fail')
  assert.equal(code, 1)
})
