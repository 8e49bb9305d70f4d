/** A key that has ended itself stays ended, though somebody puts its row and the record of it back as they were. */
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { createAccount } from '../../src/core/accounts/create-account.ts'
import { createCredential } from '../../src/core/credentials/create-credential.ts'
import { revokeCredential } from '../../src/core/credentials/revoke-credential.ts'
import { rollApiKey } from '../../src/core/credentials/roll-credential.ts'
import { Senders } from '../../src/core/messages/sender.ts'
import { openPool, type Pool } from '../../src/db/sql.ts'
import { systemClock } from '../../src/lib/clock.ts'
import { tokenProof } from '../../src/lib/token.ts'
import type { VaultClient } from '../../src/vault/client.ts'
import { type TestDatabase, testDatabase } from '../support/database.ts'
import { type TestVault, testVault } from '../support/vault.ts'

const rootKey = randomBytes(32)
let folder: string
let database: TestDatabase
let vault: TestVault
let client: VaultClient
let sql: Pool
/** The account's first key, which stays. */
let apiKey: string

before(async () => {
  folder = mkdtempSync(join(tmpdir(), 'pe-'))
  database = await testDatabase()
  sql = openPool(database.logins.api, { connectionsMax: 2 })
  await begin()
  const ops = openPool(database.logins.ops, { connectionsMax: 1 })
  const operator = vault.client('operator', database.operatorToken)
  const owner = { name: 'Acme', email: 'owner@example.com' }
  const deps = { sql: ops, vault: operator, clock: systemClock }
  apiKey = (await createAccount(deps, database.operatorToken, owner)).apiKey
  await ops.end()
})
after(async () => {
  await vault.end()
  await sql.end()
  await database.drop()
  rmSync(folder, { recursive: true })
})

async function begin(): Promise<void> {
  vault = await testVault(database, rootKey, folder)
  client = vault.client('api', await database.ticket('api'))
}

/** A door that has just started and knows nothing yet. */
function door(): Senders {
  return new Senders({
    sql,
    vault: client,
    clock: systemClock,
    check: vault.check(),
    sandbox: true,
    door: 'api',
    alarm: () => {},
    onCanary: () => {},
  })
}

async function newKey(): Promise<{ id: string; token: string; h1: Buffer }> {
  const senders = door()
  const sender = await senders.find(apiKey, '127.0.0.1')
  const asker = { h1: sender.h1, session: await senders.session(sender) }
  const wish = { name: 'one', permission: 'full_access' as const, domainId: null }
  const made = await createCredential({ sql, vault: client, clock: systemClock }, asker, wish)
  return { ...made, h1: tokenProof(made.token) }
}

/** As on the day when the key was made, history and all. */
async function putBack(id: string): Promise<void> {
  await database.query(
    `delete from postern.authority_history where object_id = $1 and version > 1`,
    [id],
  )
  const rows = await database.query(
    `update postern.credentials c
        set version = 1, revoked_at = null, expires_at = null, previous = null, signature = h.signature
       from postern.authority_history h
      where c.id = $1 and h.object_id = $1
     returning c.id`,
    [id],
  )
  assert.equal(rows.length, 1)
}

async function demandRefused({ token, h1 }: { token: string; h1: Buffer }): Promise<void> {
  const unknown = { code: 'invalid_key' }
  await assert.rejects(client.accountKeys(h1), unknown)
  await assert.rejects(client.openFor(h1, []), unknown)
  const again = { kind: 'revoke_credential', credentialId: randomId } as const
  await assert.rejects(client.authorise({ h1 }, again), unknown)
  const senders = door()
  // The account has another key in use at that door.
  await senders.session(await senders.find(apiKey, '127.0.0.1'))
  const sender = await senders.find(token, '127.0.0.1')
  await assert.rejects(senders.session(sender), unknown)
  await assert.rejects(senders.keys(sender), unknown)
}

const randomId = '0190a0b0-0000-7000-8000-000000000009'

async function restartVault(): Promise<void> {
  await vault.end()
  await begin()
}

test('a key that has revoked itself is refused by vault and doors when its row is put back', async () => {
  const key = await newKey()
  await revokeCredential({ sql, vault: client }, key.h1, key.id)
  await putBack(key.id)
  await demandRefused(key)
  await restartVault()
  await demandRefused(key)
})

test('so is one that has rolled itself without an overlap', async () => {
  const key = await newKey()
  const deps = { sql, vault: client, clock: systemClock }
  await rollApiKey(deps, key.h1, { credentialId: key.id, overlapSeconds: 0 })
  await putBack(key.id)
  await restartVault()
  await demandRefused(key)
})

test('an ended key confirms itself only, and only where it names its account', async () => {
  const key = await newKey()
  const other = await newKey()
  const { accountId } = await client.accountKeys(key.h1)
  await revokeCredential({ sql, vault: client }, key.h1, key.id)
  const confirm = (h1: Buffer, change: { objectId: string; accountId?: string }) =>
    client.authorise({ h1 }, { kind: 'confirm', of: 'credential', ...change })
  const { signed } = await confirm(key.h1, { objectId: key.id, accountId })
  assert.equal(signed.version, 2)
  const refused = { code: 'invalid_key' }
  await assert.rejects(confirm(key.h1, { objectId: key.id }), refused)
  await assert.rejects(confirm(key.h1, { objectId: other.id, accountId }), refused)
  await assert.rejects(confirm(randomBytes(32), { objectId: key.id, accountId }), refused)
  const state = { kind: 'confirm', of: 'account_state', accountId, objectId: accountId } as const
  await assert.rejects(client.authorise({ h1: key.h1 }, state), refused)
})
