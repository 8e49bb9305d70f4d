/** Sending domains on the command line, against a whole instance with a name server and a relay of the test's own. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import {
  listDomains,
  listDomainsNamed,
  requestAllDomainChecks,
  requestDomainCheck,
} from '../../src/core/operations/domain-queries.ts'
import { openPool } from '../../src/db/sql.ts'
import { tokenProof } from '../../src/lib/token.ts'
import { type RunningApi, startApi } from '../api/running-api.ts'
import { type DnsServer, startDnsServer } from '../support/dns-server.ts'
import { type Instance, startInstance } from '../support/instance.ts'
import { type MailHost, startMailHost, usualCapabilities } from '../support/mail-host.ts'

const hostname = 'mail.postern.test'
let instance: Instance
let dns: DnsServer
let relay: MailHost
let account: string

before(async () => {
  dns = await startDnsServer()
  relay = await startMailHost({ capabilities: [...usualCapabilities, 'STARTTLS'] })
  instance = await startInstance({
    settings: {
      POSTERN_DNS: dns.address,
      POSTERN_HOSTNAME: hostname,
      POSTERN_ROUTE: `smtp://127.0.0.1:${relay.port}`,
    },
  })
  const { data } = await json<{ data: { id: string }[] }>('account', 'list')
  account = data[0]!.id
})

after(async () => {
  await instance?.stop()
  await relay?.stop()
  await dns?.stop()
})

interface Shown {
  id: string
  name: string
  status: string
  txt: {
    record: string
    type: string
    name: string
    value: string
    status: string
    hint: string | null
  }[]
}

interface Doctor {
  ok: boolean
  data: { name: string; level: string; says: string; fix: string | null }[]
}

test('a domain is added, published, verified and listed', async () => {
  const added = await json<Shown>('domain', 'add', 'Shop.Example', '--account', account)
  assert.deepEqual([added.name, added.status], ['shop.example', 'not_started'])
  const early = await instance.postern('domain', 'verify', 'shop.example')
  assert.equal(early.code, 1)
  assert.match(
    early.stdout,
    /failed +TXT +postern1\._domainkey\.shop\.example +nothing stands there/,
  )
  publish(added)
  const { data } = await json<{ data: Shown[] }>('domain', 'verify', 'shop.example')
  assert.equal(data[0]!.status, 'verified')
  const listed = await json<{ data: Shown[] }>('domain', 'list', '--account', account)
  assert.deepEqual(
    listed.data.map(({ name, status }) => [name, status]),
    [['shop.example', 'verified']],
  )
  const all = await json<{ data: Shown[] }>('domain', 'list')
  assert.deepEqual(
    all.data.map(({ name }) => name),
    ['shop.example'],
  )
  const sandbox = await instance.postern('domain', 'verify', 'postern.localhost')
  assert.equal(sandbox.code, 1)
  const records = await instance.postern('domain', 'records', 'shop.example')
  assert.equal(records.code, 0)
  assert.match(records.stdout, /CNAME +postern1\._domainkey\.shop\.example/)
})

for (const [args, code, says] of [
  [['add', 'co.uk', '--account', 'ACCOUNT'], 1, /public suffix/],
  [['add', 'x.example'], 2, /--account must be given/],
  [['add', 'x.example', '--account', '01890a5d-ac96-774b-bcce-b302099a8057'], 1, /account list/],
  [['verify', 'nobody.example'], 1, /domain add nobody\.example/],
  [['records', 'no domain'], 2, /must be a domain/],
  [['verfy', 'x.example'], 2, /did you mean verify/],
] as const) {
  test(`\`domain ${args.join(' ')}\` says what to do instead`, async () => {
    const given = args.map((one) => (one === 'ACCOUNT' ? account : one))
    const answer = await instance.postern('domain', ...given)
    assert.equal(answer.code, code, answer.stderr)
    assert.match(answer.stderr, says)
  })
}

test('before going live the doctor names everything that is missing', async () => {
  const { code, stdout } = await instance.postern('doctor', '--live', 'absent.example', '--json')
  assert.equal(code, 1)
  const { ok, data } = JSON.parse(stdout) as Doctor
  assert.equal(ok, false)
  const levels = new Map(data.map(({ name, level }) => [name, level]))
  assert.deepEqual(
    ['zone', 'domain', 'dmarc', 'replies', 'hostname', 'route', 'port 25', 'blocklists'].map(
      (name) => [name, levels.get(name)],
    ),
    [
      ['zone', 'ok'],
      ['domain', 'fail'],
      ['dmarc', 'warn'],
      ['replies', 'warn'],
      ['hostname', 'fail'],
      ['route', 'ok'],
      ['port 25', 'warn'],
      ['blocklists', 'ok'],
    ],
  )
  for (const { level, fix } of data) assert.equal(fix === null, level === 'ok')
  const wrong = await instance.postern('doctor', '--live', 'no domain')
  assert.equal(wrong.code, 2)
})

test('once everything is published the doctor has nothing to put right', async () => {
  const added = await json<Shown>('domain', 'add', 'live.example', '--account', account)
  publish(added)
  dns.zone['live.example'] = { MX: [{ priority: 10, exchange: 'mx.live.example' }] }
  dns.zone['mx.live.example'] = { A: ['127.0.0.1'] }
  dns.zone['_dmarc.live.example'] = { TXT: ['v=DMARC1; p=none'] }
  dns.zone[hostname] = {
    A: ['192.0.2.7'],
    AAAA: ['2001:db8::7'],
    MX: [{ priority: 10, exchange: hostname }],
  }
  dns.zone['7.2.0.192.in-addr.arpa'] = { PTR: [hostname] }
  dns.zone[`7${'.0'.repeat(23)}.8.b.d.0.1.0.0.2.ip6.arpa`] = { PTR: [hostname] }
  dns.zone[`_spf.${hostname}`] = { TXT: ['v=spf1 ip4:192.0.2.7 ip6:2001:db8::7 -all'] }
  await json('domain', 'verify', 'live.example')
  const found = await json<Doctor>('doctor', '--live', 'live.example')
  assert.equal(found.ok, true)
  const bad = found.data.filter(({ level, name }) => level !== 'ok' && name !== 'port 25')
  assert.deepEqual(bad, [])
  assert.match(found.data.find(({ name }) => name === 'tls')?.says ?? '', /TLSv1\.3/)

  dns.zone['7.2.0.192.in-addr.arpa'] = { PTR: ['dialin.provider.test'] }
  const { code, stdout } = await instance.postern('doctor', '--live', 'live.example')
  assert.equal(code, 1)
  assert.match(stdout, /fail +reverse name +192\.0\.2\.7 has dialin\.provider\.test in reverse/)
  assert.match(stdout, /1 thing must be put right/)
})

test('the operator’s questions about domains reach all accounts and take the token', async () => {
  const api: RunningApi = await startApi()
  const sql = openPool(api.database.logins.ops, { connectionsMax: 1 })
  try {
    for (const { apiKey: key } of [api.first, api.second]) {
      await api.call('POST', '/domains', { key, body: { name: 'both.example' } })
    }
    const h1 = tokenProof(api.database.operatorToken)
    assert.equal((await listDomainsNamed(sql, h1, 'both.example')).length, 2)
    assert.equal(await requestDomainCheck(sql, h1, 'both.example'), 2)
    assert.equal((await requestAllDomainChecks(sql, h1)).length, 2)
    await assert.rejects(requestAllDomainChecks(sql, Buffer.alloc(32)))
    const page = { after: null, limit: 10 }
    assert.equal((await listDomains(sql, h1, { accountId: null, ...page })).length, 2)
    const own = await listDomains(sql, h1, { accountId: api.first.id, ...page })
    assert.deepEqual(
      own.map(({ accountId, checkRequested }) => [accountId, checkRequested]),
      [[api.first.id, true]],
    )
    await assert.rejects(listDomainsNamed(sql, Buffer.alloc(32), 'both.example'))
  } finally {
    await sql.end()
    await api.end()
  }
})

async function json<Body>(...args: string[]): Promise<Body> {
  const { code, stdout, stderr } = await instance.postern(...args, '--json')
  assert.equal(code, 0, stderr + stdout)
  return JSON.parse(stdout) as Body
}

function publish({ txt }: Shown): void {
  for (const { record, type, name, value } of txt) {
    if (record === 'DMARC') continue
    const entry = dns.zone[name] ?? {}
    dns.zone[name] = entry
    if (type === 'MX') entry.MX = [{ priority: 10, exchange: value }]
    else entry.TXT = [value]
  }
}
