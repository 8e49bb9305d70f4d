/** Notices become mail of Postern itself: once each, and again only where it did not work; over a real vault and database. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import {
  type NoticesDeps,
  noticesAtOnce,
  sendDueNotices,
  startNotices,
} from '../../src/console/notices.ts'
import { ensureMailKey } from '../../src/core/accounts/ensure-mail-key.ts'
import { OwnMail } from '../../src/core/people/mail.ts'
import { claimNotices } from '../../src/core/people/queries.ts'
import { Refusal } from '../../src/lib/refusal.ts'
import { uuidv7 } from '../../src/lib/uuid.ts'
import { waitFor } from '../support/wait-for.ts'
import { type PeopleConsole, type SignedInBrowser, startPeopleConsole } from './people-console.ts'

let running: PeopleConsole
let owner: SignedInBrowser
let userId: string
before(async () => {
  running = await startPeopleConsole()
  owner = await running.owner()
  userId = (await owner.browser.ask('GET', '/api/session')).body.user.id
  await sendDueNotices(depsWith(running.mail))
})
after(() => running?.close())

function depsWith(mail: NoticesDeps['mail']): NoticesDeps {
  const { sql, ticket } = running.deps
  const write = (fields: object, event: string) => void running.logged.push([event, fields])
  return { sql, ticket, mail, log: { debug: write, info: write, warn: write, error: write } }
}

async function due(count: number, kind = 'policy_changed'): Promise<string[]> {
  const ids = Array.from({ length: count }, () => uuidv7(Date.now()))
  await running.database.query(
    `insert into postern.notices (id, user_id, account_id, kind) select id, $2, $3, $4 from unnest($1::uuid[]) as n(id)`,
    [ids, userId, running.accountId, kind],
  )
  return ids
}

async function unsent(ids: string[]): Promise<number> {
  const rows = await running.database.query(
    'select from postern.notices where id = any($1) and sent_at is null',
    [ids],
  )
  return rows.length
}

async function messages(): Promise<number> {
  const rows = await running.database.query(
    "select from postern.messages where account_id = '00000000-0000-7000-8000-000000000000'",
  )
  return rows.length
}

test('a round sends what is due in batches, and says when there is more', async () => {
  const before = await messages()
  const ids = await due(noticesAtOnce + 3)
  assert.equal(await sendDueNotices(depsWith(running.mail)), true)
  assert.equal(await unsent(ids), 3)
  assert.equal(await sendDueNotices(depsWith(running.mail)), false)
  assert.equal(await unsent(ids), 0)
  assert.equal((await messages()) - before, noticesAtOnce + 3)
})

test('what was sent but not finished is not sent twice', async () => {
  const before = await messages()
  const [id = ''] = await due(1)
  const [notice] = await claimNotices(running.deps.sql, running.deps.ticket, 1)
  assert.equal(notice?.id, id)
  if (notice) await running.mail.sendNotice(notice)
  await running.database.query('update postern.notices set due_at = now() where id = $1', [id])
  await sendDueNotices(depsWith(running.mail))
  assert.equal(await unsent([id]), 0)
  assert.equal((await messages()) - before, 1)
})

test('while vault is away nothing is lost: the loop puts the round off, the rest of it is finished', async () => {
  const ids = await due(2)
  let calls = 0
  const away = {
    isReady: true,
    sendNotice: async (notice: Parameters<OwnMail['sendNotice']>[0]) => {
      calls += 1
      if (calls === 1) throw new Refusal('unavailable', 'away')
      await running.mail.sendNotice(notice)
    },
  }
  await assert.rejects(sendDueNotices(depsWith(away)), { code: 'unavailable' })
  assert.equal(await unsent(ids), 1)
  const [left] = await running.database.query<{ seconds: number }>(
    'select extract(epoch from due_at - now())::float8 as seconds from postern.notices where id = any($1) and sent_at is null',
    [ids],
  )
  assert.ok(left && left.seconds > 30 && left.seconds <= 60)
  await running.database.query('update postern.notices set due_at = now() where sent_at is null')
  await sendDueNotices(depsWith(running.mail))
  assert.equal(await unsent(ids), 0)
})

test('what can never be sent hinders no other, comes ever more rarely, and leaves no name in the log', async () => {
  running.logged.length = 0
  const [bad = ''] = await due(1, 'of_a_later_version')
  const good = await due(1)
  await running.database.query(
    "update postern.notices set created_at = now() - interval '20 minutes' where id = $1",
    [bad],
  )
  await sendDueNotices(depsWith(running.mail))
  assert.equal(await unsent(good), 0)
  const [row] = await running.database.query<{ minutes: number }>(
    'select extract(epoch from due_at - now())::float8 / 60 as minutes from postern.notices where id = $1',
    [bad],
  )
  assert.ok(row && row.minutes > 8 && row.minutes <= 10)
  assert.deepEqual(
    running.logged.map(([event]) => event),
    ['notice not sent'],
  )
  assert.doesNotMatch(JSON.stringify(running.logged), /ada|Acme/i)
  await running.database.query('delete from postern.notices where id = $1', [bad])
})

test('the loop sends by itself and stops cleanly', async () => {
  const ids = await due(1)
  const loop = startNotices(depsWith(running.mail))
  await waitFor(async () => (await unsent(ids)) === 0, { what: 'the notice to be sent' })
  await loop.stop()
})

test('console gets the name of an account for a notice only while the person is its member', async () => {
  const [id = ''] = await due(1)
  const [notice] = await claimNotices(running.deps.sql, running.deps.ticket, 1)
  const sealed = notice?.accountSealed
  if (!sealed) throw new Error('the notice brings the sealed name of its account')
  const { namedRecord } = await import('../../src/core/people/names.ts')
  const record = namedRecord({ owner: running.accountId, blob: sealed })
  const { vault } = running.deps
  assert.ok(await vault.openNotice(id, record))
  await running.database.query('update postern.members set is_live = false where user_id = $1', [
    userId,
  ])
  assert.equal(await vault.openNotice(id, record), null)
  await running.database.query('update postern.members set is_live = true where user_id = $1', [
    userId,
  ])
  assert.equal(await vault.openNotice(uuidv7(Date.now()), record), null)
  await running.database.query('delete from postern.notices where id = $1', [id])
})

test('a link is mailed to the address alone, once however often the same is asked', async () => {
  const before = await messages()
  const mail = {
    kind: 'reset_password',
    address: 'ada@example.com',
    token: 'x'.repeat(43),
  } as const
  await running.mail.sendLink(mail)
  await running.mail.sendLink(mail)
  assert.equal((await messages()) - before, 1)
})

test('without its key nothing is sent, and that is said', async () => {
  const { senders, door } = running.mailDeps
  const none = new OwnMail({
    senders,
    door,
    vault: running.deps.vault,
    key: null,
    from: 'a@b.example',
  })
  none.standsAt('http://localhost')
  const mail = { kind: 'sign_up', address: 'ada@example.com', token: 'y'.repeat(43) } as const
  await assert.rejects(none.sendLink(mail), { code: 'unavailable' })
  assert.equal(none.isReady, false)
})

test('a domain that the system account has not verified is not sent from', async () => {
  const other = new OwnMail({ ...running.mailDeps, from: 'Postern <postern@other.example>' })
  other.standsAt('http://localhost')
  const mail = { kind: 'sign_up', address: 'ada@example.com', token: 'z'.repeat(43) } as const
  await assert.rejects(other.sendLink(mail), { code: 'domain_not_verified' })
})

test('another mail key ends the one before; the same key is kept', async () => {
  const { operator } = running
  const token = running.database.operatorToken
  const made: string[] = []
  const keepKey = (key: string) => void made.push(key)
  await ensureMailKey(operator, token, { known: running.mailDeps.key, keepKey })
  assert.equal(made.length, 0)
  await ensureMailKey(operator, token, { known: null, keepKey })
  const live = await running.database.query(
    `select from postern.credentials
      where account_id = '00000000-0000-7000-8000-000000000000' and revoked_at is null`,
  )
  assert.equal(live.length, 1)
  await ensureMailKey(operator, token, { known: made[0] ?? null, keepKey })
  assert.equal(made.length, 1)
})
