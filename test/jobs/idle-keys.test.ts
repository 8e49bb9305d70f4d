/** Keys that nobody uses: their owners are told, and two weeks later vault ends them, and no other. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { createAccountKey, revokeAccountKey } from '../../src/core/accounts/account-keys.ts'
import { systemAccountId } from '../../src/core/accounts/system-account.ts'
import { listIdleKeys } from '../../src/core/credentials/idle-queries.ts'
import { findCredentialDetails } from '../../src/core/credentials/queries.ts'
import type { Restrictions } from '../../src/core/credentials/restrictions.ts'
import { setPolicy } from '../../src/core/people/members.ts'
import { openPool, type Pool } from '../../src/db/sql.ts'
import { IdleKeys } from '../../src/jobs/idle-keys.ts'
import { Refusal } from '../../src/lib/refusal.ts'
import { tokenProof } from '../../src/lib/token.ts'
import type { VaultClient } from '../../src/vault/client.ts'
import { ownerWithTotp, type TestPeople, testPeople } from '../people/people-support.ts'
import { linesOf, noticesOf } from '../support/owner-of.ts'
import { silentLog } from '../support/vault.ts'

const dayMs = 24 * 3600_000

let people: TestPeople
let owner: Awaited<ReturnType<typeof ownerWithTotp>>
let sql: Pool
let ticket: Buffer
let vault: VaultClient
let jobs: IdleKeys

before(async () => {
  people = await testPeople()
  owner = await ownerWithTotp(people)
  ticket = await people.database.ticket('jobs')
  sql = openPool(people.database.logins.jobs, { connectionsMax: 2 })
  vault = people.vault.client('jobs', ticket)
  jobs = new IdleKeys({ sql, ticket, vault, log: silentLog })
  await setPolicy(people.deps, owner.asking, { idleKeyDays: 90 })
})
after(async () => {
  await sql.end()
  await people.end()
})

/** A key that was made so many days ago and never used. */
async function keyOf(
  days: number,
  { accountId = people.accountId, ...restrictions }: Restrictions & { accountId?: string } = {},
): Promise<{ id: string; apiKey: string }> {
  const { database, clock, operatorSql } = people
  const operator = people.vault.client('operator', database.operatorToken)
  clock.forward(-days * dayMs)
  try {
    return await createAccountKey(
      { sql: operatorSql, vault: operator, clock },
      database.operatorToken,
      { accountId, name: 'Old', permission: 'full_access', domainName: null, restrictions },
    )
  } finally {
    clock.forward(days * dayMs)
  }
}

const tellAgo = (id: string, days: number) =>
  people.database.query(
    `update postern.idle_keys set told_at = now() - make_interval(days => $2) where credential_id = $1`,
    [id, days],
  )
const useAgo = (id: string, days: number) =>
  people.database.query(
    `insert into postern.credential_uses (lane, account_id, credential_id, last_used_at)
     select lane, account_id, id, now() - make_interval(days => $2) from postern.credentials where id = $1`,
    [id, days],
  )

async function shown(id: string) {
  const details = await findCredentialDetails(people.deps.sql, owner.asking.h1, id)
  assert.ok(details)
  return { retiresAt: details.retiresAt, expiresAt: details.credential.columns.expiresAt }
}

async function toldOf(id: string, accountId = people.accountId): Promise<string[]> {
  const told = await noticesOf(people.database, accountId)
  return told.filter((one) => one.object_id === id).map(({ kind }) => kind)
}

const retire = (credentialId: string, accountId = people.accountId) =>
  vault.authorise('ticket', { kind: 'retire_credential', accountId, credentialId })

async function demandKept(credentialId: string, why: RegExp, accountId?: string): Promise<void> {
  await assert.rejects(retire(credentialId, accountId), (error) => {
    assert.ok(error instanceof Refusal && error.code === 'not_permitted', String(error))
    assert.match(error.message, why)
    return true
  })
}

test('the owners are told once, two weeks ahead, and then the key ends', async () => {
  const { id } = await keyOf(80)
  await jobs.run()
  await jobs.run()
  assert.deepEqual(await toldOf(id), ['key_idle'])
  const { retiresAt, expiresAt } = await shown(id)
  assert.equal(expiresAt, null)
  const days = ((retiresAt?.getTime() ?? 0) - Date.now()) / dayMs
  assert.ok(days > 13.9 && days <= 14.01, String(days))
  await tellAgo(id, 15)
  await jobs.run()
  assert.equal((await shown(id)).expiresAt, null, 'not before its 90 days')
  const old = await keyOf(120)
  await jobs.run()
  await tellAgo(old.id, 15)
  const asking = people.vault.client('console', people.deps.ticket)
  await asking.accountKeys(tokenProof(old.apiKey))
  await jobs.run()
  const ended = await shown(old.id)
  assert.ok(ended.expiresAt !== null && ended.expiresAt <= Date.now())
  assert.equal(ended.retiresAt, null)
  assert.deepEqual(await linesOf(people.database, old.id), [
    'cli credential.create',
    'jobs credential.retire',
  ])
  await assert.rejects(asking.accountKeys(tokenProof(old.apiKey)), { code: 'invalid_key' })
})

test('a key that is used after all goes on, and is told of anew when it is idle again', async () => {
  const { id } = await keyOf(200)
  await jobs.run()
  await tellAgo(id, 15)
  await useAgo(id, 1)
  assert.equal((await shown(id)).retiresAt, null)
  await jobs.run()
  assert.equal((await shown(id)).expiresAt, null)
  await demandKept(id, /was used since/)
  await people.database.query(
    "update postern.credential_uses set last_used_at = now() - interval '100 days' where credential_id = $1",
    [id],
  )
  await tellAgo(id, 110)
  await demandKept(id, /not told in time/)
  await people.database.query(
    "update postern.notices set created_at = now() - interval '20 days' where object_id = $1",
    [id],
  )
  await jobs.run()
  assert.deepEqual(await toldOf(id), ['key_idle', 'key_idle'])
  assert.ok((await shown(id)).retiresAt)
})

test('what is used, ended, a canary, of Postern itself or of an account that says nothing is left alone', async () => {
  const other = await people.makeAccount('Umbrella')
  const used = await keyOf(200)
  await useAgo(used.id, 3)
  const young = await keyOf(20)
  const canary = await keyOf(200, { canary: true })
  const revoked = await keyOf(200)
  const { operatorToken } = people.database
  const operator = people.vault.client('operator', operatorToken)
  const operatorDeps = { sql: people.operatorSql, vault: operator }
  await revokeAccountKey(operatorDeps, operatorToken, revoked.id)
  const foreign = await keyOf(200, { accountId: other })
  await jobs.run()
  for (const { id } of [used, young, canary, revoked]) assert.deepEqual(await toldOf(id), [])
  assert.deepEqual(await toldOf(foreign.id, other), [])
  const seen = await listIdleKeys(sql, ticket, { after: null, accountsMax: 10, keysMax: 10 })
  assert.deepEqual([...new Set(seen.map(({ accountId }) => accountId))], [people.accountId])
})

test('a jobs that is taken ends no key but such as would end anyway', async () => {
  const other = await people.makeAccount('Hooli')
  const untold = await keyOf(200)
  const told = await keyOf(200)
  const young = await keyOf(20)
  const canary = await keyOf(200, { canary: true })
  const foreign = await keyOf(200, { accountId: other })
  await demandKept(untold.id, /not told in time/)
  for (const { id, account = people.accountId } of [
    told,
    young,
    canary,
    { id: foreign.id, account: other },
  ] as { id: string; account?: string }[]) {
    await people.database.query(
      `insert into postern.idle_keys (lane, account_id, credential_id, told_at)
       values (private.lane_of($1), $1, $2, now() - interval '13 days')`,
      [account, id],
    )
  }
  await demandKept(told.id, /not told in time/)
  for (const id of [told.id, young.id, canary.id, foreign.id]) await tellAgo(id, 15)
  await demandKept(young.id, /was used since/)
  await demandKept(canary.id, /no key that is used/)
  await demandKept(foreign.id, /does not end keys/, other)
  const [session] = await people.database.query<{ id: string }>(
    'select id from postern.credentials where user_id is not null limit 1',
  )
  await demandKept(session?.id ?? '', /no key that is used/)
  const change = { kind: 'expire_credential', credentialId: told.id, expiresAt: 0 } as const
  const expire = vault.authorise('ticket', { ...change, accountId: people.accountId })
  await assert.rejects(expire, { code: 'not_permitted' })
  // Of such as would end anyway it may, and only by vault's own clock.
  const { signed } = await retire(told.id)
  const { expiresAt } = signed.columns as { expiresAt: number }
  assert.ok(Math.abs(expiresAt - Date.now()) < 60_000)
})

test('nobody but jobs asks for it, and the policy counts only as vault signed it', async () => {
  const { id } = await keyOf(200)
  const asking = people.vault.client('console', people.deps.ticket)
  const wanted = {
    kind: 'retire_credential',
    accountId: people.accountId,
    credentialId: id,
  } as const
  await assert.rejects(asking.authorise({ h1: owner.asking.h1 }, wanted), { code: 'not_permitted' })
  const other = await people.makeAccount('Initech')
  const foreign = await keyOf(200, { accountId: other })
  await people.database.query(
    `update postern.account_states set options = '{"idleKeyDays": 30}' where account_id = $1`,
    [other],
  )
  await people.database.query(
    `insert into postern.idle_keys (lane, account_id, credential_id, told_at)
     values (private.lane_of($1), $1, $2, now() - interval '15 days')`,
    [other, foreign.id],
  )
  await demandKept(foreign.id, /not vault's own/, other)
  await jobs.run()
  const [row] = await people.database.query<{ expires_at: Date | null }>(
    'select expires_at from postern.credentials where id = $1',
    [foreign.id],
  )
  assert.equal(row?.expires_at, null)
})

test('accounts are looked at a few at a time', async () => {
  const asked = { accountsMax: 1, keysMax: 1 }
  const all = await listIdleKeys(sql, ticket, { after: null, accountsMax: 10, keysMax: 1 })
  const ids = [...new Set(all.map(({ accountId }) => accountId))]
  const first = await listIdleKeys(sql, ticket, { after: null, ...asked })
  assert.deepEqual([first.length, first[0]?.accountId], [1, ids[0]])
  const next = await listIdleKeys(sql, ticket, { after: ids[0] ?? null, ...asked })
  assert.equal(next[0]?.accountId, ids[1])
  assert.ok(!ids.includes(systemAccountId))
})
