/** Accounts under another: who makes, stops and enters them, and what no database can make of them; over a real vault. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { Role, Scope } from '../../src/core/access/scopes.ts'
import { createAccountKey } from '../../src/core/accounts/account-keys.ts'
import { blockAccount, reasonBelow, unblockAccount } from '../../src/core/accounts/block-account.ts'
import { changeAccountState } from '../../src/core/accounts/change-account-state.ts'
import type { AccountState } from '../../src/core/authority/signed-row.ts'
import { Senders } from '../../src/core/messages/sender.ts'
import { findAccount } from '../../src/core/operations/queries.ts'
import { readAccount } from '../../src/core/people/account-settings.ts'
import { closeAccount } from '../../src/core/people/closing.ts'
import type { PersonAsking } from '../../src/core/people/factors.ts'
import { becomePerson } from '../../src/core/people/links.ts'
import {
  changeMember,
  invite,
  readMembers,
  removeMember,
  setPolicy,
} from '../../src/core/people/members.ts'
import { sealText } from '../../src/core/people/names.ts'
import { findSession } from '../../src/core/people/queries.ts'
import { readAudit } from '../../src/core/people/read-audit.ts'
import { endOtherSessions, enterSubaccount, switchAccount } from '../../src/core/people/sessions.ts'
import { newSession, stepUp } from '../../src/core/people/sign-in.ts'
import {
  insertSubaccount,
  listSubaccountsOf,
  storeSubaccountState,
} from '../../src/core/subaccounts/queries.ts'
import {
  type AskingAbove,
  limitSubaccount,
  makeSubaccount,
  readSubaccounts,
  resumeSubaccount,
  suspendSubaccount,
} from '../../src/core/subaccounts/subaccounts.ts'
import { beginSession, sealClass } from '../../src/lib/seal.ts'
import { tokenProof } from '../../src/lib/token.ts'
import type { PersonOutcome } from '../../src/vault/client.ts'
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
let operator: Parameters<typeof changeAccountState>[0] & { clock: TestPeople['clock'] }
let token: string

before(async () => {
  people = await testPeople()
  owner = await ownerWithTotp(people)
  token = people.database.operatorToken
  const vault = people.vault.client('operator', token)
  operator = { sql: people.operatorSql, vault, clock: people.clock }
})
after(() => people.end())

const refusedAs = (code: string, words?: RegExp) => (error: { code?: string; message?: string }) =>
  error.code === code && (words === undefined || words.test(error.message ?? ''))

/** With a factor just shown. */
async function above(): Promise<AskingAbove & { browserKey: string }> {
  const key = browserKey()
  const asking = await signedIn(people, {
    email: owner.email,
    accountId: people.accountId,
    browserKey: key,
    factor: { type: 'totp', code: nextCode(owner.secret, people.clock) },
  })
  return { ...asking, browserKey: key, state: (await readAccount(people.deps, asking)).state }
}

async function member(
  role: Exclude<Role, 'owner'>,
  scopes: Scope[] | null = null,
): Promise<AskingAbove & { memberId: string }> {
  const asking = await above()
  const email = `${role}-${people.clock.now()}@example.com`
  const { token: link } = await invite(people.deps, asking, { email, role, scopes })
  await becomePerson(people.deps, link, { name: `The ${role}`, email, password })
  const own = await signedIn(people, { email, accountId: people.accountId })
  const found = (await readMembers(people.deps, asking)).find(({ userId }) => userId === own.userId)
  return { ...own, state: asking.state, memberId: found?.id ?? '' }
}

async function enter(asking: PersonAsking, accountId: string): Promise<PersonAsking> {
  const wanted = { accountId, browserKey: browserKey(), client }
  const { h1 } = await enterSubaccount(people.deps, asking, wanted)
  return { h1, userId: asking.userId, accountId }
}

async function stateOf(accountId: string) {
  const found = await findAccount(people.operatorSql, tokenProof(token), accountId)
  if (!found) throw new Error('no such account')
  return found.state.columns
}

/** What console stores of a subaccount that vault has signed. */
async function rowOf({ h1, accountId }: PersonAsking, made: PersonOutcome) {
  const [signed] = made.outcome === 'done' ? made.rows : []
  const [key] = made.outcome === 'done' ? (made.keys ?? []) : []
  if (!signed || !key) throw new Error('vault answers with row and keys')
  const { keyVersion, publicKey } = await people.deps.vault.accountKeys(h1)
  const session = beginSession({ accountId, keyVersion, publicKey })
  const label = { text: 'Signed before', kind: sealClass.name }
  return {
    h1,
    signed,
    profileSealed: Buffer.alloc(0),
    labelSealed: sealText(session, signed.columns.accountId, label),
    keyPublic: Buffer.from(key.publicKey, 'hex'),
    keyWrapped: Buffer.from(key.wrapped, 'hex'),
  }
}

const lives = async ({ h1 }: PersonAsking) =>
  (await findSession(people.deps.sql, h1, client.address)) !== undefined

async function actions(asking: PersonAsking) {
  const wanted = { before: null, action: null, actor: null, changesOnly: true }
  const lines = await readAudit(
    people.deps,
    { ...asking, seesMembers: true },
    { ...wanted, from: null, to: null, rowLimit: 50 },
  )
  return lines.map(({ action, actorName, actorUser }) => ({ action, actorName, actorUser }))
}

/** As the operator, or whoever else than the account above. */
const setState = (accountId: string, state: AccountState, reason: string | null = null) =>
  changeAccountState(operator, token, {
    accountId,
    // The operator's command knows only these two; vault is asked as it would be by another.
    change: { state: state as 'active' | 'blocked', reason },
    action: 'account.block',
  })

test('an account makes another under it, with its own name and limits, and a line in both ledgers', async () => {
  const asking = await above()
  const limits = { dailyQuota: 500, keysMax: 3 }
  const id = await makeSubaccount(people.deps, asking, { name: ' Customer One ', limits })
  const listed = (await readSubaccounts(people.deps, asking)).find((one) => one.id === id)
  assert.deepEqual(
    [listed?.name, listed?.state, listed?.dailyQuota, listed?.keysMax, listed?.messagesToday],
    ['Customer One', 'active', 500, 3, 0],
  )
  const { options, requestsPerSecond } = await stateOf(id)
  assert.deepEqual(options, { parentId: people.accountId })
  assert.equal(requestsPerSecond, asking.state.requestsPerSecond)
  const own = await enter(asking, id)
  assert.equal((await readAccount(people.deps, own)).name, 'Customer One')
  assert.deepEqual(
    (await actions(own)).map(({ action }) => action),
    ['subaccount.entered', 'account_state.create'],
  )
  const [entered, made] = await actions(asking)
  assert.deepEqual([entered?.action, made?.action], ['subaccount.entered', 'subaccount.create'])
  assert.deepEqual([entered?.actorName, made?.actorName], ['Ada', 'Ada'])
})

test('what makes, limits, stops and resumes a subaccount takes a fresh factor', async () => {
  const asking = await above()
  const id = await makeSubaccount(people.deps, asking, { name: 'Fresh', limits: {} })
  people.clock.forward(11 * 60_000)
  const late = refusedAs('step_up_needed')
  const wanted = { name: 'Late', limits: {} }
  await assert.rejects(makeSubaccount(people.deps, asking, wanted), late)
  await assert.rejects(limitSubaccount(people.deps, asking, { accountId: id, limits: {} }), late)
  await assert.rejects(suspendSubaccount(people.deps, asking, id), late)
  await assert.rejects(resumeSubaccount(people.deps, asking, id), late)
})

test('no limit of a subaccount is above that of its parent, whoever asks vault', async () => {
  const asking = await above()
  const id = await makeSubaccount(people.deps, asking, { name: 'Limits', limits: {} })
  const limits = { requestsPerSecond: asking.state.requestsPerSecond + 1 }
  const tooMuch = (error: { code?: string; field?: string; message?: string }) =>
    error.code === 'invalid_input' && /requests_per_second/.test(error.message ?? '')
  await assert.rejects(limitSubaccount(people.deps, asking, { accountId: id, limits }), tooMuch)
  const { vault } = people.deps
  const kinds = [
    { kind: 'limit_subaccount', accountId: id, limits },
    { kind: 'create_subaccount', limits },
  ] as const
  for (const request of kinds) await assert.rejects(vault.people(asking.h1, request), tooMuch)
  // No quota is more than any quota.
  await changeAccountState(operator, token, {
    accountId: people.accountId,
    change: { dailyQuota: 1_000 },
    action: 'account.limits',
  })
  const none = { kind: 'limit_subaccount', accountId: id, limits: { dailyQuota: null } } as const
  await assert.rejects(vault.people(asking.h1, none), refusedAs('invalid_input', /daily_quota/))
  await limitSubaccount(people.deps, await above(), { accountId: id, limits: { dailyQuota: 7 } })
  assert.equal((await stateOf(id)).dailyQuota, 7)
  await changeAccountState(operator, token, {
    accountId: people.accountId,
    change: { dailyQuota: null },
    action: 'account.limits',
  })
})

test('a subaccount has no subaccounts of its own', async () => {
  const id = await makeSubaccount(people.deps, await above(), { name: 'Flat', limits: {} })
  const link = await people.ownerLink(id)
  await becomePerson(people.deps, link, { name: 'Sub', email: 'sub@example.com', password })
  const chief = await signedIn(people, { email: 'sub@example.com', accountId: id })
  const inside = await enter(await above(), id)
  const { vault } = people.deps
  for (const { h1 } of [chief, inside]) {
    await assert.rejects(
      vault.people(h1, { kind: 'create_subaccount', limits: {} }),
      refusedAs('not_permitted', /no subaccounts of its own/),
    )
    const row = await findSession(people.deps.sql, h1, client.address)
    const scopes = row?.session.columns.options?.scopes ?? []
    assert.ok(!scopes.some((scope) => scope.startsWith('subaccounts:')))
  }
  assert.deepEqual(await readSubaccounts(people.deps, inside), [])
})

test('there are no more subaccounts than the operator says, also when two are made at once', async () => {
  const accountId = people.accountId
  const asking = await above()
  const { length } = await readSubaccounts(people.deps, asking)
  const limit = (subaccountsMax: number) =>
    changeAccountState(operator, token, {
      accountId,
      change: { subaccountsMax },
      action: 'account.limits',
    })
  await limit(length + 1)
  const { sql, vault, ticket } = people.deps
  const signed = async () => {
    const made = await vault.people(asking.h1, { kind: 'create_subaccount', limits: {} })
    return rowOf(asking, made)
  }
  const [first, second] = [await signed(), await signed()]
  assert.equal(await insertSubaccount(sql, ticket, first), 'stored')
  assert.equal(await insertSubaccount(sql, ticket, second), 'full')
  await assert.rejects(
    makeSubaccount(people.deps, asking, { name: 'More', limits: {} }),
    refusedAs('limit_reached', /operator/),
  )
  await limit(25)
})

test('an owner or admin of the parent is in the subaccount as an admin, and no member of it', async () => {
  const asking = await above()
  const id = await makeSubaccount(people.deps, asking, { name: 'Entered', limits: {} })
  for (const who of [asking, await member('admin')]) {
    const inside = await enter(who, id)
    assert.deepEqual(await readMembers(people.deps, inside), [])
    const row = await findSession(people.deps.sql, inside.h1, client.address)
    assert.equal(row?.session.columns.options?.session?.via, people.accountId)
    assert.ok(row?.session.columns.options?.scopes?.includes('members:write'))
  }
  const again = await above()
  const inside = await enter(again, id)
  // Its first owner is invited from above; else an admin makes no owners and takes none away.
  const wanted = { email: 'first@example.com', role: 'owner' as const, scopes: null }
  const { token: link } = await invite(people.deps, inside, wanted)
  const person = { name: 'First', email: wanted.email, password }
  await becomePerson(people.deps, link, person)
  const [first] = await readMembers(people.deps, inside)
  const memberId = first?.id ?? ''
  const demoted = { memberId, role: 'analyst' as const, scopes: null }
  await assert.rejects(changeMember(people.deps, inside, demoted), refusedAs('not_permitted'))
  // A factor shown there is one of the same person, and the way back is to switch.
  await stepUp(people.deps, inside.h1, {
    type: 'totp',
    code: nextCode(owner.secret, people.clock),
  })
  const back = { accountId: people.accountId, browserKey: browserKey(), client }
  const { h1 } = await switchAccount(people.deps, inside, back)
  assert.ok(await lives({ ...inside, h1 }))
  const row = await findSession(people.deps.sql, h1, client.address)
  assert.equal(row?.accountId, people.accountId)
  assert.equal(row?.session.columns.options?.session?.via, undefined)
  // What ends all other sessions begins one in the subaccount again, by the same right.
  const { session, proof } = newSession(people.deps, browserKey())
  await endOtherSessions(people.deps, inside.h1, session)
  const anew = await findSession(people.deps.sql, proof.h1, client.address)
  assert.equal(anew?.session.columns.options?.session?.via, people.accountId)
})

test('whoever has another role in the parent does not enter, and who has no right changes nothing', async () => {
  const id = await makeSubaccount(people.deps, await above(), { name: 'Closed', limits: {} })
  const manager = await member('custom', ['subaccounts:read', 'subaccounts:write'])
  await assert.rejects(enter(manager, id), refusedAs('not_permitted', /owners and admins/))
  await suspendSubaccount(people.deps, manager, id)
  assert.equal((await stateOf(id)).state, 'suspended')
  await resumeSubaccount(people.deps, manager, id)
  for (const role of ['developer', 'analyst'] as const) {
    const other = await member(role)
    await assert.rejects(enter(other, id), refusedAs('not_permitted', /subaccounts:write/))
    await assert.rejects(suspendSubaccount(people.deps, other, id), refusedAs('not_permitted'))
    assert.deepEqual(await readSubaccounts(people.deps, other), [])
  }
})

test('another account has no way to a subaccount, and learns not whether there is one', async () => {
  const id = await makeSubaccount(people.deps, await above(), { name: 'Mine', limits: {} })
  const otherId = await people.makeAccount('Rival')
  const other = await ownerWithTotp({ ...people, accountId: otherId }, 'rival@example.com')
  const asking = { ...other.asking, state: (await readAccount(people.deps, other.asking)).state }
  await stepUp(people.deps, asking.h1, {
    type: 'totp',
    code: nextCode(other.secret, people.clock),
  })
  const unknown = '0197a1b2-0000-7000-8000-000000000001'
  for (const foreign of [id, otherId, unknown]) {
    const no = refusedAs('not_found', /^There is no such subaccount of this account\.$/)
    await assert.rejects(enter(asking, foreign), no)
    await assert.rejects(suspendSubaccount(people.deps, asking, foreign), no)
    await assert.rejects(
      limitSubaccount(people.deps, asking, { accountId: foreign, limits: {} }),
      no,
    )
  }
  assert.deepEqual(await readSubaccounts(people.deps, asking), [])
})

test('a parent that somebody wrote into the database opens nothing', async () => {
  const asking = await above()
  const victim = await people.makeAccount('Victim')
  const { query } = people.database
  // The signed options themselves: the signature no longer holds.
  const forged = JSON.stringify({ parentId: people.accountId })
  const [before] = await query<{ options: unknown }>(
    'select options from postern.account_states where account_id = $1',
    [victim],
  )
  await query('update postern.account_states set options = $2 where account_id = $1', [
    victim,
    forged,
  ])
  await assert.rejects(enter(asking, victim), refusedAs('not_found'))
  await assert.rejects(suspendSubaccount(people.deps, asking, victim), refusedAs('not_found'))
  await query('update postern.account_states set options = $2 where account_id = $1', [
    victim,
    before?.options ?? null,
  ])
})

test('with the membership or the role in the parent ends every session in its subaccounts', async () => {
  const id = await makeSubaccount(people.deps, await above(), { name: 'Ending', limits: {} })
  const leaving = await member('admin')
  const inside = await enter(leaving, id)
  assert.ok(await lives(inside))
  await removeMember(people.deps, await above(), leaving.memberId)
  assert.ok(!(await lives(inside)))
  const demoted = await member('admin')
  const within = await enter(demoted, id)
  const wanted = { memberId: demoted.memberId, role: 'developer' as const, scopes: null }
  await changeMember(people.deps, await above(), wanted)
  assert.ok(!(await lives(within)))
})

test('a membership that somebody wrote back into the database lets nobody change a subaccount', async () => {
  const id = await makeSubaccount(people.deps, await above(), { name: 'Written', limits: {} })
  const leaving = await member('admin')
  const inside = await enter(leaving, id)
  await removeMember(people.deps, await above(), leaving.memberId)
  await people.database.query(
    "update postern.members set is_live = true, not_before = '2000-01-01' where id = $1",
    [leaving.memberId],
  )
  assert.ok(await lives(inside))
  const wanted = { email: 'again@example.com', role: 'admin' as const, scopes: null }
  await assert.rejects(invite(people.deps, inside, wanted), refusedAs('not_permitted', /any more/))
  const vault = people.vault.client('console', people.deps.ticket)
  const domain = { kind: 'create_domain', domainId: id, name: 'written.example.com' } as const
  await assert.rejects(
    vault.authorise({ h1: inside.h1 }, domain),
    refusedAs('not_permitted', /any more/),
  )
  await people.database.query('update postern.members set is_live = false where id = $1', [
    leaving.memberId,
  ])
})

test('what parent and subaccount demand of who comes in both hold', async () => {
  const asking = await above()
  const id = await makeSubaccount(people.deps, asking, { name: 'Strict', limits: {} })
  const inside = await enter(asking, id)
  const at = async (address: string) =>
    (await findSession(people.deps.sql, inside.h1, address))?.outside
  await setPolicy(people.deps, asking, { networks: { console: ['192.0.2.0/24'] } })
  assert.deepEqual([await at('192.0.2.7'), await at('198.51.100.1')], [false, true])
  await setPolicy(people.deps, inside, { networks: { console: ['192.0.2.7/32'] } })
  assert.deepEqual([await at('192.0.2.7'), await at('192.0.2.8')], [false, true])
  await setPolicy(people.deps, asking, {})
  assert.deepEqual([await at('192.0.2.7'), await at('192.0.2.8')], [false, true])
  // The policy of a subaccount leaves it under its parent.
  assert.equal((await stateOf(id)).options?.parentId, people.accountId)
  const bare = await member('admin')
  const enrolling = async () => {
    const { h1 } = await enter(bare, id)
    const row = await findSession(people.deps.sql, h1, '192.0.2.7')
    return row?.session.columns.options?.session?.enrolling === true
  }
  assert.equal(await enrolling(), false)
  await setPolicy(people.deps, await above(), { requiresFactor: true })
  assert.equal(await enrolling(), true)
  await setPolicy(people.deps, await above(), {})
  assert.equal(await enrolling(), false)
  await setPolicy(people.deps, await enter(await above(), id), { requiresFactor: true })
  assert.equal(await enrolling(), true)
})

test('a suspended subaccount sends nothing and says who stopped it, until it is resumed', async () => {
  const asking = await above()
  const id = await makeSubaccount(people.deps, asking, { name: 'Stopped', limits: {} })
  const wanted = {
    accountId: id,
    name: 'Key',
    permission: 'full_access',
    domainName: null,
  } as const
  const { apiKey } = await createAccountKey(operator, token, wanted)
  const api = people.vault.client('api', await people.database.ticket('api'))
  const senders = new Senders({
    sql: people.deps.sql,
    vault: api,
    clock: people.clock,
    check: people.vault.check(),
    sandbox: true,
    door: 'api',
    alarm: () => {},
    onCanary: () => {},
  })
  const find = () => {
    people.clock.forward(2_000)
    return senders.find(apiKey, client.address)
  }
  await find()
  await suspendSubaccount(people.deps, asking, id)
  const said = refusedAs('account_blocked', /suspended by the account above/)
  await assert.rejects(find(), said)
  await assert.rejects(api.accountKeys(tokenProof(apiKey)), said)
  await resumeSubaccount(people.deps, asking, id)
  await find()
  await api.accountKeys(tokenProof(apiKey))
  const lines = (await actions(await enter(asking, id))).map(({ action }) => action)
  assert.ok(lines.includes('account.suspend') && lines.includes('account.resume'))
})

test('what the operator has blocked, the account above neither resumes nor suspends', async () => {
  const asking = await above()
  const id = await makeSubaccount(people.deps, asking, { name: 'Blocked', limits: {} })
  const no = refusedAs('not_permitted', /operator has blocked/)
  await blockAccount(operator, token, { accountId: id, reason: 'spam' })
  await assert.rejects(resumeSubaccount(people.deps, asking, id), no)
  await assert.rejects(suspendSubaccount(people.deps, asking, id), no)
  await unblockAccount(operator, token, id)
  // The operator takes back only what the operator did.
  await suspendSubaccount(people.deps, asking, id)
  await blockAccount(operator, token, { accountId: id, reason: 'spam' })
  await unblockAccount(operator, token, id)
  assert.equal((await stateOf(id)).state, 'suspended')
  await resumeSubaccount(people.deps, asking, id)
  await setState(id, 'closing')
  const closing = refusedAs('not_permitted', /being closed/)
  await assert.rejects(resumeSubaccount(people.deps, asking, id), closing)
  await assert.rejects(suspendSubaccount(people.deps, asking, id), closing)
})

test('with a parent all under it are blocked, and with its block only those are lifted again', async () => {
  const asking = await above()
  const make = (name: string) => makeSubaccount(people.deps, asking, { name, limits: {} })
  const [sending, stopped, spamming] = [await make('S1'), await make('S2'), await make('S3')]
  await suspendSubaccount(people.deps, asking, stopped)
  await blockAccount(operator, token, { accountId: spamming, reason: 'spam' })
  const inside = await enter(asking, sending)
  const { accountId } = people
  await blockAccount(operator, token, { accountId, reason: 'abuse' })
  const blocked = await stateOf(sending)
  assert.deepEqual([blocked.state, blocked.reason], ['blocked', reasonBelow(accountId)])
  const all = await listSubaccountsOf(people.operatorSql, tokenProof(token), accountId)
  assert.ok(all.every(({ state }) => state.columns.state !== 'active'))
  // Nothing below it comes back while it stands: neither by the parent nor by the operator's own hand.
  const stays = refusedAs('account_blocked')
  await assert.rejects(make('S4'), stays)
  await assert.rejects(resumeSubaccount(people.deps, asking, stopped), stays)
  await assert.rejects(enter(asking, sending), refusedAs('account_blocked'))
  await assert.rejects(
    unblockAccount(operator, token, sending),
    refusedAs('not_permitted', /Unblock that one first/),
  )
  // Who is in can look and go back.
  assert.ok(await lives(inside))
  await switchAccount(people.deps, inside, { accountId, browserKey: browserKey(), client })
  await unblockAccount(operator, token, accountId)
  assert.equal((await stateOf(sending)).state, 'active')
  assert.equal((await stateOf(stopped)).state, 'suspended')
  assert.deepEqual((await stateOf(spamming)).reason, 'spam')
})

test('no account is suspended or closed while one under it goes on sending', async () => {
  const asking = await above()
  const id = await makeSubaccount(people.deps, asking, { name: 'Under', limits: {} })
  const { accountId } = people
  await assert.rejects(
    closeAccount(people.deps, asking, 'Acme'),
    refusedAs('not_permitted', /Suspend them/),
  )
  const close = { accountId, change: { closes: 'later' }, action: 'account.close' } as const
  await assert.rejects(
    changeAccountState(operator, token, close),
    refusedAs('not_permitted', /Suspend them/),
  )
  for (const one of await readSubaccounts(people.deps, asking)) {
    if (one.state === 'active') await suspendSubaccount(people.deps, asking, one.id)
  }
  await changeAccountState(operator, token, close)
  await assert.rejects(
    people.database.query(
      "update postern.account_states set state = 'active' where account_id = $1",
      [id],
    ),
    /the account above is not active/,
  )
  await changeAccountState(operator, token, { ...close, change: { reopens: true } })
})

test('a change that vault signed before its parent was blocked is not stored after', async () => {
  const asking = await above()
  const id = await makeSubaccount(people.deps, asking, { name: 'Race', limits: {} })
  await suspendSubaccount(people.deps, asking, id)
  const { sql, vault, ticket } = people.deps
  const resumed = await vault.people(asking.h1, { kind: 'resume_subaccount', accountId: id })
  const made = await vault.people(asking.h1, { kind: 'create_subaccount', limits: {} })
  const [signed] = resumed.outcome === 'done' ? resumed.rows : []
  if (!signed) throw new Error('vault signs it')
  const row = await rowOf(asking, made)
  await blockAccount(operator, token, { accountId: people.accountId, reason: null })
  const act = 'resume' as const
  assert.equal(await storeSubaccountState(sql, ticket, { h1: asking.h1, signed, act }), false)
  assert.equal(await insertSubaccount(sql, ticket, row), 'refused')
  await unblockAccount(operator, token, people.accountId)
  assert.equal((await stateOf(id)).state, 'suspended')
})

test('the account above is the one of its first day, whatever the operator’s command is made to ask', async () => {
  const id = await makeSubaccount(people.deps, await above(), { name: 'Kept', limits: {} })
  const otherId = await people.makeAccount('Elsewhere')
  const change = { dailyQuota: 5, options: { parentId: otherId }, parentId: otherId }
  await changeAccountState(operator, token, { accountId: id, change, action: 'account.limits' })
  await changeAccountState(operator, token, {
    accountId: id,
    change: { clearsNetworks: true },
    action: 'account.clear_networks',
  })
  const { options, dailyQuota } = await stateOf(id)
  assert.deepEqual([options, dailyQuota], [{ parentId: people.accountId }, 5])
})

test('a parent that somebody wrote beside the signed state opens nothing either', async () => {
  const asking = await above()
  const victim = await people.makeAccount('Found')
  const { query } = people.database
  // Last of all here: the column is an ordinary one from now on.
  await query('alter table postern.account_states alter column parent_id drop expression')
  await query('update postern.account_states set parent_id = $2 where account_id = $1', [
    victim,
    people.accountId,
  ])
  assert.ok(!(await readSubaccounts(people.deps, asking)).some((one) => one.id === victim))
  await assert.rejects(enter(asking, victim), refusedAs('not_found'))
  await assert.rejects(suspendSubaccount(people.deps, asking, victim), refusedAs('not_found'))
})
