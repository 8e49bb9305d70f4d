/**
 * Drill: an account is closed, its time comes, and somebody puts back what a backup still holds of it. Vault opens
 * nothing of it any more, after a restart neither; of another account it opens everything.
 */
import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { changeAccountState } from '../../src/core/accounts/change-account-state.ts'
import { forgetClosedAccount, listClosing } from '../../src/core/accounts/closing-queries.ts'
import { openPool, type Pool } from '../../src/db/sql.ts'
import { Closings } from '../../src/jobs/closings.ts'
import { systemClock } from '../../src/lib/clock.ts'
import { tokenProof } from '../../src/lib/token.ts'
import { DestroyedAccounts } from '../../src/vault/destroyed-accounts.ts'
import { draft, type Seeded, seeded } from '../support/seeded.ts'
import { silentLog, type TestVault, testVault } from '../support/vault.ts'

let world: Seeded
let vault: TestVault
let folder: string
let jobs: Pool
let ticket: Buffer
let gone: { id: string; apiKey: string; message: string }
let left: { id: string; apiKey: string; message: string }
/** What a backup of before holds. */
let backup: Record<string, object[]>

const backedUp = [
  'account_keys',
  'account_states',
  'authority_history',
  'credentials',
  'messages',
  'contents',
]

before(async () => {
  world = await seeded()
  folder = mkdtempSync(join(tmpdir(), 'kept-'))
  vault = await testVault(world.database, world.vault.rootKey, folder)
  jobs = openPool(world.database.logins.jobs, { connectionsMax: 1 })
  ticket = await world.database.ticket('jobs')
  gone = await accountWithMessage()
  left = await accountWithMessage()
  backup = {}
  for (const table of backedUp) {
    const rows = await query(`select t as row from postern.${table} t where account_id = $1`, [
      gone.id,
    ])
    backup[table] = rows
  }
})
after(async () => {
  await jobs.end()
  await vault.end()
  await world.end()
  rmSync(folder, { recursive: true, force: true })
})

const query = <Row extends object>(text: string, values?: unknown[]) =>
  world.database.query<Row & Record<string, unknown>>(text, values)

async function accountWithMessage() {
  const made = await world.addAccount()
  const sender = await world.sender(made.apiKey)
  const [message = ''] = await world.api.door.accept(sender, [draft(['a@example.com'])], null)
  return { ...made, message }
}

async function opens(asked: TestVault, { apiKey, message }: typeof gone): Promise<boolean> {
  const api = asked.client('api', await world.database.ticket('api'))
  const [key] = await api.openFor(tokenProof(apiKey), [{ kind: 'message', id: message }])
  return Buffer.isBuffer(key)
}

async function putBack(): Promise<void> {
  for (const table of backedUp) {
    await query(`delete from postern.${table} where account_id = $1`, [gone.id])
    // All but columns that the database makes of the others.
    const [kept] = await query<{ columns: string }>(
      `select string_agg(quote_ident(attname), ', ') as columns from pg_attribute
        where attrelid = $1::regclass and attnum > 0 and not attisdropped and attgenerated = ''`,
      [`postern.${table}`],
    )
    for (const { row } of backup[table] as { row: string }[]) {
      await query(
        `insert into postern.${table} (${kept?.columns})
         select ${kept?.columns} from (select ($1::postern.${table}).*) as stored`,
        [row],
      )
    }
  }
}

const rowsOf = async (accountId: string) => {
  const tables = await query<{ name: string }>(
    `select c.relname as name from pg_class c
      where c.relnamespace = 'postern'::regnamespace and c.relkind in ('r', 'p') and not c.relispartition
        and c.relname <> 'ledger'
        and exists (select from pg_attribute a where a.attrelid = c.oid and a.attname = 'account_id')`,
  )
  const found: string[] = []
  for (const { name } of tables) {
    const rows = await query(`select 1 from postern.${name} where account_id = $1 limit 1`, [
      accountId,
    ])
    if (rows.length > 0) found.push(name)
  }
  return found.sort()
}

test('when its time has come its keys are destroyed, then every row of it goes, and of no other account', async () => {
  assert.ok(await opens(vault, gone))
  const operator = vault.client('operator', world.database.operatorToken)
  const deps = { sql: world.ops, vault: operator }
  await changeAccountState(deps, world.database.operatorToken, {
    accountId: gone.id,
    change: { closes: 'now' },
    action: 'account.close',
  })
  const others = await rowsOf(left.id)
  const before = await listClosing(jobs, ticket, { after: null, limit: 10 })
  assert.deepEqual(
    before.map(({ accountId }) => accountId),
    [gone.id],
  )
  assert.equal(
    await forgetClosedAccount(jobs, ticket, { accountId: gone.id, rowLimit: 100 }),
    false,
  )
  assert.ok((await rowsOf(gone.id)).includes('messages'), 'not before its keys are destroyed')
  const closings = new Closings({
    ...{ sql: jobs, ticket, check: vault.check(), clock: systemClock, log: silentLog },
    vault: vault.client('jobs', ticket),
  })
  while (await closings.round());
  assert.deepEqual(await rowsOf(gone.id), [])
  assert.deepEqual(await rowsOf(left.id), others)
  const [line] = await query(
    "select count(*)::integer as n from postern.ledger where account_id = $1 and action = 'account.destroy'",
    [gone.id],
  )
  assert.equal(line?.n, 1)
  assert.match(readFileSync(join(folder, 'destroyed-accounts'), 'utf8'), new RegExp(gone.id))
})

test('a backup that is put back opens nothing of it, and nobody acts for it', async () => {
  await putBack()
  assert.equal(await opens(vault, gone).catch(() => false), false)
  const api = vault.client('api', await world.database.ticket('api'))
  await assert.rejects(api.accountKeys(tokenProof(gone.apiKey)))
  assert.ok(await opens(vault, left))
})

test('nor after a restart of vault, with a line that a crash cut off', async () => {
  await vault.end()
  writeFileSync(join(folder, 'destroyed-accounts'), '0197a1b2-', { flag: 'a' })
  vault = await testVault(world.database, world.vault.rootKey, folder)
  assert.equal(await opens(vault, gone).catch(() => false), false)
  assert.ok(await opens(vault, left))
  const destroyed = new DestroyedAccounts(folder)
  destroyed.add(left.id)
  assert.ok(
    new DestroyedAccounts(folder).has(left.id) && new DestroyedAccounts(folder).has(gone.id),
  )
})

test('without what vault keeps outside the database the backup is readable: the root key opens what it ever wrapped', async () => {
  const bare = await testVault(world.database, world.vault.rootKey)
  assert.ok(await opens(bare, gone))
  await bare.end()
})
