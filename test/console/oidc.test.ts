/** Single sign-on over the wire: a real provider, the real work of jobs, and what does not let in. */
import assert from 'node:assert/strict'
import { generateKeyPairSync } from 'node:crypto'
import { after, afterEach, before, test } from 'node:test'
import { invite } from '../../src/core/people/members.ts'
import { nextCode, password } from '../people/people-support.ts'
import type { Answer, SignedInBrowser } from './people-console.ts'
import {
  begin,
  comeBack,
  goThere,
  type OidcConsole,
  signInProved,
  startOidcConsole,
} from './single-sign-on-support.ts'

let oidc: OidcConsole
let owner: SignedInBrowser

before(async () => {
  oidc = await startOidcConsole()
  owner = await oidc.running.owner()
  oidc.provider.people.set('ada-1', { email: owner.email, email_verified: true, name: 'Ada L.' })
})
afterEach(() => {
  oidc.provider.tamper = undefined
  oidc.provider.signer = undefined
  oidc.provider.isAway = false
})
after(() => oidc.stop())

const code = () => ({ type: 'totp', code: nextCode(owner.secret, oidc.running.clock) })
const browser = () => oidc.running.browser()

function demandRefused({ status, body }: Answer, words: RegExp, wanted = 403): void {
  assert.equal(status, wanted, JSON.stringify(body))
  assert.match(body.error.message, words)
}

async function invited(email: string): Promise<string> {
  const session = (await owner.browser.ask('GET', '/api/session')).body
  oidc.running.clock.forward(30_000)
  const factor = code()
  await owner.browser.ask('POST', '/api/step-up', { factor })
  const asking = {
    h1: owner.browser.h1,
    userId: session.user.id,
    accountId: session.account_id,
  }
  const asked = { role: 'developer', scopes: null, email } as const
  return (await invite(oidc.running.deps, asking, asked)).token
}

test('the page is told of the provider, and asks for no more than who it is', async () => {
  const one = browser()
  const { body } = await one.ask('GET', '/api/sign-in-options')
  assert.deepEqual(body.single_sign_on, { name: 'Acme Login', required: false })
  const location = new URL(await begin(one))
  assert.equal(location.origin, oidc.provider.issuer)
  assert.equal(location.searchParams.get('code_challenge_method'), 'S256')
  assert.equal(location.searchParams.get('scope'), 'openid email profile')
  assert.equal(location.searchParams.get('redirect_uri'), `${oidc.running.origin}/sign-in/oidc`)
  assert.equal(location.searchParams.get('client_secret'), null)
})

test('who has the verified address is linked after their second factor, told by mail, and in the ledger', async () => {
  const one = browser()
  const { body } = await goThere(oidc, one, 'ada-1')
  const shown = { single_sign_on: body.single_sign_on }
  const first = await one.signIn(shown)
  assert.equal(first.body.outcome, 'factor_needed')
  const linked = () => oidc.running.database.query('select user_id from postern.user_identities')
  assert.equal((await linked()).length, 0)
  const wrong = await one.signIn({ ...shown, factor: { type: 'totp', code: '000000' } })
  assert.equal(wrong.status, 401)
  const second = await one.signIn({ ...shown, factor: code() })
  assert.equal(second.body.outcome, 'done')
  const session = (await one.ask('GET', '/api/session')).body
  assert.equal(session.user.email, owner.email)
  assert.equal((await linked()).length, 1)
  const told = await oidc.running.database.query(
    "select count(*)::integer as n from postern.notices where kind = 'identity_linked'",
  )
  assert.equal(told[0]?.n, 1)
  const lines = await oidc.running.database.query<{ action: string }>(
    "select action from postern.ledger where action like 'identity.%' order by id",
  )
  assert.deepEqual(
    lines.map(({ action }) => action),
    ['identity.prove', 'identity.link'],
  )
})

test('afterwards the subject counts, whatever address the provider has for it', async () => {
  oidc.provider.people.set('ada-1', { email: 'elsewhere@example.com', email_verified: false })
  const one = browser()
  const answer = await signInProved(oidc, one, { subject: 'ada-1', factor: code })
  assert.equal(answer.body.outcome, 'done')
  assert.equal((await one.ask('GET', '/api/session')).body.user.email, owner.email)
})

test('another subject with the address of who is linked already is not let in', async () => {
  oidc.provider.people.set('ada-2', { email: owner.email, email_verified: true })
  const one = browser()
  demandRefused(await signInProved(oidc, one, { subject: 'ada-2' }), /knows as somebody else/)
})

test('an address that the provider has not verified finds nobody', async () => {
  const other = await oidc.running.owner('bea@example.com')
  oidc.provider.people.set('bea-1', { email: other.email, email_verified: false })
  demandRefused(
    await signInProved(oidc, browser(), { subject: 'bea-1' }),
    /not say that your address/,
  )
  oidc.provider.people.set('bea-1', { email: other.email })
  demandRefused(
    await signInProved(oidc, browser(), { subject: 'bea-1' }),
    /not say that your address/,
  )
})

test('who is not known here is told so, since the address is proved to be theirs', async () => {
  oidc.provider.people.set('nobody', { email: 'nobody@example.com', email_verified: true })
  const answer = await signInProved(oidc, browser(), { subject: 'nobody' })
  demandRefused(answer, /No person with your address/)
})

test('who is invited comes in with the address the invitation was sent to, and no other', async () => {
  const token = await invited('neva@example.com')
  oidc.provider.people.set('neva', {
    email: 'neva@example.com',
    email_verified: true,
    name: 'Neva',
  })
  oidc.provider.people.set('thief', { email: 'thief@example.com', email_verified: true })
  const become = async (subject: string) => {
    const one = browser()
    const proved = (await goThere(oidc, one, subject)).body.single_sign_on
    const body = { single_sign_on: proved, browser_key: one.publicKey }
    const made = await one.ask('POST', `/api/links/${token}/single-sign-on`, body)
    return { one, proved, made }
  }
  demandRefused((await become('thief')).made, /another address/, 422)
  const { one, proved, made } = await become('neva')
  assert.equal(made.status, 201, JSON.stringify(made.body))
  assert.equal((await one.signIn({ single_sign_on: proved })).body.outcome, 'done')
  const { user } = (await one.ask('GET', '/api/session')).body
  assert.deepEqual(
    { name: user.name, email: user.email, has_password: user.has_password },
    { name: 'Neva', email: 'neva@example.com', has_password: false },
  )
  const again = await signInProved(oidc, browser(), { subject: 'neva' })
  assert.equal(again.body.outcome, 'done')
})

test('the only way in stays; another one first, then single sign-on is unlinked', async () => {
  const one = browser()
  await signInProved(oidc, one, { subject: 'neva' })
  const { data } = (await one.ask('GET', '/api/me/identities')).body
  assert.equal(data.length, 1)
  assert.equal(data[0].is_current, true)
  const path = `/api/me/identities/${data[0].id}`
  demandRefused(await one.ask('DELETE', path), /only way in/)
  oidc.running.clock.forward(11 * 60_000)
  assert.equal((await one.ask('DELETE', path)).body.error.code, 'step_up_needed')
  await signInProved(oidc, one, { subject: 'neva' })
  assert.equal((await one.ask('PUT', '/api/me/password', { password })).status, 204)
  assert.equal((await one.ask('DELETE', path)).status, 204)
  const left = (await one.ask('GET', '/api/me/identities')).body.data
  assert.deepEqual(left, [])
})

test('a proof lets in once, for five minutes, and in the browser that went', async () => {
  const one = browser()
  const proved = (await goThere(oidc, one, 'ada-1')).body.single_sign_on
  const thief = browser()
  demandRefused(await thief.signIn({ single_sign_on: proved, factor: code() }), /Begin again/)
  const factor = code()
  assert.equal((await one.signIn({ single_sign_on: proved, factor })).body.outcome, 'done')
  demandRefused(await one.signIn({ single_sign_on: proved, factor: code() }), /Begin again/)
  const late = (await goThere(oidc, one, 'ada-1')).body.single_sign_on
  oidc.running.clock.forward(5 * 60_000)
  demandRefused(await one.signIn({ single_sign_on: late, factor: code() }), /five minutes/)
})

test('what the browser came back with counts once', async () => {
  const one = browser()
  const back = await oidc.provider.visit(await begin(one), 'ada-1')
  assert.equal((await comeBack(one, back)).status, 200)
  demandRefused(await comeBack(one, back), /Begin again/)
})

test('another browser cannot bring back what this one went for, nor a state nobody has given', async () => {
  const one = browser()
  const back = await oidc.provider.visit(await begin(one), 'ada-1')
  demandRefused(await comeBack(browser(), back), /Begin again/)
  const made = new URL(back)
  made.searchParams.set('state', `${back.searchParams.get('state')?.slice(0, 23)}${'A'.repeat(43)}`)
  demandRefused(await comeBack(one, made), /Begin again/)
  assert.equal((await comeBack(one, back)).status, 200)
})

test('who says no at the provider is told what happened', async () => {
  demandRefused(await goThere(oidc, browser(), null), /did not let the provider/)
})

test('after ten minutes the way is over', async () => {
  const one = browser()
  const back = await oidc.provider.visit(await begin(one), 'ada-1')
  await oidc.running.database.query(
    "update postern.oidc_sign_ins set began_at = now() - interval '11 minutes' where status = 'begun'",
  )
  demandRefused(await comeBack(one, back), /ten minutes/)
})

const wrongs: [string, (claims: Record<string, unknown>) => object, string, RegExp][] = [
  [
    'for another way',
    (claims) => ({ ...claims, nonce: 'other' }),
    'nonce_wrong',
    /another sign-in/,
  ],
  ['for another program', (claims) => ({ ...claims, aud: 'other' }), 'audience_wrong', /client id/],
  [
    'of another issuer',
    (claims) => ({ ...claims, iss: 'https://else.example' }),
    'issuer_wrong',
    /issuer/,
  ],
  ['that has run out', (claims) => ({ ...claims, exp: 1_000_000_000 }), 'clock_wrong', /clock/],
]
for (const [what, tamper, failure, words] of wrongs) {
  test(`a token ${what} proves nobody`, async () => {
    oidc.provider.tamper = (claims) => ({ ...tamper(claims) })
    demandRefused(await goThere(oidc, browser(), 'ada-1'), words)
    assert.equal(oidc.logged.at(-1)?.[1].code, failure)
  })
}

test('a token signed by another key proves nobody', async () => {
  oidc.provider.tamper = (claims) => claims
  oidc.provider.signer = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey
  demandRefused(await goThere(oidc, browser(), 'ada-1'), /not signed by the provider/)
  assert.equal(oidc.logged.at(-1)?.[1].code, 'signature_wrong')
})

test('an address in the token itself is taken from there', async () => {
  const other = await oidc.running.owner('cleo@example.com')
  oidc.provider.people.set('cleo', {})
  oidc.provider.tamper = (claims) => ({ ...claims, email: other.email, email_verified: true })
  const answer = await signInProved(oidc, browser(), { subject: 'cleo' })
  assert.equal(answer.body.outcome, 'factor_needed')
})

test('while the provider is away one is told so, and nothing of it is about the person', async () => {
  const one = browser()
  const back = await oidc.provider.visit(await begin(one), 'ada-1')
  oidc.provider.isAway = true
  demandRefused(await comeBack(one, back), /does not answer/, 503)
  assert.doesNotMatch(JSON.stringify(oidc.logged), /ada|example\.com/)
})

test('who writes the code of another into their own way in the database is not let in as them', async () => {
  const { database } = oidc.running
  const [victim, thief] = [browser(), browser()]
  const ways = [await begin(victim), await begin(thief)]
  const backs = await Promise.all(
    ways.map((way, index) => oidc.provider.visit(way, index === 0 ? 'ada-1' : 'nobody')),
  )
  await database.query(`
    create function private.swapped() returns trigger language plpgsql as $$
    declare other postern.oidc_sign_ins;
    begin
      if new.status = 'returned' and old.status = 'begun' then
        select * into other from postern.oidc_sign_ins o where o.status = 'failed' and o.code is not null limit 1;
        if other.id is null then
          new.status := 'failed';
        else
          new.code := other.code; new.verifier := other.verifier; new.seed := other.seed;
        end if;
      end if;
      return new;
    end $$`)
  await database.query(
    'create trigger swapped before update on postern.oidc_sign_ins for each row execute function private.swapped()',
  )
  try {
    assert.equal((await comeBack(victim, backs[0] ?? assert.fail())).status, 403)
    demandRefused(await comeBack(thief, backs[1] ?? assert.fail()), /another sign-in/)
    assert.equal(oidc.logged.at(-1)?.[1].code, 'nonce_wrong')
  } finally {
    await database.query('drop trigger swapped on postern.oidc_sign_ins')
    await database.query('drop function private.swapped')
  }
})

test('who writes their subject or another address beside the row of a person is not let in as them', async () => {
  const { database } = oidc.running
  const dora = await oidc.running.owner('dora@example.com')
  const session = (await dora.browser.ask('GET', '/api/session')).body
  const noted = await database.query<{ subject: Buffer; user_id: string }>(
    'select subject, user_id from postern.user_identities limit 1',
  )
  const { subject, user_id: before } = noted[0] ?? assert.fail()
  const move = (to: string) =>
    database.query('update postern.user_identities set user_id = $1 where subject = $2', [
      to,
      subject,
    ])
  await move(session.user.id)
  const refused = await signInProved(oidc, browser(), { subject: 'ada-1' })
  assert.equal(refused.status, 403, JSON.stringify(refused.body))
  await move(before)
  // The index of the thief's own, proved address at the victim's row.
  const index = await database.query<{ email_index: Buffer }>(
    'select email_index from postern.users where id = $1',
    [before],
  )
  const thief = 'thief2@example.com'
  oidc.provider.people.set('thief-2', { email: thief, email_verified: true })
  const { emailIndex } = await import('../../src/core/people/store-answer.ts')
  const own = await emailIndex(oidc.running.deps, thief)
  const write = (bytes: Buffer) =>
    database.query('update postern.users set email_index = $1 where id = $2', [bytes, before])
  await write(own)
  const second = await signInProved(oidc, browser(), { subject: 'thief-2' })
  demandRefused(second, /No person with your address/)
  await write(index[0]?.email_index ?? assert.fail())
})

test('what stands in the database while the browser is away is hashes', async () => {
  const location = new URL(await begin(browser()))
  const rows = await oidc.running.database.query(
    "select to_jsonb(o)::text as text from postern.oidc_sign_ins o where status = 'begun'",
  )
  const text = JSON.stringify(rows)
  for (const name of ['state', 'nonce', 'code_challenge']) {
    assert.ok(!text.includes(location.searchParams.get(name) ?? assert.fail()), name)
  }
  const left = await oidc.running.database.query(
    "select from postern.oidc_sign_ins where status in ('claimed', 'proved') and (code is not null or verifier is not null or seed is not null)",
  )
  assert.equal(left.length, 0)
})
