/** /api/overview and /api/usage on the real console, over events that jobs has added up. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { countStep } from '../../src/core/statistics/count-step.ts'
import { countUsage } from '../../src/core/usage/queries.ts'
import { openPool, type Pool } from '../../src/db/sql.ts'
import { type PlantedEvent, plantEvents, plantMessage } from '../support/planted.ts'
import { demandRefused, memberBrowser, type Route } from './account-support.ts'
import { type PeopleConsole, type SignedInBrowser, startPeopleConsole } from './people-console.ts'

const routes: Route[] = [
  { method: 'GET', path: () => '/api/overview' },
  { method: 'GET', path: () => '/api/usage' },
]

let running: PeopleConsole
let owner: SignedInBrowser
let other: SignedInBrowser
let jobsSql: Pool
let ticket: Buffer

before(async () => {
  running = await startPeopleConsole()
  owner = await running.owner()
  other = await running.owner('eve@example.com', await running.makeAccount('Umbrella'))
  jobsSql = openPool(running.database.logins.jobs, { connectionsMax: 2 })
  ticket = await running.database.ticket('jobs')
})
after(async () => {
  await jobsSql.end()
  await running.close()
})

const domainId = crypto.randomUUID()
const plantedAtMs = Date.now() - 90 * 60_000

/** Three messages an hour ago, of which one bounced and one was complained about. */
async function sendAndCount(): Promise<void> {
  const atMs = plantedAtMs
  const google = 'gmail-smtp-in.l.google.com'
  const stories: [string, number, string][][] = [
    [['delivered', 2_000, google]],
    [['bounced', 3_000, 'mx.example.net']],
    [
      ['delivered', 4_000, google],
      ['complained', 60_000, google],
      ['unsubscribed', 60_000, google],
    ],
  ]
  const events: PlantedEvent[] = []
  for (const story of stories) {
    const message = await plantMessage(running.database, {
      accountId: running.accountId,
      stream: 'transactional',
      domainId,
      recipients: 1,
      createdAtMs: atMs,
    })
    events.push({ message, n: null, kind: 'accepted', atMs })
    for (const [kind, afterMs, host] of story) {
      const startedAtMs = atMs + afterMs
      const attempt = { host, number: 1, startedAtMs, outcome: kind }
      const isTry = kind !== 'complained' && kind !== 'unsubscribed'
      events.push({ message, n: 0, kind, atMs: startedAtMs, ...(isTry && { attempt }) })
    }
  }
  await plantEvents(running.database, events)
  for (const name of ['statistics', 'usage']) {
    await running.database.query(
      `insert into private.watermarks (name, at) values ($1, now() - interval '3 hours')
       on conflict (name) do update set at = excluded.at`,
      [name],
    )
  }
  const limits = { behindSeconds: 0, stepSeconds: 3_600, rowLimit: 20_000, rowsMax: 500 }
  while (await countStep(jobsSql, ticket, limits));
  while (await countUsage(jobsSql, ticket, limits));
}

test('who has sent nothing is told so, with every period at nought', async () => {
  const { status, body } = await owner.browser.ask('GET', '/api/overview')
  assert.equal(status, 200, JSON.stringify(body))
  assert.equal(body.has_sent, false)
  assert.equal(body.granularity, 'daily')
  assert.equal(body.periods.length, 7)
  assert.deepEqual(body.providers, [])
  assert.deepEqual(body.times, { deliveries: 0, p50_ms: null, p90_ms: null, p99_ms: null })
})

test('outcomes are told over time, with how long they took and who took them', async () => {
  await sendAndCount()
  const { body } = await owner.browser.ask('GET', '/api/overview?range=24h')
  assert.equal(body.has_sent, true)
  assert.equal(body.periods.length, 24)
  const { messages, delivered, bounced, complained, unsubscribed } = body.totals
  assert.deepEqual([messages, delivered, bounced, complained, unsubscribed], [3, 2, 1, 1, 1])
  const sum = body.periods.reduce(
    (total: number, period: { counts: { delivered: number } }) => total + period.counts.delivered,
    0,
  )
  assert.equal(sum, 2)
  assert.equal(body.times.deliveries, 2)
  assert.ok(body.times.p50_ms > 0)
  assert.equal(body.providers[0].provider, 'google.com')
  assert.equal(body.providers[0].counts.delivered, 2)
})

for (const [range, periods] of [
  ['24h', 24],
  ['7d', 7],
  ['30d', 30],
  ['90d', 90],
] as const) {
  test(`${range} has ${periods} whole periods, also where clocks go another way`, async () => {
    for (const zone of ['UTC', 'America/New_York', '%2B05:30']) {
      const path = `/api/overview?range=${range}&zone=${zone}`
      const { status, body } = await owner.browser.ask('GET', path)
      assert.equal(status, 200, zone)
      assert.equal(body.periods.length, periods, zone)
      assert.equal(body.totals.messages, 3, zone)
    }
  })
}

test('one domain is told apart, and another account’s is one that nobody has', async () => {
  const own = await owner.browser.ask('GET', `/api/overview?domain_id=${domainId}`)
  assert.equal(own.body.totals.messages, 3)
  const elsewhere = await owner.browser.ask('GET', `/api/overview?domain_id=${crypto.randomUUID()}`)
  assert.equal(elsewhere.body.totals.messages, 0)
  assert.equal(elsewhere.body.has_sent, true)
  const facts = ({ body }: typeof own) => {
    const { from, till, ...rest } = body
    return rest
  }
  const stranger = (id: string) => other.browser.ask('GET', `/api/overview?domain_id=${id}`)
  assert.deepEqual(facts(await stranger(domainId)), facts(await stranger(crypto.randomUUID())))
  assert.equal((await other.browser.ask('GET', '/api/overview')).body.has_sent, false)
})

test('usage is what was sent, by day, beside its limits', async () => {
  const { status, body } = await owner.browser.ask('GET', '/api/usage')
  assert.equal(status, 200)
  const isOfThisMonth = new Date(plantedAtMs).getUTCMonth() === new Date().getUTCMonth()
  assert.equal(body.month.messages, isOfThisMonth ? 3 : 0)
  assert.equal(body.days.length, 30)
  const sum = body.days.reduce(
    (total: number, day: { messages: number }) => total + day.messages,
    0,
  )
  assert.equal(sum, 3)
  assert.equal(body.domains.used, 0)
  assert.ok(body.domains.limit > 0 && body.keys_max > 0 && body.requests_per_second > 0)
  assert.ok(Date.parse(body.today.resets_at) > Date.now())
  const theirs = (await other.browser.ask('GET', '/api/usage')).body
  assert.ok(theirs.days.every((day: { messages: number }) => day.messages === 0))
})

test('what cannot be asked for is refused by its name', async () => {
  for (const [query, field] of [
    ['range=1y', 'range'],
    ['domain_id=x', 'domain_id'],
    ['zone=Nowhere/Land', 'zone'],
    ['account_id=x', 'account_id'],
  ]) {
    const { status, body } = await owner.browser.ask('GET', `/api/overview?${query}`)
    assert.equal(status, 422, query)
    assert.equal(body.error.field, field, query)
  }
})

test('only who may see usage sees it', async () => {
  for (const role of ['admin', 'developer', 'marketer', 'analyst', 'billing'] as const) {
    const member = await memberBrowser(running, owner, { role })
    for (const { method, path } of routes) {
      // An admin has to add a factor before anything else.
      const { status } = await member.ask(method, path(''))
      assert.equal(status, 200, `${role} ${path('')}`)
    }
  }
  const scopes = ['domains:read' as const]
  const member = await memberBrowser(running, owner, { role: 'custom', scopes })
  await demandRefused(member, routes, 'usage:read')
})
