import assert from 'node:assert/strict'
import { after, before, beforeEach, test } from 'node:test'
import { keepHouse } from '../../src/core/retention/queries.ts'
import { openPool, type Pool } from '../../src/db/sql.ts'
import {
  DomainChecks,
  type DomainChecksDeps,
  openDomainChecksStore,
} from '../../src/jobs/domain-checks.ts'
import { makeRecordLookup } from '../../src/jobs/record-lookup.ts'
import { Refusal } from '../../src/lib/refusal.ts'
import { startRecurring } from '../../src/process/recurring.ts'
import { type RunningApi, startApi } from '../api/running-api.ts'
import { type DnsServer, startDnsServer } from '../support/dns-server.ts'
import { silentLog } from '../support/vault.ts'
import { waitFor } from '../support/wait-for.ts'

let api: RunningApi
let dns: DnsServer
let sql: Pool
let ticket: Buffer
let deps: DomainChecksDeps
let checks: DomainChecks
let nowMs = Date.now()

const hourMs = 60 * 60_000

before(async () => {
  api = await startApi()
  dns = await startDnsServer()
  ticket = await api.database.ticket('jobs')
  sql = openPool(api.database.logins.jobs, { connectionsMax: 2 })
  deps = {
    store: openDomainChecksStore(sql, ticket),
    vault: api.vault.client('jobs', ticket),
    lookUp: makeRecordLookup({ host: '127.0.0.1', port: dns.port }, { timeoutMs: 200 }),
    hostname: 'mail.postern.test',
    clock: { now: () => nowMs },
    random: () => 0.5,
    log: silentLog,
  }
  checks = new DomainChecks(deps)
})
after(async () => {
  await sql.end()
  await dns.stop()
  await api.end()
})
beforeEach(() => {
  nowMs = Date.now()
  dns.zone = {}
  dns.failure = undefined
})

test('a domain whose records are published is verified, and may send', async () => {
  const domain = await addDomain('published.test')
  publish(domain)
  await requestCheck(domain.id)
  assert.equal(await checks.run(), 1)
  const now = await getDomain(domain.id)
  assert.equal(now.status, 'verified')
  assert.deepEqual(statuses(now), ['verified'])
  assert.equal((await sendFrom('published.test')).status, 200)
  assert.equal(await checks.run(), 0)
})

test('a domain without its records stays pending, and says which are missing', async () => {
  const domain = await addDomain('missing.test')
  publish(domain, (record) => record.type === 'MX')
  await requestCheck(domain.id)
  await checks.run()
  const now = await getDomain(domain.id)
  assert.equal(now.status, 'pending')
  assert.deepEqual(statuses(now), ['failed', 'verified'])
  assert.equal((await sendFrom('missing.test')).status, 403)
})

test('a verified domain whose key is gone sends for a day, and then has failed', async () => {
  const domain = await addDomain('lost.test')
  publish(domain)
  await requestCheck(domain.id)
  await checks.run()
  dns.zone = {}
  for (const hours of [0, 12, 11]) {
    await lookAfter(hours * hourMs, domain.id)
    const now = await getDomain(domain.id)
    assert.equal(now.status, 'verified')
    assert.equal(now.records[0]!.status, 'temporary_failure')
  }
  assert.equal((await sendFrom('lost.test')).status, 200)
  await lookAfter(2 * hourMs, domain.id)
  assert.equal((await getDomain(domain.id)).status, 'failed')
})

test('a domain is looked at again by the clock: soon at first, then four times a day', async () => {
  const domain = await addDomain('clock.test')
  const [made] = await api.database.query<{ seconds: number }>(
    `select extract(epoch from next_check_at - now())::float as seconds from postern.domains where id = $1`,
    [domain.id],
  )
  assert.ok(made!.seconds > 60 && made!.seconds <= 120, String(made!.seconds))
  await makeDue(domain.id)
  assert.equal(await checks.run(), 1)
  const pending = await getDomain(domain.id)
  assert.equal(pending.status, 'pending')
  assert.equal(Date.parse(pending.next_check_at!) - nowMs, 2 * 60_000)
  publish(domain)
  await makeDue(domain.id)
  await checks.run()
  const verified = await getDomain(domain.id)
  assert.equal(verified.status, 'verified')
  assert.equal(Date.parse(verified.next_check_at!) - nowMs, 6 * hourMs)
  assert.equal(await checks.run(), 0)
})

test('what was found is shown with who answered, and what is most likely wrong', async () => {
  const domain = await addDomain('wrong.test')
  publish(domain)
  const [active, standby, mx, spf] = domain.records
  dns.zone[`${active!.name}.wrong.test`] = { TXT: [`"${active!.value}"`] }
  delete dns.zone[`${standby!.name}.wrong.test`]
  dns.zone[`${standby!.name}.wrong.test.wrong.test`] = { TXT: [standby!.value] }
  dns.zone[`${spf!.name}.wrong.test`]!.TXT = [spf!.value, 'v=spf1 -all']
  await requestCheck(domain.id)
  await checks.run()
  const now = await getDomain(domain.id)
  assert.equal(now.status, 'pending')
  assert.deepEqual(
    now.records.map(({ status }) => status),
    ['failed', 'failed', 'verified', 'failed'],
  )
  const [first, second, third, fourth] = now.records
  assert.deepEqual(first!.found, [`"${active!.value}"`])
  assert.match(first!.hint ?? '', /quotation marks/)
  assert.match(second!.hint ?? '', /domain twice/)
  assert.deepEqual(third!.found, [`10 ${mx!.value}`])
  assert.equal(third!.answered_by, dns.address)
  assert.match(fourth!.hint ?? '', /Two SPF records/)
})

test('a key behind an alias is found', async () => {
  const domain = await addDomain('alias.test')
  const { records } = (await api.call('GET', `/domains/${domain.id}?dkim=cname`)).body
  for (const [index, record] of domain.records.slice(0, 2).entries()) {
    assert.equal(records[index].type, 'CNAME')
    dns.zone[`${record.name}.alias.test`] = { CNAME: records[index].value }
    dns.zone[records[index].value] = { TXT: [record.value] }
  }
  await requestCheck(domain.id)
  await checks.run()
  assert.equal((await getDomain(domain.id)).status, 'verified')
})

test('a return path of its own is looked for there, and signed once it stands', async () => {
  const { body: domain } = await api.call('POST', '/domains', {
    body: { name: 'path.test', custom_return_path: 'Bounces' },
  })
  assert.equal(domain.records[2].name, 'bounces')
  publish(domain)
  await requestCheck(domain.id)
  await checks.run()
  const [row] = await api.database.query(
    'select return_path_ready, options from postern.domain_states where domain_id = $1',
    [domain.id],
  )
  assert.deepEqual(row, { return_path_ready: true, options: { returnPath: 'bounces' } })
})

test('a resolver that fails takes nothing away, and the domain is soon looked at again', async () => {
  const domain = await addDomain('silent.test')
  publish(domain)
  await requestCheck(domain.id)
  await checks.run()
  dns.failure = 'SERVFAIL'
  await lookAfter(30 * hourMs, domain.id)
  await lookAfter(30 * hourMs, domain.id)
  await lookAfter(30 * hourMs, domain.id)
  const now = await getDomain(domain.id)
  assert.equal(now.status, 'verified')
  assert.equal(Date.parse(now.next_check_at!) - nowMs, 2 * 60_000)
})

test('a domain that nobody could look for says so', async () => {
  const domain = await addDomain('unknown.test')
  dns.failure = 'SERVFAIL'
  await requestCheck(domain.id)
  await checks.run()
  const { body } = await api.call('GET', `/domains/${domain.id}`)
  assert.match(body.hint, /No name server could say/)
  assert.equal(body.records[0].answered_by, null)
})

test('a domain that is deleted while it is looked at stays deleted', async () => {
  const domain = await addDomain('deleted.test')
  publish(domain)
  await requestCheck(domain.id)
  const overtaken = new DomainChecks({
    ...deps,
    store: {
      ...deps.store,
      listDue: async (rowLimit) => {
        const due = await deps.store.listDue(rowLimit)
        await api.call('DELETE', `/domains/${domain.id}`)
        return due
      },
    },
  })
  assert.equal(await overtaken.run(), 1)
  assert.equal(await stateOf(domain.id), 'deleted')
  assert.equal((await sendFrom('deleted.test')).status, 403)
})

test('a name that another account holds verified is not given away', async () => {
  const domain = await addDomain('held.test')
  publish(domain)
  await requestCheck(domain.id)
  await checks.run()
  const other = await addDomain('held.test', api.second.apiKey)
  publish(other)
  await requestCheck(other.id, api.second.apiKey)
  await checks.run()
  assert.equal(await stateOf(other.id), 'not_started')
  const { body } = await api.call('GET', `/domains/${other.id}`, { key: api.second.apiKey })
  assert.match(body.hint, /not free yet.*POST \/domains\/claim/)
  assert.ok(Date.parse(body.next_check_at) < Date.now() + hourMs)
  assert.equal(await stateOf(domain.id), 'verified')
})

test('while vault is away checks stay due, and one that fails for itself does not', async () => {
  const domain = await addDomain('waiting.test')
  publish(domain)
  await requestCheck(domain.id)
  const refuse = (code: 'unavailable' | 'not_permitted') =>
    new DomainChecks({
      ...deps,
      vault: { authorise: () => Promise.reject(new Refusal(code, 'vault says no')) },
    })
  await assert.rejects(refuse('unavailable').run(), Refusal)
  assert.equal(await refuse('not_permitted').run(), 1)
  assert.equal(await checks.run(), 0)
})

test('housekeeping makes the partitions of the coming days', async () => {
  await keepHouse(sql, ticket, { daysAhead: 2, rowLimit: 100 })
  const rows = await api.database.query(
    `select from pg_class where relname = 'events_' || to_char(now() at time zone 'utc' + interval '2 days', 'YYYYMMDD')`,
  )
  assert.equal(rows.length, 1)
})

test('recurring work goes on after an outage, and is woken before its time', async () => {
  let rounds = 0
  const work = startRecurring({
    operation: 'test',
    everyMs: 60_000,
    retryMs: 1,
    round: async () => {
      rounds += 1
      if (rounds === 1) throw new Refusal('unavailable', 'away')
      return false
    },
    log: silentLog,
  })
  await waitFor(() => rounds === 2, { what: 'the second round' })
  work.wake()
  await waitFor(() => rounds === 3, { what: 'the third round' })
  await work.stop()
  assert.equal(rounds, 3)
})

/** A look at the domain, so long after the one before. */
async function lookAfter(milliseconds: number, domainId: string): Promise<void> {
  nowMs += milliseconds
  await requestCheck(domainId)
  await checks.run()
}

async function makeDue(domainId: string): Promise<void> {
  await api.database.query(`update postern.domains set next_check_at = now() where id = $1`, [
    domainId,
  ])
}

interface DomainBody {
  id: string
  name: string
  status: string
  next_check_at: string | null
  records: {
    record: string
    type: string
    name: string
    value: string
    priority?: number
    status: string
    found: string[] | null
    answered_by: string | null
    hint: string | null
  }[]
}

async function addDomain(name: string, key = api.first.apiKey): Promise<DomainBody> {
  const { status, body } = await api.call('POST', '/domains', { key, body: { name } })
  assert.equal(status, 201)
  return body
}

async function getDomain(id: string): Promise<DomainBody> {
  return (await api.call('GET', `/domains/${id}`)).body
}

async function requestCheck(id: string, key = api.first.apiKey): Promise<void> {
  assert.equal((await api.call('POST', `/domains/${id}/verify`, { key })).status, 200)
}

async function stateOf(id: string): Promise<string> {
  const [row] = await api.database.query<{ status: string }>(
    'select status from postern.domain_states where domain_id = $1',
    [id],
  )
  return row!.status
}

function statuses({ records }: DomainBody): string[] {
  return [...new Set(records.map(({ status }) => status))].sort()
}

/** As its owner would, all names being relative to the registered domain. */
function publish(
  { name: domain, records }: DomainBody,
  isPublished: (record: DomainBody['records'][number]) => boolean = () => true,
): void {
  for (const record of records.filter(isPublished)) {
    const name = `${record.name}.${domain}`
    const entry = dns.zone[name] ?? {}
    dns.zone[name] = entry
    if (record.type === 'MX') {
      entry.MX = [{ priority: record.priority ?? 10, exchange: record.value }]
    } else entry.TXT = [record.value]
  }
}

function sendFrom(domain: string) {
  return api.call('POST', '/emails', {
    body: { from: `a@${domain}`, to: 'b@example.test', subject: 'Hello', text: 'Hello' },
  })
}
