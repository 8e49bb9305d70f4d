import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { countUsage } from '../../src/core/usage/queries.ts'
import { openPool, type Pool } from '../../src/db/sql.ts'
import { email, type RunningApi, startApi } from './running-api.ts'

let api: RunningApi
let jobs: Pool
let ticket: Buffer
let nowMs = Date.now()
before(async () => {
  api = await startApi({ clock: { now: () => nowMs } })
  jobs = openPool(api.database.logins.jobs, { connectionsMax: 1 })
  ticket = await api.database.ticket('jobs')
})
after(async () => {
  await jobs.end()
  await api.end()
})

const three = ['a@postern.localhost', 'b@postern.localhost', 'c@postern.localhost']

async function usage(key: string) {
  const { status, body } = await api.call('GET', '/usage', { key })
  assert.equal(status, 200, JSON.stringify(body))
  return body
}

async function count(behindSeconds: number): Promise<number> {
  let rounds = 1
  while (await countUsage(jobs, ticket, { behindSeconds, stepSeconds: 86_400 })) rounds++
  return rounds
}

test('recipients and messages are counted exactly, before and after they are added up', async () => {
  const { apiKey: key, id } = await api.newAccount()
  const send = (to: string[]) => api.call('POST', '/emails', { key, body: email({ to }) })
  await send(three)
  const daily = async () => {
    const { emails } = await usage(key)
    return [emails.daily.used, emails.daily.messages, emails.monthly.used]
  }
  assert.deepEqual(await daily(), [3, 1, 3])
  await count(60)
  assert.deepEqual(await daily(), [3, 1, 3], 'younger than the watermark')
  await send(three.slice(1))
  await count(0)
  await count(0)
  assert.deepEqual(await daily(), [5, 2, 5], 'behind the watermark')
  await send(three.slice(2))
  assert.deepEqual(await daily(), [6, 3, 6], 'on both sides of it')
  const rows = await api.database.query(
    'select messages, recipients from postern.usage_days where account_id = $1',
    [id],
  )
  assert.deepEqual(rows, [{ messages: '2', recipients: '5' }])
  assert.equal((await usage(api.second.apiKey)).emails.daily.used, 0)
})

test('a day and a month ago count where they belong', async () => {
  const { apiKey: key, id } = await api.newAccount()
  await api.database.query(
    `insert into postern.usage_days (lane, account_id, day, messages, recipients)
     select private.lane_of($1), $1, d.day, 1, 100
       from (values (date_trunc('month', now() at time zone 'utc')::date - 1),
                    ((now() at time zone 'utc')::date)) as d(day)`,
    [id],
  )
  const { emails } = await usage(key)
  assert.deepEqual([emails.daily.used, emails.monthly.used], [100, 100])
})

test('the answer has every field that the client types, and no limit that is none', async () => {
  const { apiKey: key } = await api.newAccount()
  const body = await usage(key)
  const { emails, ...rest } = body
  const now = new Date(nowMs)
  const tomorrow = Date.UTC(now.getUTCFullYear(), now.getUTCMonth(), now.getUTCDate() + 1)
  assert.equal(Date.parse(emails.daily.resets_at), tomorrow)
  assert.deepEqual([emails.daily.limit, emails.monthly.limit], [null, null])
  const nextMonth = emails.monthly.resets_at
  assert.deepEqual(rest, {
    object: 'usage',
    contacts: { used: 0, limit: 0 },
    segments: { used: 0, limit: 0 },
    broadcasts: { used: 0, limit: 0 },
    ai_credits: { used: 0, limit: 0, next_increase_at: null },
    automation_runs: { used: 0, limit: 0, resets_at: nextMonth },
    domains: { used: 0, limit: 1_000 },
    rate_limit: { limit: 100, duration: '1s' },
  })
})

test('where there is a quota of the day every answer says what is used of it', async () => {
  const { id, apiKey: key } = await api.newAccount()
  const free = await api.call('GET', '/api-keys', { key })
  assert.equal(free.headers.get('x-resend-daily-quota'), null)
  const { signed } = await api.operator.authorise(
    { operatorToken: api.database.operatorToken },
    { kind: 'account_state', accountId: id, change: { dailyQuota: 10 } },
  )
  await api.storeAuthority(signed, 'account.limits')
  nowMs += 1_000
  const none = await api.call('POST', '/emails', { key, body: email({ to: three }) })
  assert.equal(none.headers.get('x-resend-daily-quota'), '0')
  nowMs += 1_000
  for (const path of ['/api-keys', '/nowhere', '/logs/x']) {
    const { headers } = await api.call('GET', path, { key })
    assert.equal(headers.get('x-resend-daily-quota'), '3', path)
  }
  assert.equal((await usage(key)).emails.daily.limit, 10)
})

test('another ticket adds nothing up', async () => {
  const asked = { behindSeconds: 0, stepSeconds: 1 }
  await assert.rejects(countUsage(jobs, Buffer.alloc(32), asked), { code: '42501' })
})
