/** A blocked account sends nothing, and writing into the database as superuser changes nothing about that. */
import assert from 'node:assert/strict'
import { createHash, randomBytes } from 'node:crypto'
import { after, before, test } from 'node:test'
import { makeToken, storedHash, tokenProof } from '../../src/lib/token.ts'
import { type MailHost, startMailHost } from '../support/mail-host.ts'
import { waitFor } from '../support/wait-for.ts'
import { liftLimits, logLines, type RunningPostern, startPostern } from './running-postern.ts'

let host: MailHost
let postern: RunningPostern
/** The account that will be blocked. */
let account: { id: string; api_key: string }
let controls = 0

before(async () => {
  host = await startMailHost()
  postern = await startPostern({ 'sink.test': host.port })
  account = await operator('account', 'create', '--name', 'Other', '--email', 'other@example.com')
  await liftLimits(postern, account.id)
})

after(async () => {
  assert.equal(await postern.stop(), 0, postern.output())
  await host.stop()
})

async function operator<Answer>(...args: string[]): Promise<Answer> {
  const { code, stdout, stderr } = await postern.postern(...args, '--json')
  assert.equal(code, 0, stderr)
  return JSON.parse(stdout)
}

/** Messages of the blocked account that have reached a host. */
function leaked(): number {
  return host.messages.filter(({ source }) => source.includes('Subject: Blocked')).length
}

/** What waits for the account is due now, as when its time has come. */
async function makeDue(): Promise<void> {
  await postern.query(
    `update postern.deliveries set due_at = now(), ready = true, state = 'queued'
      where account_id = $1 and state in ('queued', 'attempting')`,
    [account.id],
  )
}

/** The queue has been served twice since: messages of the first account came through it. */
async function untilServed(): Promise<void> {
  for (let times = 0; times < 2; times++) {
    controls += 1
    const subject = `Control ${controls}.`
    assert.equal((await postern.send({ to: 'control@sink.test', subject })).status, 200)
    await waitFor(() => host.messages.some(({ source }) => source.includes(subject)), {
      what: 'the control message',
      seconds: 30,
    })
  }
}

async function claims(): Promise<number> {
  const [row] = await postern.query<{ fence: number }>(
    'select max(fence) as fence from postern.deliveries where account_id = $1',
    [account.id],
  )
  return row?.fence ?? 0
}

function sendBlocked(key = account.api_key) {
  return postern.send({ to: 'victim@sink.test', subject: 'Blocked' }, key)
}

async function demandRefusedAtTheDoor(): Promise<void> {
  await waitFor(async () => (await sendBlocked()).status === 403, { what: 'the refusal' })
}

/** Nothing goes out though it is due, and the door says no. */
async function demandStillBlocked(): Promise<void> {
  await makeDue()
  await untilServed()
  await demandRefusedAtTheDoor()
  assert.equal(leaked(), 0)
}

test('blocking refuses the account at the door and leaves what it has queued unclaimed', async () => {
  host.script = ({ step, text }) =>
    step === 'rcpt' && text.includes('victim') ? '451 4.3.0 Later' : undefined
  for (let count = 0; count < 3; count++) assert.equal((await sendBlocked()).status, 200)
  await waitFor(async () => (await claims()) === 1, { what: 'a first try' })
  await waitFor(
    async () => {
      const waiting = await postern.query(
        `select from postern.deliveries where account_id = $1 and state = 'queued' and attempts = 1`,
        [account.id],
      )
      return waiting.length === 3
    },
    { what: 'three deferred messages' },
  )
  host.script = undefined
  await operator('account', 'block', account.id, '--reason', 'abuse')
  const before = await claims()
  await demandStillBlocked()
  assert.equal(await claims(), before, 'what is queued is not claimed')
})

test('a state written over by hand makes vault refuse to sign, and alarms', async () => {
  const before = await claims()
  await postern.query(
    `update postern.account_states set state = 'active', reason = null where account_id = $1`,
    [account.id],
  )
  await demandStillBlocked()
  // The claim no longer holds it back: what does is vault.
  assert.ok((await claims()) > before, 'the first defence is passed')
  assert.ok(logLines(postern, 'deliver', 'alarm: vault refused').some(isOf('account_blocked')))
  assert.ok(logLines(postern, 'api', 'alarm: authority row').some(isOf('forged')))
})

test('the earlier signed state, put back, is seen to be old', async () => {
  await putBackActiveState()
  await demandStillBlocked()
  assert.ok(logLines(postern, 'api', 'alarm: authority row').some(isOf('rolled_back')))
})

test('who has seen the later state knows the earlier one for old though the record of the later one is gone', async () => {
  await postern.query(
    `delete from postern.authority_history
      where account_id = $1 and kind = 'account_state'
        and version > (select version from postern.account_states where account_id = $1)`,
    [account.id],
  )
  await demandStillBlocked()
})

test('no restart forgets a block though its row and the record of it are both put back', async () => {
  for (const role of ['vault', 'api', 'deliver'] as const) {
    await postern.untilReplaced(role, postern.kill(role))
  }
  await demandStillBlocked()
  assert.ok(logLines(postern, 'deliver', 'alarm: vault refused').some(isOf('account_blocked')))
})

test('a credential that vault did not sign opens nothing', async () => {
  const token = makeToken('live')
  const [own] = await postern.query<{ account_id: string }>(
    'select account_id from postern.credentials where account_id <> $1 and signature is not null limit 1',
    [account.id],
  )
  const id = `${own?.account_id.slice(0, 24)}${randomBytes(6).toString('hex')}`
  await postern.query(
    `insert into postern.credentials
            (lane, account_id, id, version, h2, permission, created_at, name_sealed, previous, signature)
     select c.lane, c.account_id, $2, 1, $3, 'full_access', now(), c.name_sealed, null, c.signature
       from postern.credentials c where c.account_id = $1 limit 1`,
    [own?.account_id, id, storedHash(tokenProof(token))],
  )
  const { status } = await sendBlocked(token)
  assert.equal(status, 403)
  await untilServed()
  assert.equal(leaked(), 0)
})

test('a domain marked verified by hand may not be sent from', async () => {
  const name = `${createHash('sha1').update(account.id).digest('hex').slice(0, 8)}.test`
  const created = await fetch(`${postern.apiUrl}/domains`, {
    method: 'POST',
    headers: { authorization: `Bearer ${postern.key}`, 'content-type': 'application/json' },
    body: JSON.stringify({ name }),
  })
  assert.ok(created.ok)
  await postern.query(`update postern.domain_states set status = 'verified' where name = $1`, [
    name,
  ])
  const from = { from: `ceo@${name}`, to: 'victim@sink.test', subject: 'Blocked' }
  const { status, body } = await postern.send(from)
  assert.equal(status, 403, JSON.stringify(body))
  assert.equal(leaked(), 0)
})

function isOf(reason: string): (line: string) => boolean {
  return (line) => line.includes(`"reason":"${reason}"`)
}

/** Columns and signature exactly as vault made them when the account was not blocked. */
async function putBackActiveState(): Promise<void> {
  const changed = await postern.query(
    `update postern.account_states s
        set version = h.version, state = h.columns ->> 'state', reason = h.columns ->> 'reason',
            requests_per_second = (h.columns ->> 'requestsPerSecond')::integer,
            daily_quota = (h.columns ->> 'dailyQuota')::integer,
            domains_max = (h.columns ->> 'domainsMax')::integer,
            keys_max = (h.columns ->> 'keysMax')::integer, signature = h.signature,
            previous = (select e.signature from postern.authority_history e
                         where e.account_id = h.account_id and e.kind = h.kind
                           and e.version = h.version - 1)
       from postern.authority_history h
      where s.account_id = $1 and h.account_id = $1 and h.kind = 'account_state'
        and h.version = (select max(version) from postern.authority_history
                          where account_id = $1 and kind = 'account_state'
                            and columns ->> 'state' = 'active')
     returning s.version`,
    [account.id],
  )
  assert.equal(changed.length, 1)
}
