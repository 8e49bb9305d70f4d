/** Accounts as the operator makes and changes them, over a real vault and a real database. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { createAccountKey, revokeAccountKey } from '../../src/core/accounts/account-keys.ts'
import { changeAccountState } from '../../src/core/accounts/change-account-state.ts'
import { type AccountDeps, createAccount } from '../../src/core/accounts/create-account.ts'
import { ensureFirstAccount } from '../../src/core/accounts/ensure-first-account.ts'
import { ensureSystem } from '../../src/core/accounts/ensure-system.ts'
import { sandboxDomain, systemAccountId } from '../../src/core/accounts/system-account.ts'
import { ed25519PublicKey } from '../../src/core/authority/authority-check.ts'
import { verifyLedger } from '../../src/core/ledger/verify.ts'
import {
  findCredentialAccount,
  listCredentials,
} from '../../src/core/operations/credential-queries.ts'
import { listDomainsNamed } from '../../src/core/operations/domain-queries.ts'
import {
  findAccount,
  findMessage,
  findServerFacts,
  listAccounts,
  listCheckpoints,
  listLedgerLines,
} from '../../src/core/operations/queries.ts'
import { everything } from '../../src/core/queue/change-deliveries.ts'
import { countQueue, listQueue } from '../../src/core/queue/queries.ts'
import { openPool, type Pool } from '../../src/db/sql.ts'
import { systemClock } from '../../src/lib/clock.ts'
import { Refusal } from '../../src/lib/refusal.ts'
import { readNamed, sealClass, secretKey, unseal } from '../../src/lib/seal.ts'
import { readToken, tokenProof } from '../../src/lib/token.ts'
import { uuidv7 } from '../../src/lib/uuid.ts'
import { type TestDatabase, testDatabase } from '../support/database.ts'
import { type TestVault, testVault } from '../support/vault.ts'
import { waitFor } from '../support/wait-for.ts'

let database: TestDatabase
let vault: TestVault
let sql: Pool
let deps: AccountDeps
let token: string
let h1: Buffer

before(async () => {
  database = await testDatabase()
  vault = await testVault(database)
  sql = openPool(database.logins.ops, { connectionsMax: 2 })
  token = database.operatorToken
  h1 = tokenProof(token)
  deps = { sql, vault: vault.client('operator', token), clock: systemClock }
})

after(async () => {
  await sql?.end()
  await vault?.end()
  await database?.drop()
})

test('the first start makes the system account, the verified sandbox and one account; a second start makes nothing', async () => {
  const kept: string[] = []
  const first = await ensureFirstAccount(deps, token, (key) => kept.push(key))
  const second = await ensureFirstAccount(deps, token, (key) => kept.push(key))
  assert.ok(first)
  assert.equal(second, undefined)
  assert.equal(kept.length, 1)
  assert.ok(readToken(kept[0]!))
  const ids = (await listAccounts(sql, h1, { after: null, limit: 10 })).map(({ id }) => id)
  assert.deepEqual(ids, [systemAccountId, first.id])
  const [sandbox, ...others] = await listDomainsNamed(sql, h1, sandboxDomain)
  assert.equal(others.length, 0)
  assert.equal(sandbox?.state.columns.status, 'verified')
  assert.equal(vault.check().distrust(sandbox!.state, sandbox!.id), undefined)
  assert.equal((await findAccount(sql, h1, systemAccountId))?.keysLive, 0)
})

test('a start that was cut off between domain and verification is completed by the next one', async () => {
  const other = await testDatabase()
  const otherVault = await testVault(other)
  const otherSql = openPool(other.logins.ops, { connectionsMax: 1 })
  try {
    const operator = otherVault.client('operator', other.operatorToken)
    const cutOff: AccountDeps = {
      sql: otherSql,
      clock: systemClock,
      vault: {
        authorise: (prover, change) =>
          change.kind === 'domain_state'
            ? Promise.reject(new Error('cut off'))
            : operator.authorise(prover, change),
      },
    }
    await assert.rejects(ensureSystem(cutOff, other.operatorToken), /cut off/)
    await ensureSystem({ ...cutOff, vault: operator }, other.operatorToken)
    const proof = tokenProof(other.operatorToken)
    const domains = await listDomainsNamed(otherSql, proof, sandboxDomain)
    assert.deepEqual(
      domains.map((domain) => domain.state.columns.status),
      ['verified'],
    )
  } finally {
    await otherSql.end()
    await otherVault.end()
    await other.drop()
  }
})

test('name and email of an account are in no column in the clear', async () => {
  await createAccount(deps, token, { name: 'Margarethe Quast', email: 'quast@example.org' })
  const rows = await database.query<{ line: string }>(
    `select a::text || k::text || c::text as line
       from postern.accounts a
       join postern.account_keys k on k.account_id = a.id
       join postern.credentials c on c.account_id = a.id`,
  )
  const text = rows.map(({ line }) => line).join()
  assert.ok(rows.length > 0)
  for (const planted of ['Margarethe', 'Quast', 'quast@', 'First key']) {
    assert.ok(!text.includes(planted), planted)
    assert.ok(!text.includes(Buffer.from(planted).toString('hex')), planted)
  }
})

test('the key of a new account proves itself, and its name opens for that account alone', async () => {
  const { id, apiKey } = await createAccount(deps, token, { name: 'Two', email: 'two@example.org' })
  const api = vault.client('api', await database.ticket('api'))
  const keys = await api.accountKeys(tokenProof(apiKey))
  assert.equal(keys.accountId, id)
  const [row] = await database.query<{ id: string; name_sealed: Buffer }>(
    'select id, name_sealed from postern.credentials where account_id = $1',
    [id],
  )
  const named = readNamed(row!.name_sealed)
  const [recordKey] = await api.openFor(tokenProof(apiKey), [
    {
      kind: 'record',
      id: row!.id,
      keyVersion: named.keyVersion,
      sessionPublic: named.sessionPublic,
    },
  ])
  const name = { accountId: id, recordId: row!.id, class: sealClass.name }
  assert.equal(unseal(secretKey(recordKey!), name, named.sealed).toString(), 'First key')
})

test('an account needs a name and a bare, valid address', async () => {
  const wrong = [
    { name: '  ', email: 'a@example.org' },
    { name: 'x'.repeat(101), email: 'a@example.org' },
    { name: 'A', email: 'nobody' },
    { name: 'A', email: 'A <a@example.org>' },
  ]
  for (const profile of wrong) {
    await assert.rejects(createAccount(deps, token, profile), Refusal)
  }
})

test('a block and new limits are signed on top of what stood before', async () => {
  const { id } = await createAccount(deps, token, { name: 'Three', email: 'three@example.org' })
  const change = (wanted: object, action: 'account.block' | 'account.limits') =>
    changeAccountState(deps, token, { accountId: id, change: wanted, action })
  await change({ state: 'blocked', reason: 'abuse' }, 'account.block')
  await change({ dailyQuota: 10, keysMax: 2 }, 'account.limits')
  const account = await findAccount(sql, h1, id)
  assert.equal(account?.state.version, 3)
  const { state, reason, dailyQuota, keysMax, domainsMax } = account!.state.columns
  assert.deepEqual([state, reason, dailyQuota, keysMax], ['blocked', 'abuse', 10, 2])
  assert.equal(domainsMax, 1_000)
  assert.equal(vault.check().distrust(account!.state, id), undefined)
})

test('a state that was written into the database is neither believed nor carried on', async () => {
  const { id } = await createAccount(deps, token, { name: 'Four', email: 'four@example.org' })
  await changeAccountState(deps, token, {
    accountId: id,
    change: { state: 'blocked' },
    action: 'account.block',
  })
  await database.query("update postern.account_states set state = 'active' where account_id = $1", [
    id,
  ])
  const account = await findAccount(sql, h1, id)
  assert.equal(vault.check().distrust(account!.state, id), 'forged')
  await assert.rejects(
    changeAccountState(deps, token, {
      accountId: id,
      change: { keysMax: 5 },
      action: 'account.limits',
    }),
    Refusal,
  )
})

test('the operator makes and revokes keys of an account, within its limit', async () => {
  const { id } = await createAccount(deps, token, { name: 'Five', email: 'five@example.org' })
  const wanted = { accountId: id, name: 'Deploy', permission: 'sending_access' } as const
  const made = await createAccountKey(deps, token, { ...wanted, domainName: null })
  const api = vault.client('api', await database.ticket('api'))
  assert.equal((await api.accountKeys(tokenProof(made.apiKey))).accountId, id)
  assert.equal(await findCredentialAccount(sql, h1, made.id), id)
  await revokeAccountKey(deps, token, made.id)
  await revokeAccountKey(deps, token, made.id)
  const listed = (await listCredentials(sql, h1, id)).find((key) => key.id === made.id)
  assert.ok(listed?.revokedAt)
  await changeAccountState(deps, token, {
    accountId: id,
    change: { keysMax: 1 },
    action: 'account.limits',
  })
  await assert.rejects(createAccountKey(deps, token, { ...wanted, domainName: null }), {
    code: 'limit_reached',
  })
})

test('a key is bound only to a domain of its own account, and only when it may just send', async () => {
  const { id } = await createAccount(deps, token, { name: 'Six', email: 'six@example.org' })
  const key = { accountId: id, name: 'Bound', domainName: sandboxDomain }
  await assert.rejects(createAccountKey(deps, token, { ...key, permission: 'full_access' }), {
    code: 'invalid_input',
  })
  await assert.rejects(createAccountKey(deps, token, { ...key, permission: 'sending_access' }), {
    code: 'not_found',
  })
})

test('what does not exist is said, not made', async () => {
  const unknown = uuidv7(systemClock.now())
  assert.equal(await findAccount(sql, h1, unknown), undefined)
  assert.equal(await findMessage(sql, h1, unknown), undefined)
  const filter = { ...everything, accountId: unknown }
  assert.deepEqual(await listQueue(sql, h1, { filter, limit: 5 }), [])
  assert.deepEqual(await countQueue(sql, h1, everything), [])
  await assert.rejects(revokeAccountKey(deps, token, unknown), { code: 'not_found' })
})

test('another token gets nothing from the database', async () => {
  const stranger = tokenProof('pst_op_somebody-else')
  await assert.rejects(listAccounts(sql, stranger, { after: null, limit: 1 }), { code: '42501' })
  await assert.rejects(findMessage(sql, stranger, systemAccountId), { code: '42501' })
})

test('the facts of the server name the open logins and the days that are ready', async () => {
  const facts = await findServerFacts(sql)
  assert.ok(facts.versionNumber >= 160_000)
  assert.ok(facts.daysReady >= 7, String(facts.daysReady))
  assert.ok(facts.rolesFound >= 5)
  assert.deepEqual(facts.rolesTooStrong, [])
})

test('the ledger that vault signs holds; a line changed by a superuser is found', async () => {
  const key = ed25519PublicKey(vault.publicKey)
  const verify = () =>
    verifyLedger(
      {
        lines: (position, limit) => listLedgerLines(sql, h1, { position, limit }),
        checkpoints: (after, limit) => listCheckpoints(sql, h1, { after, limit }),
      },
      key,
    )
  await waitFor(
    async () => {
      const unplaced = await database.query('select from postern.ledger where position is null')
      return unplaced.length === 0
    },
    { what: 'every line to be placed' },
  )
  const sound = await verify()
  assert.equal(sound.fault, null)
  assert.ok(sound.lines > 10 && sound.checkpoints > 0)
  await database.query("update postern.ledger set action = 'nothing' where position = 3")
  const { fault } = await verify()
  assert.ok(fault && fault.first <= 3 && fault.last >= 3)
})
