import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { nameServer } from '../../src/jobs/name-server.ts'
import { makeRecordLookup } from '../../src/jobs/record-lookup.ts'
import { isPublicAddress, ZoneServers } from '../../src/jobs/zone-servers.ts'
import { type DnsServer, startDnsServer } from '../support/dns-server.ts'

let dns: DnsServer
before(async () => {
  dns = await startDnsServer({
    'example.test': { A: ['192.0.2.1'], AAAA: ['2001:db8::1'], TXT: ['x'.repeat(600)] },
    'mx.example.test': { MX: [{ priority: 5, exchange: 'a.test' }] },
    'alias.example.test': { CNAME: 'example.test' },
    '1.2.0.192.in-addr.arpa': { PTR: ['example.test'] },
    'broken.example.test': { fails: 'SERVFAIL' },
    'sub.example.com': { NS: ['ns.sub.example.com', 'inner.sub.example.com'] },
    'example.com': { NS: ['ns.example.com'] },
    'ns.sub.example.com': { A: ['203.0.113.5'] },
    'inner.sub.example.com': { A: ['10.0.0.5'] },
    'ns.example.com': { A: ['203.0.113.6'] },
  })
})
after(() => dns.stop())

test('every type is answered in its own words, with the server that said so', async () => {
  const lookUp = makeRecordLookup({ host: '127.0.0.1', port: dns.port }, { timeoutMs: 300 })
  const answeredBy = dns.address
  for (const [type, name, values] of [
    ['A', 'example.test', ['192.0.2.1']],
    ['AAAA', 'example.test', ['2001:db8::1']],
    ['TXT', 'example.test', ['x'.repeat(600)]],
    ['TXT', 'alias.example.test', ['x'.repeat(600)]],
    ['CNAME', 'alias.example.test', ['example.test']],
    ['MX', 'mx.example.test', ['5 a.test']],
    ['PTR', '1.2.0.192.in-addr.arpa', ['example.test']],
  ] as const) {
    assert.deepEqual(await lookUp({ type, name }), { kind: 'found', values, answeredBy })
  }
  const absent = { kind: 'absent', answeredBy }
  assert.deepEqual(await lookUp({ type: 'MX', name: 'example.test' }), absent)
  assert.deepEqual(await lookUp({ type: 'MX', name: 'nobody.test' }), absent)
  const broken = await lookUp({ type: 'TXT', name: 'broken.example.test' })
  assert.deepEqual(broken, { kind: 'unanswered' })
})

test('the name servers of the zone that begins nearest are found, those of inner networks left out', async () => {
  let nowMs = 0
  const zoneServers = zoneServersAt(() => nowMs)
  const addresses = async (name: string) => (await zoneServers.of(name)).map((one) => one.address)
  assert.deepEqual(await addresses('a.b.sub.example.com'), ['203.0.113.5'])
  assert.deepEqual(await addresses('other.example.com'), ['203.0.113.6'])
  assert.deepEqual(await addresses('nobody.test'), [])
  const asked = dns.count('sub.example.com', 'NS')
  await addresses('a.b.sub.example.com')
  assert.equal(dns.count('sub.example.com', 'NS'), asked)
  nowMs += 10 * 60_000
  await addresses('a.b.sub.example.com')
  assert.equal(dns.count('sub.example.com', 'NS'), asked + 1)
})

test('while no server of any zone answers, none is asked for some minutes', async () => {
  let nowMs = 0
  const zoneServers = zoneServersAt(() => nowMs)
  const count = async () => (await zoneServers.of('other.example.com')).length
  for (const isAnswered of [false, false, true, false, false, false, false]) {
    zoneServers.note(isAnswered)
    assert.equal(await count(), 1)
  }
  zoneServers.note(false)
  assert.equal(await count(), 0)
  nowMs += 11 * 60_000
  assert.equal(await count(), 1)
})

function zoneServersAt(now: () => number): ZoneServers {
  const resolver = nameServer(dns.address, { timeoutMs: 300, tries: 1 })
  return new ZoneServers({ resolvers: [resolver], clock: { now } })
}

test('addresses of inner networks are told from those of the world', () => {
  for (const inner of ['127.0.0.1', '10.1.2.3', '192.168.0.1', '169.254.169.254', '100.64.0.1']) {
    assert.equal(isPublicAddress(inner), false, inner)
  }
  for (const outer of ['8.8.8.8', '172.32.0.1', '192.0.1.1']) {
    assert.equal(isPublicAddress(outer), true, outer)
  }
})
