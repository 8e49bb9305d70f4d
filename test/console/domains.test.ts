/** /api/domains on the real console, with the real check behind it and a name server of the test. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { openPool, type Pool } from '../../src/db/sql.ts'
import { DomainChecks, openDomainChecksStore } from '../../src/jobs/domain-checks.ts'
import { makeRecordLookup } from '../../src/jobs/record-lookup.ts'
import { type DnsServer, startDnsServer } from '../support/dns-server.ts'
import { silentLog } from '../support/vault.ts'
import { waitFor } from '../support/wait-for.ts'
import {
  demandAlike,
  demandRefused,
  freshen,
  memberBrowser,
  type Route,
} from './account-support.ts'
import {
  type Answer,
  type PeopleConsole,
  type SignedInBrowser,
  startPeopleConsole,
} from './people-console.ts'

interface Domain {
  id: string
  name: string
  zone: string
  status: string
  return_path: string
  created_at: string
  records: {
    purpose: string
    type: string
    name: string
    name_in_zone: string
    value: string
    priority: number | null
    status: string
    found: string[] | null
    answered_by: string | null
    hint: string | null
    lookups: number | null
  }[]
}

let running: PeopleConsole
let owner: SignedInBrowser
let other: SignedInBrowser
let dns: DnsServer
let jobsSql: Pool
let checks: DomainChecks

before(async () => {
  running = await startPeopleConsole()
  owner = await running.owner()
  other = await running.owner('eve@example.com', await running.makeAccount('Umbrella'))
  dns = await startDnsServer()
  const ticket = await running.database.ticket('jobs')
  jobsSql = openPool(running.database.logins.jobs, { connectionsMax: 2 })
  checks = new DomainChecks({
    store: openDomainChecksStore(jobsSql, ticket),
    vault: running.vault.client('jobs', ticket),
    lookUp: makeRecordLookup({ host: '127.0.0.1', port: dns.port }, { timeoutMs: 500 }),
    hostname: 'postern.test',
    clock: running.clock,
    random: () => 0.5,
    log: silentLog,
  })
})
after(async () => {
  await jobsSql.end()
  await dns.stop()
  await running.close()
})

const reading: Route[] = [
  { method: 'GET', path: (id) => `/api/domains/${id}` },
  { method: 'GET', path: (id) => `/api/domains/${id}?dkim=cname` },
  { method: 'GET', path: (id) => `/api/domains/${id}/claim` },
]
const changing: Route[] = [
  { method: 'POST', path: (id) => `/api/domains/${id}/verify` },
  { method: 'PATCH', path: (id) => `/api/domains/${id}`, body: { tls: 'enforced' } },
  { method: 'PATCH', path: (id) => `/api/domains/${id}`, body: { ed25519: true } },
  { method: 'POST', path: (id) => `/api/domains/${id}/claim` },
  { method: 'POST', path: (id) => `/api/domains/${id}/claim/verify` },
  { method: 'POST', path: (id) => `/api/domains/${id}/rotate` },
  { method: 'POST', path: (id) => `/api/domains/${id}/standby-key` },
  { method: 'DELETE', path: (id) => `/api/domains/${id}` },
]
const list: Route = { method: 'GET', path: () => '/api/domains' }
const adding: Route = {
  method: 'POST',
  path: () => '/api/domains',
  body: { name: 'new.example.org' },
}

async function add(name: string, wanted: Record<string, unknown> = {}, by = owner) {
  await freshen(running, by)
  const { status, body } = await by.browser.ask('POST', '/api/domains', { name, ...wanted })
  assert.equal(status, 201, JSON.stringify(body))
  return body as Domain
}

async function read(id: string, by = owner): Promise<Answer['body']> {
  return (await by.browser.ask('GET', `/api/domains/${id}`)).body
}

function publish({ records }: Domain, isPublished: (purpose: string) => boolean = () => true) {
  for (const { purpose, type, name, value, priority } of records) {
    if (!isPublished(purpose)) continue
    const entry = dns.zone[name] ?? {}
    dns.zone[name] = entry
    if (type === 'MX') entry.MX = [{ priority: priority ?? 10, exchange: value }]
    else entry.TXT = [value]
  }
}

async function check({ id }: Domain, by = owner) {
  assert.equal((await by.browser.ask('POST', `/api/domains/${id}/verify`)).status, 204)
  assert.equal((await read(id, by)).is_checking, true)
  await checks.run()
  return read(id, by)
}

test('what the SPF record of the domain itself costs is told as advice, and changes nothing', async () => {
  const domain = await add('spf.example')
  publish(domain)
  assert.equal((await check(domain)).own_spf, null)
  const cases: [texts: string[], told: Record<string, unknown>][] = [
    [['a text of another kind'], {}],
    [
      ['another text', 'v=spf1 include:deep.example a:gone.example -all'],
      { is_error: false, lookups: 3, void_lookups: 1 },
    ],
    [[`v=spf1 ${'a '.repeat(11)}-all`], { is_error: true, lookups: 11 }],
    [['v=spf1 -all', 'v=spf1 ~all'], { is_error: true, lookups: null, void_lookups: null }],
    [['v=spf1 ip4:192.0.2.1 -all'], { is_error: false, lookups: 0, void_lookups: 0, hint: null }],
  ]
  dns.zone['deep.example'] = { TXT: ['v=spf1 a -all'], A: ['192.0.2.7'] }
  for (const [texts, told] of cases) {
    dns.zone[domain.name] = { TXT: texts, A: ['192.0.2.8'] }
    const { own_spf: spf, status, records } = await check(domain)
    assert.equal(status, 'verified')
    assert.equal(records.length, domain.records.length)
    if (Object.keys(told).length === 0) assert.equal(spf, null)
    else {
      assert.deepEqual({ ...spf, ...told }, spf, texts.join())
      assert.deepEqual(
        spf.found,
        texts.filter((text) => text.startsWith('v=spf1')),
      )
      assert.equal(spf.is_error, /permerror/.test(spf.hint ?? ''))
    }
  }
})

test('a domain is added with its records, named as they are entered at its zone', async () => {
  const domain = await add('Mail.Shop.example')
  const shown = await read(domain.id)
  assert.deepEqual(shown, { ...domain })
  assert.equal(shown.name, 'mail.shop.example')
  assert.equal(shown.zone, 'shop.example')
  assert.equal(shown.return_path, 'send.mail.shop.example')
  assert.equal(shown.status, 'not_started')
  const names = domain.records.map((record) => [record.purpose, record.type, record.name_in_zone])
  const [active, standby] = names.filter(([purpose]) => purpose?.startsWith('dkim'))
  assert.match(String(active?.[2]), /\._domainkey\.mail$/)
  assert.equal(standby?.[0], 'dkim_standby')
  assert.deepEqual(names.slice(2), [
    ['return_path', 'MX', 'send.mail'],
    ['return_path', 'TXT', 'send.mail'],
    ['dmarc', 'TXT', '_dmarc.mail'],
  ])
  assert.ok(domain.records.every(({ found, status }) => found === null && status === 'not_started'))
  const listed = (await owner.browser.ask('GET', '/api/domains')).body
  assert.deepEqual(listed.data[0], {
    id: domain.id,
    name: 'mail.shop.example',
    unicode_name: null,
    status: 'not_started',
    created_at: shown.created_at,
    checked_at: null,
  })
  const aliases = (await owner.browser.ask('GET', `/api/domains/${domain.id}?dkim=cname`)).body
  assert.deepEqual(
    aliases.records.map(({ type }: { type: string }) => type),
    ['CNAME', 'CNAME', 'MX', 'TXT', 'TXT'],
  )
})

test('a published domain is verified, and who said so and what SPF costs is shown', async () => {
  const domain = await add('good.example')
  publish(domain)
  dns.zone['_spf.postern.test'] = { TXT: ['v=spf1 ip4:192.0.2.1 -all'] }
  const checked = await check(domain)
  assert.equal(checked.status, 'verified')
  assert.equal(checked.return_path_ready, true)
  assert.equal(checked.is_checking, false)
  assert.ok(Date.parse(checked.next_check_at) > Date.parse(checked.checked_at))
  for (const record of checked.records) {
    assert.equal(record.status, 'verified', record.name)
    assert.match(record.answered_by, /^127\.0\.0\.1/)
  }
  const spf = checked.records.find(
    ({ purpose, type }: { purpose: string; type: string }) =>
      purpose === 'return_path' && type === 'TXT',
  )
  assert.equal(spf.lookups, 1)
  const others = checked.records.filter((record: unknown) => record !== spf)
  assert.ok(others.every(({ lookups }: { lookups: unknown }) => lookups === null))
})

test('what stands in DNS instead is shown with what its owner most likely did', async () => {
  const domain = await add('twice.example')
  publish(domain, (purpose) => purpose !== 'dkim')
  const key = domain.records.find(({ purpose }) => purpose === 'dkim')
  assert.ok(key)
  dns.zone[`${key.name}.twice.example`] = { TXT: [key.value] }
  const checked = await check(domain)
  assert.equal(checked.status, 'pending')
  const found = checked.records.find(({ purpose }: { purpose: string }) => purpose === 'dkim')
  assert.deepEqual([found.status, found.found], ['failed', []])
  assert.match(found.hint, /domain twice/)
})

test('how a domain signs and sends is changed, and a new key is one record more', async () => {
  const domain = await add('ways.example')
  const path = `/api/domains/${domain.id}`
  assert.equal((await owner.browser.ask('PATCH', path, { tls: 'enforced' })).status, 204)
  assert.equal((await owner.browser.ask('PATCH', path, { ed25519: true })).status, 204)
  const changed = await read(domain.id)
  assert.deepEqual([changed.tls, changed.ed25519], ['enforced', true])
  assert.equal(changed.records.length, domain.records.length + 1)
  assert.equal((await owner.browser.ask('PATCH', path, { ed25519: false })).status, 204)
  assert.equal((await read(domain.id)).records.length, domain.records.length)
})

test('a deleted domain is gone', async () => {
  const domain = await add('gone.example')
  assert.equal((await owner.browser.ask('DELETE', `/api/domains/${domain.id}`)).status, 204)
  assert.equal((await owner.browser.ask('GET', `/api/domains/${domain.id}`)).status, 404)
})

/** Asks for the rotation, and looks the records up as jobs would meanwhile. */
async function rotate({ id }: Domain) {
  let answer: Answer | undefined
  const asked = owner.browser.ask('POST', `/api/domains/${id}/rotate`).then((given) => {
    answer = given
  })
  const isAnswered = async () => {
    await checks.run()
    return answer !== undefined
  }
  await waitFor(isAnswered, { what: 'the answer', seconds: 60 })
  await asked
  return answer ?? assert.fail('no answer')
}

async function linesOf(id: string): Promise<string[]> {
  const rows = await running.database.query<{ action: string }>(
    'select action from postern.ledger where object_id = $1 order by id',
    [id],
  )
  return rows.map(({ action }) => action)
}

const selectorsOf = ({ active_selector: active, standby_selector: standby }: Answer['body']) => [
  active,
  standby,
]

test('keys change places once the standby key is published, and not before', async () => {
  const domain = await add('rotated.example')
  publish(domain, (purpose) => purpose !== 'dkim_standby')
  assert.equal((await check(domain)).status, 'verified')
  const standby = domain.records.find(({ purpose }) => purpose === 'dkim_standby')
  assert.ok(standby)
  const before = await read(domain.id)
  for (const [values, reason] of [
    [[], /Nothing stands there/],
    [[`${standby.value.slice(0, -20)}`], /cut off/],
  ] as const) {
    dns.zone[standby.name] = { TXT: [...values] }
    const { status, body } = await rotate(domain)
    assert.deepEqual([status, body.error.code], [409, 'not_ready'])
    assert.ok(body.error.message.includes(standby.name), body.error.message)
    assert.match(body.error.message, reason)
    const shown = (await read(domain.id)).records.find(
      ({ purpose }: { purpose: string }) => purpose === 'dkim_standby',
    )
    assert.deepEqual([shown.value, shown.found], [standby.value, values])
  }
  dns.zone[standby.name] = { fails: 'SERVFAIL' }
  assert.match((await rotate(domain)).body.error.message, /No name server could say/)
  assert.deepEqual(selectorsOf(await read(domain.id)), selectorsOf(before))
  dns.zone[standby.name] = { TXT: [standby.value] }
  const { status, body } = await rotate(domain)
  assert.equal(status, 204, JSON.stringify(body))
  const after = await read(domain.id)
  assert.deepEqual(selectorsOf(after), selectorsOf(before).reverse())
  assert.equal(after.status, 'verified')
  assert.ok(Date.parse(after.rotated_at) > 0)
  assert.deepEqual((await linesOf(domain.id)).slice(-1), ['domain.rotate'])
  // The next look goes by the key that signs now.
  delete dns.zone[domain.records[0]?.name ?? '']
  assert.equal((await check(domain)).status, 'verified')
})

test('deleting a domain and changing its keys take a factor shown lately; adding one does not', async () => {
  const domain = await add('fresh.example')
  running.clock.forward(11 * 60_000)
  const path = `/api/domains/${domain.id}`
  for (const [method, body, rest = ''] of [
    ['DELETE', undefined],
    ['PATCH', { ed25519: true }],
    ['POST', undefined, '/rotate'],
    ['POST', undefined, '/standby-key'],
  ] as const) {
    const answer = await owner.browser.ask(method, path + rest, body)
    assert.equal(answer.body.error.code, 'step_up_needed', method + rest)
  }
  const added = await owner.browser.ask('POST', '/api/domains', { name: 'any.example' })
  assert.equal(added.status, 201)
})

test('a name that another account has is claimed by a record in its DNS', async () => {
  const held = await add('claimed.example', {}, other)
  publish(held)
  assert.equal((await check(held, other)).status, 'verified')
  const mine = await add('claimed.example')
  publish(mine)
  const checked = await check(mine)
  assert.deepEqual([checked.status, checked.obstacle], ['not_started', 'held'])
  const path = `/api/domains/${mine.id}/claim`
  assert.equal((await owner.browser.ask('GET', path)).status, 404)
  const claimed = await owner.browser.ask('POST', path)
  assert.equal(claimed.status, 201)
  assert.equal(claimed.body.status, 'pending')
  assert.equal(claimed.body.record.name_in_zone, '@')
  assert.match(claimed.body.record.value, /^postern-domain-verification=/)
  assert.equal((await owner.browser.ask('POST', path)).status, 200)
  assert.deepEqual((await owner.browser.ask('GET', path)).body, claimed.body)
  assert.equal((await owner.browser.ask('POST', `${path}/verify`)).status, 200)
})

test('what cannot be is refused', async () => {
  await add('taken.example')
  const cases: [Record<string, unknown>, number, string][] = [
    [{ name: 'not a name' }, 422, 'invalid_input'],
    [{ name: 'co.uk' }, 422, 'invalid_input'],
    [{ name: 'taken.example' }, 409, 'already_exists'],
    [{ name: 'a.example', custom_return_path: 'two.labels' }, 422, 'invalid_input'],
    [{ name: 'a.example', tls: 'never' }, 422, 'invalid_input'],
    [{ name: 'a.example', status: 'verified' }, 422, 'invalid_input'],
    [{}, 422, 'missing_field'],
  ]
  for (const [body, status, code] of cases) {
    const answer = await owner.browser.ask('POST', '/api/domains', body)
    assert.equal(answer.status, status, JSON.stringify([body, answer.body]))
    assert.equal(answer.body.error.code, code, JSON.stringify(body))
  }
})

test('roles see the domains they may see, and change those they may change', async () => {
  const { id } = await add('roles.example')
  const billing = await memberBrowser(running, owner, { role: 'billing' })
  await demandRefused(billing, [list, ...reading], 'domains:read')
  await demandRefused(billing, [adding, ...changing], 'domains:write')
  for (const role of ['marketer', 'analyst'] as const) {
    const member = await memberBrowser(running, owner, { role })
    assert.equal((await member.ask('GET', `/api/domains/${id}`)).status, 200)
    await demandRefused(member, [adding, ...changing], 'domains:write')
  }
  const developer = await memberBrowser(running, owner, { role: 'developer' })
  const verify = await developer.ask('POST', `/api/domains/${id}/verify`)
  assert.equal(verify.status, 204)
})

test('the domain of another account is as if it did not exist', async () => {
  const domain = await add('private.example')
  await owner.browser.ask('POST', `/api/domains/${domain.id}/claim`)
  await freshen(running, other)
  await demandAlike(other.browser, [...reading, ...changing], domain.id)
  const { body } = await other.browser.ask('GET', '/api/domains?limit=100')
  assert.ok(!body.data.some(({ name }: { name: string }) => name === domain.name))
  assert.equal((await read(domain.id)).tls, 'opportunistic')
})

test('a state that vault has not signed is not shown as verified', async () => {
  const { id } = await add('forged.example')
  await running.database.query(
    "update postern.domain_states set status = 'verified' where domain_id = $1",
    [id],
  )
  assert.equal((await read(id)).status, 'failed')
  assert.ok(running.logged.some(([event]) => event === 'alarm: authority row not signed by vault'))
})

// The last one: a week later every session has ended.
test('a standby key is replaced once no mail of it can be on its way, and has to be published anew', async () => {
  const domain = await add('replaced.example')
  publish(domain)
  await check(domain)
  const [active, standby] = domain.records
  const path = `/api/domains/${domain.id}/standby-key`
  assert.equal((await owner.browser.ask('POST', path)).status, 204)
  const replaced = await read(domain.id)
  assert.equal(replaced.records[0].value, active?.value)
  assert.equal(replaced.records[1].name, standby?.name)
  assert.notEqual(replaced.records[1].value, standby?.value)
  assert.equal(replaced.records[1].found, null)
  const early = await rotate(domain)
  assert.deepEqual([early.status, early.body.error.code], [409, 'not_ready'])
  publish(replaced)
  assert.equal((await rotate(domain)).status, 204)
  const refused = await owner.browser.ask('POST', path)
  assert.deepEqual([refused.status, refused.body.error.code], [409, 'not_ready'])
  running.clock.forward(7 * 24 * 3600_000)
  const again = await running.owner('later@example.com')
  assert.equal((await again.browser.ask('POST', path)).status, 204)
  const actions = (await linesOf(domain.id)).filter((action) => action !== 'domain.change')
  assert.deepEqual(actions, [
    'domain.create',
    'domain.replace_key',
    'domain.rotate',
    'domain.replace_key',
  ])
})
