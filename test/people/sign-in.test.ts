/** Who is let in, by what, and what ends it; over a real vault and database. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import {
  beginTotp,
  makeRecoveryCodes,
  readFactors,
  revokeFactor,
} from '../../src/core/people/factors.ts'
import { becomePerson, requestLink, resetPassword } from '../../src/core/people/links.ts'
import { findSelf, findSession } from '../../src/core/people/queries.ts'
import { endOtherSessions, endSession, readSessions } from '../../src/core/people/sessions.ts'
import { newSession, signIn, stepUp } from '../../src/core/people/sign-in.ts'
import { testVault } from '../support/vault.ts'
import {
  browserKey,
  client,
  codeOf,
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

test('the link of the first owner works once', async () => {
  const token = await people.ownerLink(await people.makeAccount('Once'))
  const person = { name: 'Bob', email: 'bob@example.com', password }
  await assert.rejects(
    becomePerson(people.deps, token, { ...person, password: 'bob bob example' }),
    refusedAs('invalid_input'),
  )
  await becomePerson(people.deps, token, person)
  await assert.rejects(
    becomePerson(people.deps, token, { ...person, email: 'eve@example.com' }),
    refusedAs('not_found'),
  )
})

test('an owner without a second factor may only add one', async () => {
  const token = await people.ownerLink(await people.makeAccount('Fresh'))
  await becomePerson(people.deps, token, { name: 'Carol', email: 'carol@example.com', password })
  const asking = await signedIn(people, { email: 'carol@example.com' })
  assert.equal(asking.enrolling, true)
  const row = await findSession(people.deps.sql, asking.h1, client.address)
  assert.deepEqual(row?.session.columns.options?.scopes, [])
})

test('adding one gives the session what the role may do', async () => {
  const row = await findSession(people.deps.sql, owner.asking.h1, client.address)
  assert.ok(row?.session.columns.options?.scopes?.includes('members:write'))
  assert.equal(row?.session.columns.options?.session?.enrolling, undefined)
})

test('a right password alone is told which factors there are, and a wrong one is told nothing', async () => {
  const request = { email: owner.email, browserKey: browserKey(), client }
  const asked = await signIn(people.deps, { ...request, password })
  assert.equal(asked.outcome, 'factor_needed')
  const wrong = signIn(people.deps, { ...request, password: `${password}!` })
  await assert.rejects(wrong, refusedAs('invalid_key'))
  const unknown = signIn(people.deps, { ...request, email: 'nobody@example.com', password })
  await assert.rejects(unknown, refusedAs('invalid_key'))
})

test('a code of the authenticator lets in once', async () => {
  const code = nextCode(owner.secret, people.clock)
  const request = { email: owner.email, factor: { type: 'totp' as const, code } }
  const asking = await signedIn(people, request)
  assert.equal(asking.userId, owner.asking.userId)
  await assert.rejects(signedIn(people, request), refusedAs('invalid_key'))
})

test('a code that was used is refused as well by a vault that has been started anew', async () => {
  const code = nextCode(owner.secret, people.clock)
  const request = { email: owner.email, factor: { type: 'totp' as const, code } }
  await signedIn(people, request)
  const { database, vault, clock, deps } = people
  const restarted = await testVault(database, vault.rootKey, undefined, clock)
  try {
    const anew = { ...deps, vault: restarted.client('console', deps.ticket) }
    await assert.rejects(signedIn({ deps: anew }, request), refusedAs('invalid_input'))
  } finally {
    await restarted.end()
  }
})

test('a code is good for its half minute and the ones beside it', async () => {
  const signInWith = (code: string) =>
    signedIn(people, { email: owner.email, factor: { type: 'totp' as const, code } })
  for (const offMs of [-60_000, 60_000]) {
    people.clock.forward(120_000)
    const now = people.clock.now() + offMs
    const code = codeOf(owner.secret, { now: () => now })
    await assert.rejects(signInWith(code), refusedAs('invalid_key'), `${offMs} ms`)
  }
  const now = people.clock.now() - 30_000
  await signInWith(codeOf(owner.secret, { now: () => now }))
})

test('a recovery code stands in for a lost factor, once', async () => {
  await stepUp(people.deps, owner.asking.h1, {
    type: 'totp',
    code: nextCode(owner.secret, people.clock),
  })
  const [code = ''] = await makeRecoveryCodes(people.deps, owner.asking)
  const request = { email: owner.email, factor: { type: 'recovery' as const, code } }
  await signedIn(people, request)
  await assert.rejects(signedIn(people, request), refusedAs('invalid_key'))
  const left = (await readFactors(people.deps, owner.asking)).find((one) => one.codesLeft !== null)
  assert.equal(left?.codesLeft, 9)
})

test('what a fresh factor is needed for is refused after ten minutes', async () => {
  const { asking } = owner
  await stepUp(people.deps, asking.h1, { type: 'totp', code: nextCode(owner.secret, people.clock) })
  await beginTotp(people.deps, asking)
  people.clock.forward(11 * 60_000)
  await assert.rejects(beginTotp(people.deps, asking), refusedAs('step_up_needed'))
})

test('the last factor of an owner stays', async () => {
  const { asking } = owner
  await stepUp(people.deps, asking.h1, { type: 'totp', code: nextCode(owner.secret, people.clock) })
  const totp = (await readFactors(people.deps, asking)).find((one) => one.type === 'totp')
  await assert.rejects(
    revokeFactor(people.deps, asking, totp?.id ?? ''),
    refusedAs('not_permitted'),
  )
})

test('an ended session is none, and ending the others leaves the asking browser with a new one', async () => {
  const sign = () =>
    signedIn(people, {
      email: owner.email,
      factor: { type: 'totp', code: nextCode(owner.secret, people.clock) },
    })
  const [first, second] = [await sign(), await sign()]
  const listed = await readSessions(people.deps, second)
  assert.ok(
    listed.some(({ id, client: at }) => id === first.sessionId && at?.address === client.address),
  )
  await endSession(people.deps, second.h1, first.sessionId)
  assert.equal(await findSession(people.deps.sql, first.h1, client.address), undefined)
  const third = newSession(people.deps, browserKey())
  await endOtherSessions(people.deps, second.h1, third.session)
  assert.equal(await findSession(people.deps.sql, second.h1, client.address), undefined)
  assert.ok(await findSession(people.deps.sql, third.proof.h1, client.address))
})

test('a reset changes the password, ends the sessions, and asks for the second factor as before', async () => {
  const asking = await signedIn(people, {
    email: owner.email,
    factor: { type: 'totp', code: nextCode(owner.secret, people.clock) },
  })
  assert.equal(await requestLink(people.deps, 'reset_password', 'nobody@example.com'), undefined)
  const asked = await requestLink(people.deps, 'reset_password', owner.email)
  const next = 'another long pass phrase of mine'
  const short = { email: owner.email, password: 'too short' }
  await assert.rejects(
    resetPassword(people.deps, asked?.token ?? '', short),
    refusedAs('invalid_input'),
  )
  await resetPassword(people.deps, asked?.token ?? '', { email: owner.email, password: next })
  assert.equal(await findSelf(people.deps.sql, asking.h1), undefined)
  const request = { email: owner.email, browserKey: browserKey(), client }
  await assert.rejects(signIn(people.deps, { ...request, password }), refusedAs('invalid_key'))
  const outcome = await signIn(people.deps, { ...request, password: next })
  assert.equal(outcome.outcome, 'factor_needed')
  await assert.rejects(
    resetPassword(people.deps, asked?.token ?? '', { email: owner.email, password: next }),
    refusedAs('not_found'),
  )
})

test('eleven wrong passwords lock the address for strange browsers, not for one it has signed in with', async () => {
  const token = await people.ownerLink(await people.makeAccount('Locked'))
  const email = 'dora@example.com'
  await becomePerson(people.deps, token, { name: 'Dora', email, password })
  const known = browserKey()
  await signedIn(people, { email, browserKey: known })
  const wrong = { email, browserKey: browserKey(), client, password: 'not the right password' }
  for (let n = 0; n < 10; n++) {
    await assert.rejects(signIn(people.deps, wrong), refusedAs('invalid_key'))
  }
  await assert.rejects(signIn(people.deps, { ...wrong, password }), refusedAs('rate_limited'))
  await signedIn(people, { email, browserKey: known })
})
