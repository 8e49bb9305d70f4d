import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { findTimeZone } from '../../src/core/messages/time-zone.ts'
import { forgetOldRows } from '../../src/core/retention/queries.ts'
import { countStep } from '../../src/core/statistics/count-step.ts'
import {
  type Counts,
  countNames,
  countStatistics,
  findDeliveryTimes,
  findStatistics,
  nameHosts,
  noCounts,
} from '../../src/core/statistics/queries.ts'
import { readOverview } from '../../src/core/statistics/read-overview.ts'
import { openPool, type Pool } from '../../src/db/sql.ts'
import { tokenProof } from '../../src/lib/token.ts'
import { type PlantedEvent, plantEvents, plantMessage } from '../support/planted.ts'
import { type Seeded, seeded } from '../support/seeded.ts'

const hourMs = 3_600_000
const minuteMs = 60_000
const dayMs = 24 * hourMs

let world: Seeded
let jobs: Pool
let ticket: Buffer
before(async () => {
  world = await seeded()
  jobs = openPool(world.database.logins.jobs, { connectionsMax: 2 })
  ticket = await world.database.ticket('jobs')
})
after(async () => {
  await jobs.end()
  await world.end()
})

const query = <Row extends object>(text: string, values?: unknown[]) =>
  world.database.query<Row & Record<string, unknown>>(text, values)
const limits = { behindSeconds: 0, stepSeconds: 3_600, rowLimit: 20_000, rowsMax: 500 }

async function count(changes: Partial<typeof limits> = {}): Promise<number> {
  let steps = 1
  while (await countStep(jobs, ticket, { ...limits, ...changes })) steps++
  return steps
}

/** Counts begin there, as if nothing had been added up since. */
async function setWatermark(at: Date): Promise<void> {
  await query(
    `insert into private.watermarks (name, at) values ('statistics', $1)
     on conflict (name) do update set at = excluded.at`,
    [at],
  )
}

/** The same numbers again for the same seed (a linear congruential generator). */
function seededRandom(seed: number): () => number {
  let state = seed
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return state / 2 ** 32
  }
}

const hosts: Readonly<Record<string, string>> = {
  'gmail-smtp-in.l.google.com': 'google.com',
  'alt1.gmail-smtp-in.l.google.com': 'google.com',
  'example-com.mail.protection.outlook.com': 'outlook.com',
  'mx.mail.example.co.uk': 'example.co.uk',
  '192.0.2.7': '192.0.2.7',
}

/** What a delivery goes through, each with its own attempt but for the last ones. */
const stories: readonly string[][] = [
  ['delivered'],
  ['deferred', 'delivered'],
  ['deferred', 'deferred', 'bounced'],
  ['bounced'],
  ['deferred', 'expired'],
  ['suppressed'],
  ['cancelled'],
  ['delivered', 'complained'],
  ['delivered', 'unsubscribed'],
  ['delivered', 'unsubscribed', 'resubscribed'],
  ['bounced', 'requeued', 'delivered'],
]

interface Plan {
  events: PlantedEvent[]
  /** By the key of their row, what they add up to. */
  expected: Map<string, Counts>
}

type RowKey = [account: string, hour: string, stream: string, domain: string, provider: string]

async function plantRandomly(accounts: string[], random: () => number): Promise<Plan> {
  const pick = <Value>(values: readonly Value[]) =>
    values[Math.floor(random() * values.length)] as Value // within the list
  const domains = [crypto.randomUUID(), crypto.randomUUID(), null]
  const names = Object.keys(hosts)
  const plan: Plan = { events: [], expected: new Map() }
  const add = (event: PlantedEvent, host: string | null, counts: Partial<Counts>) => {
    plan.events.push(event)
    const { accountId, stream, domainId } = event.message
    const hour = new Date(Math.floor(event.atMs / hourMs) * hourMs).toISOString()
    const provider = host === null ? '' : (hosts[host] ?? '?')
    const key: RowKey = [accountId, hour, stream, domainId ?? nobody, provider]
    const sum = plan.expected.get(key.join(' ')) ?? noCounts()
    for (const name of countNames) sum[name] += counts[name] ?? 0
    plan.expected.set(key.join(' '), sum)
  }
  for (let nth = 0; nth < 60; nth++) {
    const message = await plantMessage(world.database, {
      accountId: pick(accounts),
      stream: pick(['urgent', 'transactional', 'bulk'] as const),
      domainId: pick(domains),
      recipients: 1 + Math.floor(random() * 4),
      createdAtMs: Math.floor(Date.now() - 3 * dayMs + random() * 2 * dayMs),
    })
    const accepted = { message, n: null, kind: 'accepted', atMs: message.createdAtMs }
    add(accepted, null, { messages: 1, recipients: message.recipients })
    if (random() < 0.1) {
      const failed = { ...accepted, kind: 'attachment_failed', atMs: accepted.atMs + minuteMs }
      add(failed, null, { failed: message.recipients })
      continue
    }
    for (let n = 0; n < message.recipients; n++) {
      let atMs = message.createdAtMs
      let number = 0
      let host: string | null = null
      for (const kind of pick(stories)) {
        const isFirst = number === 0
        const isTry = ['delivered', 'deferred', 'bounced', 'expired'].includes(kind)
        // Above the least time between two attempts, and past the hour now and then.
        atMs += 15_000 + Math.floor(random() * 40 * minuteMs)
        if (!isTry) {
          const at = kind === 'complained' ? host : null
          if (kind === 'requeued' || kind === 'resubscribed')
            plan.events.push({ message, n, kind, atMs })
          else add({ message, n, kind, atMs }, at, { [kind]: 1 })
          continue
        }
        host = pick(names)
        const startedAtMs = atMs - Math.floor(random() * 5_000)
        const outcome = kind === 'expired' ? 'unreachable' : kind
        const attempt = { host, number: ++number, startedAtMs, outcome }
        const tried = isFirst && kind !== 'expired' ? 1 : 0
        add({ message, n, kind, atMs, attempt }, host, { [kind]: 1, tried })
      }
    }
  }
  await plantEvents(world.database, plan.events)
  return plan
}

const nobody = '00000000-0000-0000-0000-000000000000'

async function storedRows(accounts: string[]): Promise<Map<string, Counts>> {
  const rows = await query<Record<string, string> & { hour: Date }>(
    'select * from postern.statistics_hours where account_id = any ($1)',
    [accounts],
  )
  return new Map(
    rows.map((row) => {
      const { account_id, hour, stream, domain_id, provider } = row
      const counts = noCounts()
      for (const name of countNames) counts[name] = Number(row[name])
      return [[account_id, hour.toISOString(), stream, domain_id, provider].join(' '), counts]
    }),
  )
}

const sorted = (rows: Map<string, Counts>) => [...rows].sort(([a], [b]) => (a < b ? -1 : 1))

for (const seed of [1, 20, 300]) {
  test(`what is added up is what has happened, in whatever steps and by however many at once (seed ${seed})`, async () => {
    const random = seededRandom(seed)
    const accounts = [(await world.addAccount()).id, (await world.addAccount()).id]
    await query("select private.make_partitions((now() at time zone 'utc')::date - 2)")
    const { expected } = await plantRandomly(accounts, random)
    await setWatermark(new Date(Date.now() - 4 * dayMs))
    const steps = {
      stepSeconds: 1_200 + Math.floor(random() * 90_000),
      rowLimit: 3 + Math.floor(random() * 200),
    }
    await Promise.all([count(steps), count(steps)])
    await count(steps)
    assert.deepEqual(sorted(await storedRows(accounts)), sorted(expected))
  })
}

test('an event is counted once the transactions of its moment have ended, and then once', async () => {
  const { id: accountId } = await world.addAccount()
  await count()
  const message = await plantMessage(world.database, {
    accountId,
    stream: 'bulk',
    domainId: null,
    recipients: 2,
    createdAtMs: Date.now(),
  })
  // By the clock of the database, as all events are.
  await query(
    `insert into postern.events (lane, account_id, message_id, n, kind, at)
     select private.lane_of($1), $1, $2, null, 'accepted', now()`,
    [accountId, message.id],
  )
  await count({ behindSeconds: 45 })
  assert.equal((await storedRows([accountId])).size, 0)
  await count()
  await count()
  const [counts] = (await storedRows([accountId])).values()
  assert.deepEqual([counts?.messages, counts?.recipients], [1, 2])
})

test('hosts are named before anything is counted, and asked for again after a week', async () => {
  const { id: accountId } = await world.addAccount()
  await count()
  const createdAtMs = Date.now()
  const base = { accountId, stream: 'bulk', domainId: null, recipients: 1, createdAtMs } as const
  const message = await plantMessage(world.database, base)
  const host = 'mx1.fresh.example'
  const attempt = { host, number: 1, startedAtMs: createdAtMs, outcome: 'delivered' }
  await plantEvents(world.database, [
    { message, n: 0, kind: 'delivered', atMs: createdAtMs, attempt },
  ])
  await setWatermark(new Date(createdAtMs - 1))
  const answer = await countStatistics(jobs, ticket, limits)
  assert.deepEqual(answer, { more: true, unnamedHosts: [host] })
  assert.equal((await storedRows([accountId])).size, 0)
  await nameHosts(jobs, ticket, [{ host, provider: 'fresh.example' }])
  assert.deepEqual((await countStatistics(jobs, ticket, limits)).unnamedHosts, [])
  assert.equal((await storedRows([accountId])).size, 1)
  await query("update private.mail_hosts set named_at = now() - interval '8 days'")
  await nameHosts(jobs, ticket, [])
  assert.deepEqual(await query('select host from private.mail_hosts'), [])
})

test('an hour of an account names so many providers, the most used first; the rest is other', async () => {
  const { id: accountId, apiKey } = await world.addAccount()
  const atMs = Math.floor(Date.now() / hourMs) * hourMs - 2 * hourMs + minuteMs
  const base = { accountId, stream: 'bulk', domainId: null, recipients: 1 } as const
  const plant = async (providers: string[], minute: number) => {
    const createdAtMs = atMs + minute * minuteMs
    const message = await plantMessage(world.database, { ...base, createdAtMs })
    await plantEvents(
      world.database,
      providers.map((provider, n) => {
        const attempt = {
          host: `mx.${provider}`,
          number: 1,
          startedAtMs: createdAtMs + 400,
          outcome: 'delivered',
        }
        return { message, n, kind: 'delivered', atMs: createdAtMs + 400, attempt }
      }),
    )
  }
  const small = Array.from({ length: 6 }, (_, index) => `small${index}.example`)
  await plant(['big.example', 'big.example', ...small, 'big.example'], 0)
  await setWatermark(new Date(atMs - 1))
  await count({ rowsMax: 4, stepSeconds: 60 })
  await plant(['big.example', 'later.example'], 5)
  await setWatermark(new Date(atMs + 5 * minuteMs))
  await count({ rowsMax: 4, stepSeconds: 60 })
  const rows = await query<{ provider: string; delivered: string }>(
    'select provider, delivered from postern.statistics_hours where account_id = $1 order by provider',
    [accountId],
  )
  assert.deepEqual(
    rows.map(({ provider, delivered }) => `${provider} ${delivered}`),
    ['big.example 4', 'other 4', 'small0.example 1', 'small1.example 1', 'small2.example 1'],
  )
  const overview = await readOverview(world.api.sql, tokenProof(apiKey), {
    fromMs: atMs,
    tillMs: atMs + hourMs,
    granularity: 'hourly',
    zone: findTimeZone('UTC')!,
    domainIds: null,
  })
  assert.deepEqual(
    overview.providers.map(({ provider, counts, times }) => [
      provider,
      counts.delivered,
      times.deliveries,
    ]),
    [
      ['big.example', 4, 4],
      ['small0.example', 1, 1],
      ['small1.example', 1, 1],
      ['small2.example', 1, 1],
      ['other', 4, 4],
    ],
  )
})

test('the overview tells each period, and how long deliveries took', async () => {
  const { id: accountId, apiKey } = await world.addAccount()
  const other = await world.addAccount()
  const startMs = Math.floor(Date.now() / hourMs) * hourMs - 5 * hourMs
  const base = { accountId, stream: 'bulk', domainId: null, recipients: 1 } as const
  const message = await plantMessage(world.database, { ...base, createdAtMs: startMs })
  const after = [80, 80, 80, 80, 80, 80, 80, 80, 80, 2 * hourMs]
  await plantEvents(
    world.database,
    after.map((afterMs, n) => {
      const atMs = startMs + afterMs
      const attempt = { host: 'mx.one.example', number: 1, startedAtMs: atMs, outcome: 'delivered' }
      return { message, n, kind: 'delivered', atMs, attempt }
    }),
  )
  await setWatermark(new Date(startMs - 1))
  await count()
  const asked = {
    fromMs: startMs,
    tillMs: startMs + 3 * hourMs,
    granularity: 'hourly',
    zone: findTimeZone('UTC')!,
    domainIds: null,
  } as const
  const overview = await readOverview(world.api.sql, tokenProof(apiKey), asked)
  assert.equal(overview.totals.delivered, 10)
  assert.deepEqual(
    overview.periods.map(({ counts }) => counts.delivered),
    [9, 0, 1],
  )
  const { p50Ms, p90Ms, p99Ms } = overview.times
  assert.ok(p50Ms !== null && p50Ms <= 100, String(p50Ms))
  assert.equal(p90Ms, 100)
  assert.ok(p99Ms !== null && p99Ms > hourMs && p99Ms <= 4 * hourMs, String(p99Ms))
  assert.equal(overview.periods[1]?.times.p50Ms, null)
  const nobodys = await readOverview(world.api.sql, tokenProof(other.apiKey), asked)
  assert.deepEqual([nobodys.totals, nobodys.providers], [noCounts(), []])
})

test('however they are told apart, counts add up to the same', async () => {
  const random = seededRandom(7)
  const { id, apiKey } = await world.addAccount()
  const { expected } = await plantRandomly([id], random)
  await setWatermark(new Date(Date.now() - 4 * dayMs))
  await count()
  const whole = noCounts()
  for (const counts of expected.values()) {
    for (const name of countNames) whole[name] += counts[name]
  }
  const h1 = tokenProof(apiKey)
  const bounds = [4, 2, 0].map((days) => new Date(Date.now() - days * dayMs))
  const splits = [[], ['period'], ['stream', 'provider'], ['domain', 'period']] as const
  for (const split of splits) {
    const selection = { bounds, domainIds: null, split, rowLimit: 10_000 }
    const rows = await findStatistics(world.api.sql, h1, selection)
    const sum = noCounts()
    for (const { counts } of rows) {
      for (const name of countNames) sum[name] += counts[name]
    }
    assert.deepEqual(sum, whole, split.join(' '))
    const times = await findDeliveryTimes(world.api.sql, h1, selection)
    const deliveries = times.reduce((all, row) => all + row.deliveries, 0)
    assert.equal(deliveries, whole.delivered, split.join(' '))
  }
})

test('the events of each day are found by their time, however many there are', async () => {
  await query("select private.make_partitions((now() at time zone 'utc')::date - 9)")
  const indexes = await query<{ options: string[] }>(
    `select c.reloptions as options
       from pg_class c
       join pg_am m on m.oid = c.relam and m.amname = 'brin'
       join pg_index i on i.indexrelid = c.oid
      where i.indrelid = to_regclass('postern.events_' ||
                                     to_char((now() at time zone 'utc')::date - 9, 'YYYYMMDD'))`,
  )
  assert.deepEqual(indexes, [{ options: ['pages_per_range=64', 'autosummarize=on'] }])
})

test('hours of statistics go after 90 days', async () => {
  const { id } = await world.addAccount()
  await query(
    `insert into postern.statistics_hours
     select private.lane_of($1), $1, date_trunc('hour', now()) - make_interval(days => d), 'bulk', $2, '', 1, 1, 0, 0,
            0, 0, 0, 0, 0, 0, 0, '{}' from unnest(array[89, 91]) as d`,
    [id, nobody],
  )
  await forgetOldRows(jobs, ticket, { keepDays: 30, rowLimit: 100 })
  assert.equal((await storedRows([id])).size, 1)
})

test('an installation that has not counted yet begins with its oldest events', async () => {
  const { id } = await world.addAccount()
  await plantRandomly([id], seededRandom(11))
  await query("delete from private.watermarks where name = 'statistics'")
  await query('delete from postern.statistics_hours')
  await count()
  const rows = await storedRows([id])
  const messages = [...rows.values()].reduce((sum, counts) => sum + counts.messages, 0)
  assert.equal(messages, 60)
})

test('another ticket counts nothing and names nothing, and a strange key reads nothing', async () => {
  const stranger = Buffer.alloc(32)
  await assert.rejects(countStatistics(jobs, stranger, limits), { code: '42501' })
  await assert.rejects(nameHosts(jobs, stranger, []), { code: '42501' })
  const bounds = [new Date(0), new Date()]
  const selection = { bounds, domainIds: null, split: [], rowLimit: 10 }
  assert.deepEqual(await findStatistics(world.api.sql, stranger, selection), [])
})
