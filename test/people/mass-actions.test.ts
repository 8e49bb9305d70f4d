/** What ends all ways in at once: of everybody, of one account; over a real vault and database. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { endKeys, endSessions } from '../../src/core/access/mass-actions.ts'
import { createAccountKey } from '../../src/core/accounts/account-keys.ts'
import type { AccountDeps } from '../../src/core/accounts/create-account.ts'
import { listCredentials } from '../../src/core/operations/credential-queries.ts'
import { countAccess, listOutliving } from '../../src/core/operations/mass-queries.ts'
import { becomePerson, requestLink, resetPassword } from '../../src/core/people/links.ts'
import { findSession } from '../../src/core/people/queries.ts'
import { signIn } from '../../src/core/people/sign-in.ts'
import { tokenProof } from '../../src/lib/token.ts'
import {
  browserKey,
  client,
  password,
  signedIn,
  type TestPeople,
  testPeople,
} from './people-support.ts'

let people: TestPeople
let operator: AccountDeps
let token: string
let h1: Buffer
let other: string
before(async () => {
  people = await testPeople()
  token = people.database.operatorToken
  h1 = tokenProof(token)
  const { operatorSql: sql, clock } = people
  operator = { sql, vault: people.vault.client('operator', token), clock }
  other = await people.makeAccount('Other')
  for (const [accountId, email] of [
    [people.accountId, 'ada@example.com'],
    [other, 'bob@example.com'],
  ] as const) {
    const link = await people.ownerLink(accountId)
    await becomePerson(people.deps, link, { name: 'Somebody', email, password })
  }
})
after(() => people?.end())

const lives = async (h1: Buffer) =>
  (await findSession(people.deps.sql, h1, client.address)) !== undefined

async function told(): Promise<string[]> {
  const rows = await people.database.query<{ user_id: string }>(
    "select user_id from postern.notices where kind = 'password_reset_needed' order by user_id",
  )
  return rows.map((row) => row.user_id)
}

test('ending the sessions of an account ends no other, and no password', async () => {
  const ada = await signedIn(people, { email: 'ada@example.com' })
  const bob = await signedIn(people, { email: 'bob@example.com' })
  const scope = { accountId: other, passwords: false }
  const { before, after, told: mails } = await endSessions(operator, token, scope)
  assert.deepEqual([before.sessions, after.sessions, mails], [1, 0, 0])
  assert.deepEqual([await lives(ada.h1), await lives(bob.h1)], [true, false])
  await signedIn(people, { email: 'bob@example.com' })
  assert.deepEqual(await told(), [])
})

test('resetting everybody leaves no session and no password, and tells each person once', async () => {
  const ada = await signedIn(people, { email: 'ada@example.com' })
  const before = await countAccess(operator.sql, h1, null)
  const scope = { accountId: null, passwords: true }
  const first = await endSessions(operator, token, scope)
  assert.deepEqual(first.before, before)
  assert.deepEqual([before.passwords, first.after.passwords], [2, 0])
  assert.ok(before.sessions >= 2)
  assert.equal(first.after.sessions, 0)
  assert.equal(first.after.api_keys, before.api_keys)
  assert.equal(first.told, 2)
  assert.equal(await lives(ada.h1), false)
  const again = await endSessions(operator, token, scope)
  assert.equal(again.told, 0)
  assert.equal(new Set(await told()).size, 2)
  assert.equal((await told()).length, 2)
})

test('the password of before never lets in again; another one does', async () => {
  const old = { email: 'ada@example.com', password, browserKey: browserKey(), client }
  await assert.rejects(signIn(people.deps, old), /has been reset by the operator/)
  await assert.rejects(signIn(people.deps, old), /has been reset by the operator/)
  const link = await requestLink(people.deps, 'reset_password', 'ada@example.com')
  const fresh = { email: 'ada@example.com', password: 'another fine battery staple' }
  await resetPassword(people.deps, link?.token ?? '', fresh)
  await assert.rejects(signIn(people.deps, old), { code: 'invalid_key' })
  assert.ok(await lives((await signedIn(people, fresh)).h1))
  assert.equal((await countAccess(operator.sql, h1, people.accountId)).passwords, 1)
  assert.equal((await countAccess(operator.sql, h1, other)).passwords, 0)
})

test('who has chosen another password is told again when that one is reset', async () => {
  const scope = { accountId: people.accountId, passwords: true }
  assert.equal((await endSessions(operator, token, scope)).told, 1)
  assert.equal((await told()).length, 3)
})

test('keys get an earlier end, never a later one, and vault has signed it', async () => {
  const key = { accountId: people.accountId, name: 'Soon', permission: 'full_access' } as const
  const soon = new Date(people.clock.now() + 60_000)
  const early = { ...key, domainName: null, restrictions: { expiresAt: soon } }
  const { id } = await createAccountKey(operator, token, early)
  const end = new Date(people.clock.now() + 3600_000)
  const done = await endKeys(operator, token, { accountId: people.accountId, end })
  assert.equal(done.ended, 1)
  assert.deepEqual(done.refused, [])
  const rows = await listCredentials(operator.sql, h1, people.accountId)
  const ends = rows.map((row) => [row.id === id, row.expiresAt?.getTime()])
  assert.deepEqual(ends.sort(), [
    [false, end.getTime()],
    [true, soon.getTime()],
  ])
  const again = { accountId: people.accountId, end: new Date(end.getTime() + 3600_000) }
  assert.equal((await endKeys(operator, token, again)).ended, 0)
  assert.equal((await countAccess(operator.sql, h1, other)).api_keys, 1)
  const left = { accountId: null, moment: end, after: null, limit: 10 }
  assert.deepEqual(
    (await listOutliving(operator.sql, h1, left)).map(({ accountId }) => accountId),
    [other],
  )
})

test('a key whose row somebody wrote is left out and named, and hinders no other', async () => {
  const made = await createAccountKey(operator, token, {
    accountId: other,
    name: 'Forged',
    permission: 'sending_access',
    domainName: null,
  })
  await people.database.query(
    "update postern.credentials set permission = 'full_access' where id = $1",
    [made.id],
  )
  const end = new Date(people.clock.now() + 60_000)
  const { ended, refused } = await endKeys(operator, token, { accountId: null, end })
  assert.deepEqual(refused, [{ accountId: other, id: made.id }])
  assert.ok(ended >= 1)
})

test('each of it stands in the ledger', async () => {
  const rows = await people.database.query<{ action: string; account: string | null }>(
    `select distinct action, object_kind from postern.ledger
      where actor_kind = 'operator' and action in ('sessions.end', 'passwords.reset', 'passwords.tell', 'credential.expire')`,
  )
  assert.equal(rows.length, 4)
})
