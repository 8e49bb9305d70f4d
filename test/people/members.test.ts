/** Who belongs to an account, what their role lets them do, and what ends it; over a real vault and database. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { createCredential } from '../../src/core/credentials/create-credential.ts'
import { beginEpoch } from '../../src/core/people/epochs.ts'
import type { PersonAsking } from '../../src/core/people/factors.ts'
import { acceptInvitation, becomePerson } from '../../src/core/people/links.ts'
import {
  changeMember,
  invite,
  readInvitations,
  readMembers,
  removeMember,
  revokeInvitation,
  setPolicy,
} from '../../src/core/people/members.ts'
import { findSession } from '../../src/core/people/queries.ts'
import { signIn, stepUp } from '../../src/core/people/sign-in.ts'
import { beginSession } from '../../src/lib/seal.ts'
import {
  browserKey,
  client,
  nextCode,
  ownerWithTotp,
  password,
  signedIn,
  type TestPeople,
  testPeople,
} from './people-support.ts'

let people: TestPeople
let owner: Awaited<ReturnType<typeof ownerWithTotp>>

before(async () => {
  people = await testPeople()
  owner = await ownerWithTotp(people)
})
after(() => people.end())

const refusedAs = (code: string) => (error: { code?: string }) => error.code === code

async function ownerAsking(): Promise<PersonAsking> {
  return signedIn(people, {
    email: owner.email,
    accountId: people.accountId,
    factor: { type: 'totp', code: nextCode(owner.secret, people.clock) },
  })
}

async function newMember(
  email: string,
  role: 'admin' | 'developer' | 'analyst',
): Promise<PersonAsking & { memberId: string }> {
  const asking = await ownerAsking()
  const { token } = await invite(people.deps, asking, { email, role, scopes: null })
  await becomePerson(people.deps, token, { name: 'Member', email, password })
  const own = await signedIn(people, { email })
  const member = (await readMembers(people.deps, asking)).find((one) => one.userId === own.userId)
  return { ...own, memberId: member?.id ?? '' }
}

test('an invitation is for its own address, is listed, and makes a member of that role', async () => {
  const asking = await ownerAsking()
  const wanted = { email: 'grace@example.com', role: 'developer' as const, scopes: null }
  const { token } = await invite(people.deps, asking, wanted)
  const listed = await readInvitations(people.deps, asking)
  assert.deepEqual(
    listed.map(({ email, role }) => [email, role]),
    [['grace@example.com', 'developer']],
  )
  const other = { name: 'Eve', email: 'eve@example.com', password }
  await assert.rejects(becomePerson(people.deps, token, other), refusedAs('invalid_input'))
  await becomePerson(people.deps, token, { ...other, name: 'Grace', email: wanted.email })
  const members = await readMembers(people.deps, asking)
  assert.ok(
    members.some(
      ({ name, email, role }) => name === 'Grace' && email === wanted.email && role === 'developer',
    ),
  )
  assert.deepEqual(await readInvitations(people.deps, asking), [])
})

test('an invitation that was taken back is dead', async () => {
  const asking = await ownerAsking()
  const email = 'late@example.com'
  const { id, token } = await invite(people.deps, asking, { email, role: 'analyst', scopes: null })
  await revokeInvitation(people.deps, asking, id)
  const person = { name: 'Late', email, password }
  await assert.rejects(becomePerson(people.deps, token, person), refusedAs('not_found'))
})

test('an admin makes no owner and changes none', async () => {
  const admin = await newMember('admin@example.com', 'admin')
  const wanted = { email: 'mallory@example.com', role: 'owner' as const, scopes: null }
  await assert.rejects(invite(people.deps, admin, wanted), refusedAs('not_permitted'))
  const chief = (await readMembers(people.deps, admin)).find(({ role }) => role === 'owner')
  const change = { memberId: chief?.id ?? '', role: 'analyst' as const, scopes: null }
  await assert.rejects(changeMember(people.deps, admin, change), refusedAs('not_permitted'))
})

test('the last owner can neither be changed nor leave', async () => {
  const asking = await ownerAsking()
  const self = (await readMembers(people.deps, asking)).find((one) => one.userId === asking.userId)
  const memberId = self?.id ?? ''
  const change = { memberId, role: 'admin' as const, scopes: null }
  await assert.rejects(changeMember(people.deps, asking, change), refusedAs('not_permitted'))
  await assert.rejects(removeMember(people.deps, asking, memberId), refusedAs('not_permitted'))
})

test('another role, and the end of it, end the sessions in the account at once', async () => {
  const member = await newMember('dev@example.com', 'developer')
  const asking = await ownerAsking()
  const { memberId } = member
  await changeMember(people.deps, asking, { memberId, role: 'analyst', scopes: null })
  assert.equal(await findSession(people.deps.sql, member.h1, client.address), undefined)
  const again = await signedIn(people, { email: 'dev@example.com' })
  const row = await findSession(people.deps.sql, again.h1, client.address)
  assert.ok(!row?.session.columns.options?.scopes?.includes('keys:write'))
  await removeMember(people.deps, asking, memberId)
  assert.equal(await findSession(people.deps.sql, again.h1, client.address), undefined)
  await assert.rejects(signedIn(people, { email: 'dev@example.com' }), refusedAs('not_permitted'))
})

test('one person is a member of several accounts', async () => {
  const member = await newMember('both@example.com', 'analyst')
  const otherId = await people.makeAccount('Other')
  const token = await people.ownerLink(otherId)
  const chief = { name: 'Chief', email: 'chief@example.com', password }
  await becomePerson(people.deps, token, chief)
  const enrolling = await signedIn(people, { email: chief.email })
  // Who has to add a factor first may do nothing else.
  const wanted = { email: 'both@example.com', role: 'admin' as const, scopes: null }
  await assert.rejects(invite(people.deps, enrolling, wanted), refusedAs('not_permitted'))
  await assert.rejects(
    acceptInvitation(people.deps, member.h1, 'x'.repeat(43)),
    refusedAs('not_found'),
  )
})

test('an account lets people in from its networks only, where it names some', async () => {
  const asking = await ownerAsking()
  await setPolicy(people.deps, asking, { networks: { console: ['192.0.2.0/24', '2001:db8::/32'] } })
  const at = async (address: string) =>
    (await findSession(people.deps.sql, asking.h1, address))?.outside
  assert.equal(await at('192.0.2.7'), false)
  assert.equal(await at('2001:db8::1'), false)
  assert.equal(await at('198.51.100.1'), true)
  await setPolicy(people.deps, asking, {})
  assert.equal(await at('198.51.100.1'), false)
})

test('a person gives a key no more than their own role, and only with a fresh factor', async () => {
  const member = await newMember('keys@example.com', 'developer')
  const { keyVersion, publicKey } = await people.deps.vault.accountKeys(member.h1)
  const session = beginSession({ accountId: member.accountId, keyVersion, publicKey })
  const asker = { h1: member.h1, session }
  const key = { name: 'Mine', permission: 'full_access' as const, domainId: null }
  const deps = { ...people.deps, vault: people.vault.client('console', people.deps.ticket) }
  const made = await createCredential(deps, asker, key)
  assert.match(made.token, /^pst_live_/)
  people.clock.forward(11 * 60_000)
  await assert.rejects(createCredential(deps, asker, key), refusedAs('step_up_needed'))
})

test('who may change keys ends nobody’s session by it', async () => {
  const developer = await newMember('ender@example.com', 'developer')
  const chief = await signedIn(people, {
    email: owner.email,
    accountId: people.accountId,
    factor: { type: 'totp', code: nextCode(owner.secret, people.clock) },
  })
  const vault = people.vault.client('console', people.deps.ticket)
  for (const change of [
    { kind: 'revoke_credential' as const, credentialId: chief.sessionId },
    { kind: 'expire_credential' as const, credentialId: chief.sessionId, expiresAt: 1 },
  ]) {
    await assert.rejects(vault.authorise({ h1: developer.h1 }, change), refusedAs('not_found'))
  }
})

test('an epoch of passwords ends every session at once and lets nobody in by an old password', async () => {
  const asking = await ownerAsking()
  const operator = people.vault.client('operator', people.database.operatorToken)
  const ops = { sql: people.operatorSql, vault: operator }
  people.clock.forward(1)
  await beginEpoch(ops, people.database.operatorToken, { accountId: null, passwords: true })
  assert.equal(await findSession(people.deps.sql, asking.h1, client.address), undefined)
  const request = { email: owner.email, password, browserKey: browserKey(), client }
  await assert.rejects(signIn(people.deps, request), /reset by the operator/)
  await assert.rejects(
    stepUp(people.deps, asking.h1, { type: 'totp', code: nextCode(owner.secret, people.clock) }),
    refusedAs('invalid_key'),
  )
  // Taken away from the database, it is missed.
  await people.database.query('delete from postern.epochs')
  await people.database.query("delete from postern.authority_history where kind = 'epoch'")
  await assert.rejects(signIn(people.deps, request), /reset by the operator/)
})
