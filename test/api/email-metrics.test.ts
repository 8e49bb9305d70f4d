/** /emails/metrics: what the vendor's own client gets for messages that went through the door and through deliver's hands. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { type EmailMetric, Resend } from 'resend'
import {
  claimDeliveries,
  type FinishedAttempt,
  finishDeliveries,
} from '../../src/core/deliveries/queries.ts'
import { countStep } from '../../src/core/statistics/count-step.ts'
import {
  findDeliveryTimes,
  findMessageStatistics,
  findStatistics,
} from '../../src/core/statistics/queries.ts'
import { openPool, type Pool } from '../../src/db/sql.ts'
import { tokenProof } from '../../src/lib/token.ts'
import { email, type RunningApi, startApi, type TestAccount } from './running-api.ts'

type Fate = 'delivered' | 'bounced' | 'deferred'

let api: RunningApi
let jobs: Pool
let deliver: Pool
let jobsTicket: Buffer
let deliverTicket: Buffer
let resend: Resend
let domainId: string
/** Sent from the domain to two, from the domain to one, from the sandbox to one. */
let ids: string[]
before(async () => {
  api = await startApi()
  jobs = openPool(api.database.logins.jobs, { connectionsMax: 1 })
  deliver = openPool(api.database.logins.deliver, { connectionsMax: 1 })
  jobsTicket = await api.database.ticket('jobs')
  deliverTicket = await api.database.ticket('deliver')
  resend = new Resend(api.first.apiKey, { baseUrl: api.url })
  domainId = await verifiedDomain(api.first, 'metrics.example')
  ids = [
    await send('metrics.example', ['a@postern.localhost', 'b@postern.localhost']),
    await send('metrics.example', ['c@postern.localhost']),
    await send('postern.localhost', ['d@postern.localhost']),
  ]
  await finish((messageId, n) =>
    messageId === ids[1] ? 'deferred' : n === 1 ? 'bounced' : 'delivered',
  )
})
after(async () => {
  await Promise.all([jobs.end(), deliver.end()])
  await api.end()
})

async function verifiedDomain(account: TestAccount, name: string): Promise<string> {
  const { body } = await api.call('POST', '/domains', { key: account.apiKey, body: { name } })
  await api.verify(account, body.id)
  return body.id
}

async function send(domain: string, to: string[]): Promise<string> {
  const { status, body } = await api.call('POST', '/emails', {
    body: email({ from: `shop@${domain}`, to }),
  })
  assert.equal(status, 200, JSON.stringify(body))
  return body.id
}

/** Claims and finishes what waits, as deliver does. */
async function finish(fateOf: (messageId: string, n: number) => Fate): Promise<void> {
  const cursor = { lane: 0, accountId: '00000000-0000-0000-0000-000000000000' }
  const wish = { limit: 100, leaseSeconds: 60, busy: [], inlineBytesMax: 0, cursor }
  const claimed = await claimDeliveries(deliver, deliverTicket, wish)
  const attempts = claimed.map(({ accountId, messageId, n, fence }): FinishedAttempt => {
    const fate = fateOf(messageId, n)
    return {
      accountId,
      messageId,
      n,
      fence,
      outcome: fate,
      nextState: fate === 'deferred' ? 'queued' : fate,
      dueAt: new Date(Date.now() + 3_600_000),
      startedAt: new Date(),
      host: 'mx.provider.example',
      tls: null,
      selector: 'postern1',
      replyCode: 250,
      enhancedCode: null,
      durationMs: 3,
      suppress: false,
      conversationSealed: null,
      addressSealed: null,
    }
  })
  assert.equal(await finishDeliveries(deliver, deliverTicket, attempts), attempts.length)
}

async function count(): Promise<void> {
  const limits = { behindSeconds: 0, stepSeconds: 86_400, rowLimit: 1_000, rowsMax: 100 }
  while (await countStep(jobs, jobsTicket, limits));
}

const few: EmailMetric[] = ['sent', 'delivered', 'bounced', 'delivery_delayed', 'delivery_rate']
const domainRow = { sent: 3, delivered: 1, bounced: 1, delivery_delayed: 1, delivery_rate: 33.33 }
const allOfThem = { sent: 4, delivered: 2, bounced: 1, delivery_delayed: 1, delivery_rate: 50 }

test('the client gets every metric of the last six days', async () => {
  await count()
  const { data, error } = await resend.emails.metrics()
  assert.equal(error, null)
  assert.ok(data)
  assert.deepEqual([data.object, data.dimensions, data.granularity], ['metrics', [], 'daily'])
  assert.equal('data' in data, false)
  assert.equal(Date.parse(data.end_date) - Date.parse(data.start_date), 6 * 86_400_000)
  assert.deepEqual(data.totals, {
    received: 0,
    delivered: 2,
    complained: 0,
    suppressed: 0,
    bounced: 1,
    bounced_transient: 0,
    bounced_permanent: 1,
    bounced_undetermined: 0,
    opened: 0,
    clicked: 0,
    unsubscribed: 0,
    delivery_delayed: 1,
    failed: 0,
    sent: 4,
    unique_opened: 0,
    unique_clicked: 0,
    delivery_rate: 50,
    open_rate: 0,
    click_rate: 0,
    bounce_rate: 25,
    complaint_rate: 0,
    unsubscribe_rate: 0,
  })
  assert.deepEqual(data.metrics, Object.keys(data.totals))
})

test('told apart by domain, each has its row with its name; mail of the sandbox has none', async () => {
  await count()
  const { data } = await resend.emails.metrics({ metrics: few, dimensions: ['domain'] })
  assert.deepEqual(data?.metrics, few)
  const rows = data?.data?.toSorted((one, other) => (other.sent ?? 0) - (one.sent ?? 0))
  assert.deepEqual(rows, [
    { domain_id: domainId, domain_name: 'metrics.example', ...domainRow },
    { sent: 1, delivered: 1, bounced: 0, delivery_delayed: 0, delivery_rate: 100 },
  ])
  assert.deepEqual(data?.totals, allOfThem)
})

test('told apart by period, each period has its row, and a domain may be chosen', async () => {
  await count()
  const startDate = new Date(Date.now() - 2 * 86_400_000).toISOString()
  const dimensions: 'period'[] = ['period']
  const asked = { startDate, metrics: few, dimensions, domainId: [domainId] }
  const { data, error } = await resend.emails.metrics(asked)
  assert.equal(error, null)
  const endMs = Date.parse(data?.end_date ?? '')
  const days = [2, 1, 0].map((ago) => new Date(endMs - ago * 86_400_000).toISOString().slice(0, 10))
  const rows = data?.data ?? []
  assert.deepEqual(
    rows.map(({ period }) => period),
    days,
  )
  const filled = rows.filter(({ sent }) => sent !== 0)
  assert.deepEqual(
    filled.map(({ period, ...rest }) => rest),
    [domainRow],
  )
  const none = { sent: 0, delivered: 0, bounced: 0, delivery_delayed: 0, delivery_rate: 0 }
  assert.deepEqual(rows[0], { period: days[0], ...none })
  assert.deepEqual(data?.totals, domainRow)
  const hours = await resend.emails.metrics({ ...asked, granularity: 'hourly' })
  const length = hours.data?.data?.length ?? 0
  assert.ok(length === 48 || length === 49, String(length))
})

test('messages are told from their own events, at once', async () => {
  const [first = '', second = ''] = ids
  const chosen = await resend.emails.metrics({
    metrics: few,
    dimensions: ['email'],
    emailId: [first, second],
  })
  const counted = (one: Partial<Record<EmailMetric, number>>) => ({
    sent: 0,
    delivered: 0,
    bounced: 0,
    delivery_delayed: 0,
    delivery_rate: 0,
    ...one,
  })
  assert.deepEqual(chosen.data?.data, [
    { email_id: second, ...counted({ sent: 1, delivery_delayed: 1 }) },
    { email_id: first, ...counted({ sent: 2, delivered: 1, bounced: 1, delivery_rate: 50 }) },
  ])
  assert.deepEqual(chosen.data?.totals, domainRow)
  const byPeriod = await resend.emails.metrics({
    metrics: few,
    dimensions: ['period'],
    emailId: [first],
  })
  const sent = byPeriod.data?.data?.map((row) => row.sent ?? 0)
  assert.equal(sent?.length, 7)
  assert.equal(
    sent?.reduce((sum, one) => sum + one, 0),
    2,
  )
  await count()
  const all = await resend.emails.metrics({ metrics: few, dimensions: ['email', 'domain'] })
  assert.deepEqual(
    all.data?.data?.map((row) => [row.email_id, row.domain_name]),
    [
      [ids[2], undefined],
      [second, 'metrics.example'],
      [first, 'metrics.example'],
    ],
  )
  assert.deepEqual(all.data?.totals, allOfThem)
})

test('of broadcasts there are none yet', async () => {
  const { data } = await resend.emails.metrics({ metrics: few, dimensions: ['broadcast'] })
  assert.deepEqual(data?.data, [])
  const one = await resend.emails.metrics({ metrics: few, broadcastId: [domainId] })
  assert.equal(one.data?.totals.sent, 0)
})

test('lists come with commas, repeated, or both', async () => {
  await count()
  const query = 'metrics=sent&metrics=delivered,bounced&dimensions=domain&domain_id='
  const { body } = await api.call('GET', `/emails/metrics?${query}${domainId},${ids[0]}`)
  assert.deepEqual(body.metrics, ['sent', 'delivered', 'bounced'])
  assert.deepEqual(body.totals, { sent: 3, delivered: 1, bounced: 1 })
})

test('what lies ahead ends now, and what is older than what is kept begins with that', async () => {
  const before = Date.now()
  const asked = { startDate: '2001-01-01', endDate: '2199-01-01T00:00:00Z' }
  const { data } = await resend.emails.metrics(asked)
  const end = Date.parse(data?.end_date ?? '')
  assert.ok(end >= before && end <= Date.now())
  assert.equal(end - Date.parse(data?.start_date ?? ''), 90 * 86_400_000)
})

const faults: Record<string, [query: string, name: string, words: RegExp]> = {
  'a date that is none': ['start_date=yesterday', 'validation_error', /`start_date`.*ISO 8601/],
  'a day that there is not': ['end_date=2026-02-30', 'validation_error', /`end_date`/],
  'an end before the start': [
    'start_date=2026-02-02&end_date=2026-02-01',
    'validation_error',
    /`start_date`.*before `end_date`/,
  ],
  'a time zone that is none': ['timezone=Mars/Base', 'validation_error', /`timezone`/],
  'a granularity that is none': ['granularity=yearly', 'validation_error', /hourly, daily/],
  'a metric that is none': ['metrics=sent,happiness', 'validation_error', /`metrics`.*received/],
  'a dimension that is none': ['dimensions=provider', 'validation_error', /`dimensions`/],
  'an id that is none': ['email_id=x', 'invalid_parameter', /`email_id`/],
  'messages with broadcasts': ['dimensions=email,broadcast', 'validation_error', /`email`/],
  'too many ids': [
    `domain_id=${Array.from({ length: 101 }, () => crypto.randomUUID()).join()}`,
    'validation_error',
    /at most 100/,
  ],
}

for (const [fault, [query, name, words]] of Object.entries(faults)) {
  test(`${fault} is refused by name`, async () => {
    const { status, body } = await api.call('GET', `/emails/metrics?${query}`)
    assert.deepEqual([status, body.name], [422, name], JSON.stringify(body))
    assert.match(body.message, words)
  })
}

test('an account sees nothing of another, and a key that may only send sees nothing', async () => {
  await count()
  for (const query of ['', `&email_id=${ids[0]}`, `&domain_id=${domainId}`]) {
    const path = `/emails/metrics?metrics=sent,delivered&dimensions=domain${query}`
    const { body } = await api.call('GET', path, { key: api.second.apiKey })
    assert.deepEqual([body.totals, body.data], [{ sent: 0, delivered: 0 }, []], path)
  }
  const made = await api.call('POST', '/api-keys', {
    body: { name: 'sends', permission: 'sending_access' },
  })
  const { status } = await api.call('GET', '/emails/metrics', { key: made.body.token })
  assert.equal(status, 401)
  // Nor would it from the database, were the door to let it pass.
  const sql = openPool(api.database.logins.api, { connectionsMax: 1 })
  const bounds = [new Date(0), new Date(Date.now() + 86_400_000)]
  const selection = { bounds, domainIds: null, split: [], rowLimit: 10 }
  const seen = async (token: string) => {
    const h1 = tokenProof(token)
    const found = await Promise.all([
      findStatistics(sql, h1, selection),
      findDeliveryTimes(sql, h1, selection),
      findMessageStatistics(sql, h1, { ...selection, messageIds: ids }),
    ])
    return found.map((rows) => rows.length > 0)
  }
  assert.deepEqual(await seen(made.body.token), [false, false, false])
  assert.deepEqual(await seen(api.first.apiKey), [true, true, true])
  await sql.end()
})
