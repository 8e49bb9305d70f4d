/** What vault keeps outside the database: who puts the database back to an earlier day does not put that back. */
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeEach, test } from 'node:test'
import { createAccount } from '../../src/core/accounts/create-account.ts'
import { openPool } from '../../src/db/sql.ts'
import { systemClock } from '../../src/lib/clock.ts'
import { KnownVersions } from '../../src/vault/known-versions.ts'
import { readLedgerHead } from '../../src/vault/ledger-head.ts'
import { testDatabase } from '../support/database.ts'
import { testVault } from '../support/vault.ts'

const name = 'account_state/0190a0b0-0000-7000-8000-000000000001'
const other = 'domain_state/0190a0b0-0000-7000-8000-000000000002'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'pk-'))
})

test('a version is still known to the next vault', () => {
  const first = new KnownVersions(folder)
  first.keep(name, 2)
  first.keep(name, 4)
  first.keep(other, 3)
  first.close()
  const next = new KnownVersions(folder)
  assert.equal(next.newest(name), 4)
  assert.equal(next.newest(other), 3)
  next.close()
  rmSync(folder, { recursive: true })
})

test('an older version is not kept over a newer one', () => {
  const versions = new KnownVersions(folder)
  versions.keep(name, 4)
  versions.keep(name, 2)
  versions.close()
  assert.equal(new KnownVersions(folder).newest(name), 4)
  rmSync(folder, { recursive: true })
})

test('a line that was cut off takes nothing else with it', () => {
  writeFileSync(join(folder, 'known-versions'), `${name} 7\n${other.slice(0, 30)}`)
  const versions = new KnownVersions(folder)
  assert.equal(versions.newest(name), 7)
  versions.keep(other, 2)
  versions.close()
  assert.equal(readFileSync(join(folder, 'known-versions'), 'utf8'), `${name} 7\n${other} 2\n`)
  rmSync(folder, { recursive: true })
})

test('a ledger that ends before the head signed last stops vault from starting', async () => {
  const database = await testDatabase()
  const rootKey = randomBytes(32)
  const begin = () => testVault(database, rootKey, folder)
  try {
    const vault = await begin()
    const ops = openPool(database.logins.ops, { connectionsMax: 1 })
    const deps = {
      sql: ops,
      vault: vault.client('operator', database.operatorToken),
      clock: systemClock,
    }
    await createAccount(deps, database.operatorToken, { name: 'Acme', email: 'o@example.com' })
    await ops.end()
    // Ends with every line placed and the head over them kept.
    await vault.end()
    const head = readLedgerHead(join(folder, 'ledger-head.json'))
    assert.ok(head && head.size > 0)
    await (await begin()).end()
    await database.query('delete from postern.checkpoints where tree_size = $1', [head.size])
    await assert.rejects(begin(), { name: 'LedgerRewound' })
    // Without the head nothing would have been noticed.
    rmSync(join(folder, 'ledger-head.json'))
    await (await begin()).end()
  } finally {
    await database.drop()
    rmSync(folder, { recursive: true })
  }
})
