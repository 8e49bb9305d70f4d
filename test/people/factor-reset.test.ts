/** A person who has lost every second factor: the operator asks, the person may object for a day, a link goes by mail. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { askFactorsReset, carryOutResets } from '../../src/core/people/factor-reset.ts'
import { makeRecoveryCodes } from '../../src/core/people/factors.ts'
import { becomePerson, resetPassword } from '../../src/core/people/links.ts'
import type { LinkMail } from '../../src/core/people/mail.ts'
import { findResetNotice, listDueResets } from '../../src/core/people/recovery-queries.ts'
import { signIn } from '../../src/core/people/sign-in.ts'
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

const hourMs = 3600_000
let people: TestPeople
let ada: Awaited<ReturnType<typeof ownerWithTotp>>
let bea: Awaited<ReturnType<typeof ownerWithTotp>>
const sent: LinkMail[] = []

before(async () => {
  people = await testPeople()
  ada = await ownerWithTotp(people, 'ada@example.com')
  bea = await ownerWithTotp(people, 'bea@example.com')
})
after(() => people.end())

const refusedAs = (code: string) => (error: { code?: string }) => error.code === code

function ask(email: string, atOnce = false) {
  const { database, operatorSql: sql, vault } = people
  const asOperator = vault.client('operator', database.operatorToken)
  return askFactorsReset({ sql, vault: asOperator }, database.operatorToken, { email, atOnce })
}

async function carryOut(isReady = true): Promise<void> {
  const sendLink = async (mail: LinkMail) => void sent.push(mail)
  await carryOutResets({ people: people.deps, mail: { isReady, sendLink } })
}

function withCode(of: typeof ada) {
  const code = nextCode(of.secret, people.clock)
  const factor = { type: 'totp' as const, code }
  return signIn(people.deps, {
    email: of.email,
    password,
    factor,
    browserKey: browserKey(),
    client,
  })
}

async function told(): Promise<string[]> {
  const rows = await people.database.query<{ kind: string; user_id: string }>(
    "select kind, user_id from postern.notices where kind like '%reset\\_%' order by id",
  )
  const name = (id: string) => (id === ada.asking.userId ? 'ada' : 'bea')
  return rows.map(({ kind, user_id: id }) => `${name(id)}: ${kind}`).sort()
}

const forget = () => people.database.query('delete from postern.notices')

async function lines(action: string): Promise<number> {
  const rows = await people.database.query(
    `select from postern.ledger where action = '${action}' and account_id = '${people.accountId}'`,
  )
  return rows.length
}

test('only the operator may ask for it', async () => {
  const { database, vault, deps } = people
  const change = { kind: 'reset_factors', email: bea.email, atOnce: true } as const
  const console = vault.client('console', deps.ticket)
  await assert.rejects(console.authorise({ h1: ada.asking.h1 }, change), refusedAs('not_permitted'))
  const wrong = vault.client('operator', 'A'.repeat(43))
  await assert.rejects(wrong.authorise({ operatorToken: 'A'.repeat(43) }, change))
  await assert.rejects(wrong.authorise({ operatorToken: database.operatorToken }, change))
  await assert.rejects(ask('nobody@example.com'), refusedAs('not_found'))
  assert.deepEqual(await told(), [])
})

test('for a day nothing ends, and whoever shows a factor calls it off', async () => {
  await forget()
  const { endsAt } = await ask(ada.email)
  assert.ok(Math.abs(endsAt.getTime() - people.clock.now() - 24 * hourMs) < 60_000)
  assert.deepEqual(await told(), ['ada: factors_reset_asked', 'bea: member_reset_asked'])
  await forget()
  people.clock.forward(23 * hourMs)
  await carryOut()
  // Console cannot have it carried out before its time, whatever it asks.
  const early = { kind: 'carry_out_reset', userId: ada.asking.userId } as const
  await assert.rejects(people.deps.vault.people(null, early), refusedAs('not_permitted'))
  const outcome = await withCode(ada)
  assert.equal(outcome.outcome === 'done' && outcome.keptFactors, true)
  assert.deepEqual(await told(), ['ada: factors_reset_off', 'bea: member_reset_off'])
  people.clock.forward(2 * hourMs)
  await carryOut()
  assert.equal(sent.length, 0)
  const again = await withCode(ada)
  assert.equal(again.outcome === 'done' && again.keptFactors, false)
  assert.deepEqual([await lines('factors.reset_asked'), await lines('factors.reset_off')], [1, 1])
})

test('the password alone calls nothing off', async () => {
  await ask(ada.email)
  const alone = { email: ada.email, password, browserKey: browserKey(), client }
  assert.equal((await signIn(people.deps, alone)).outcome, 'factor_needed')
  people.clock.forward(24 * hourMs)
  const due = await listDueResets(people.deps.sql, people.deps.ticket, new Date(people.clock.now()))
  assert.deepEqual(due, [ada.asking.userId])
})

test('a time that somebody wrote into the database ends nothing', async () => {
  await people.database.query(
    `update postern.users set factors_reset_at = now() - interval '1 hour' where id = '${bea.asking.userId}'`,
  )
  await carryOut(false)
  const forged = { kind: 'carry_out_reset', userId: bea.asking.userId } as const
  await assert.rejects(people.deps.vault.people(null, forged), refusedAs('not_permitted'))
  const outcome = await withCode(bea)
  assert.equal(outcome.outcome, 'done')
})

test('then factors, codes, sessions and the password end; a link by mail leads back to a new factor', async () => {
  await forget()
  const session = await signedIn(people, {
    email: bea.email,
    factor: { type: 'totp', code: nextCode(bea.secret, people.clock) },
  })
  const [recovery = ''] = await makeRecoveryCodes(people.deps, session)
  await people.deps.vault.people(session.h1, { kind: 'own_sealing' })
  await ask(bea.email, true)
  // Nobody is shut out while no link can be mailed.
  await carryOut(false)
  await people.deps.vault.people(session.h1, { kind: 'own_sealing' })
  await forget()
  await carryOut()
  assert.deepEqual(sent.map(({ kind, address }) => [kind, address]).sort(), [
    ['reset_password', 'ada@example.com'],
    ['reset_password', 'bea@example.com'],
  ])
  assert.ok(await findResetNotice(people.deps.sql, people.deps.ticket, bea.asking.userId))
  await assert.rejects(people.deps.vault.people(session.h1, { kind: 'own_sealing' }))
  for (const factor of [
    { type: 'totp' as const, code: nextCode(bea.secret, people.clock) },
    { type: 'recovery' as const, code: recovery },
  ]) {
    await assert.rejects(signedIn(people, { email: bea.email, factor }), refusedAs('invalid_key'))
  }
  await assert.rejects(signedIn(people, { email: bea.email }), refusedAs('invalid_key'))
  const { token = '' } = sent.find(({ address }) => address === bea.email) ?? {}
  const fresh = 'a quite different long password'
  await resetPassword(people.deps, token, { email: bea.email, password: fresh })
  const back = await signedIn(people, { email: bea.email, password: fresh })
  assert.equal(back.enrolling, true)
  assert.equal(await lines('factors.reset_done'), 2)
  await carryOut()
  assert.equal(sent.length, 2)
})

test('who has no second factor needs none of it', async () => {
  const token = await people.ownerLink(await people.makeAccount('Plain'))
  await becomePerson(people.deps, token, { name: 'Carol', email: 'carol@example.com', password })
  await assert.rejects(ask('carol@example.com', true), refusedAs('not_found'))
})
