import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { createSocket } from 'node:dgram'
import { Resolver } from 'node:dns/promises'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, beforeEach, test } from 'node:test'
import dnsPacket from 'dns-packet'
import { type DnsServer, startDnsServer } from './dns-server.ts'

const longKey = `p=${'MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8A'.repeat(13)}`
let server: DnsServer
let resolver: Resolver

before(async () => {
  server = await startDnsServer()
  resolver = resolverOf(server.address)
})
after(() => server.stop())
beforeEach(() => {
  server.failure = undefined
  server.zone = {
    'example.test': {
      A: ['192.0.2.1'],
      AAAA: ['2001:db8::1'],
      MX: [
        { priority: 10, exchange: 'mx1.example.test' },
        { priority: 20, exchange: 'mx2.example.test' },
      ],
      TXT: ['v=spf1 -all', 'second value'],
    },
    's1._domainkey.Example.test.': { TXT: [longKey] },
    'alias.example.test': { CNAME: 's1._domainkey.example.test' },
  }
})

function resolverOf(address: string): Resolver {
  const one = new Resolver({ timeout: 200, tries: 1 })
  one.setServers([address])
  return one
}

test('each type answers with the records of the zone', async () => {
  assert.deepEqual(await resolver.resolve4('example.test'), ['192.0.2.1'])
  assert.deepEqual(await resolver.resolve6('example.test'), ['2001:db8::1'])
  const hosts = await resolver.resolveMx('example.test')
  assert.deepEqual(hosts.map(({ priority, exchange }) => `${priority} ${exchange}`).sort(), [
    '10 mx1.example.test',
    '20 mx2.example.test',
  ])
  assert.deepEqual((await resolver.resolveTxt('example.test')).flat().sort(), [
    'second value',
    'v=spf1 -all',
  ])
})

test('names match in any case, and a long value comes in strings of 255 bytes', async () => {
  const [strings] = await resolver.resolveTxt('S1._DomainKey.example.TEST')
  assert.deepEqual(
    strings?.map((text) => text.length),
    [255, longKey.length - 255],
  )
  assert.equal(strings?.join(''), longKey)
})

test('an alias is followed to its records and can be asked for itself', async () => {
  assert.equal((await resolver.resolveTxt('alias.example.test'))[0]?.join(''), longKey)
  assert.deepEqual(await resolver.resolveCname('alias.example.test'), [
    's1._domainkey.example.test',
  ])
})

test('a ring of aliases ends as a server failure', async () => {
  server.zone['a.test'] = { CNAME: 'b.test' }
  server.zone['b.test'] = { CNAME: 'a.test' }
  await assert.rejects(resolver.resolve4('a.test'), { code: 'ESERVFAIL' })
})

test('an unknown name does not exist; a known one without the type, or with names below it, has no data', async () => {
  await assert.rejects(resolver.resolve4('nothing.test'), { code: 'ENOTFOUND' })
  await assert.rejects(resolver.resolveMx('s1._domainkey.example.test'), { code: 'ENODATA' })
  await assert.rejects(resolver.resolveTxt('_domainkey.example.test'), { code: 'ENODATA' })
})

test('a change of the zone is seen by the next query', async () => {
  await assert.rejects(resolver.resolveTxt('new.test'), { code: 'ENOTFOUND' })
  server.zone['new.test'] = { TXT: ['here'] }
  assert.deepEqual(await resolver.resolveTxt('new.test'), [['here']])
  delete server.zone['new.test']
  await assert.rejects(resolver.resolveTxt('new.test'), { code: 'ENOTFOUND' })
})

test('a failure can be set for one name and for all', async () => {
  server.zone['broken.test'] = { fails: 'SERVFAIL' }
  server.zone['silent.test'] = { fails: 'timeout' }
  await assert.rejects(resolver.resolveTxt('broken.test'), { code: 'ESERVFAIL' })
  await assert.rejects(resolver.resolveTxt('silent.test'), { code: 'ETIMEOUT' })
  server.failure = 'REFUSED'
  await assert.rejects(resolver.resolve4('example.test'), { code: 'EREFUSED' })
  server.failure = 'NXDOMAIN'
  await assert.rejects(resolver.resolve4('example.test'), { code: 'ENOTFOUND' })
})

test('an answer too long for UDP comes whole over TCP', async () => {
  const values = Array.from({ length: 40 }, (_, i) => `${i} ${'x'.repeat(200)}`)
  server.zone['big.test'] = { TXT: values }
  const before = server.count('big.test', 'TXT')
  const found = await resolver.resolveTxt('big.test')
  assert.deepEqual(found.flat().sort(), values.sort())
  assert.equal(server.count('big.test', 'TXT') - before, 2)
})

test('two questions in one TCP connection, sent byte by byte, get two answers', async () => {
  const socket = connect(server.port, '127.0.0.1').setNoDelay(true)
  const question = { type: 'A', name: 'example.test' }
  for (const id of [1, 2]) {
    const query = dnsPacket.encode({ type: 'query', id, flags: 0, questions: [question] })
    for (const byte of [0, query.length, ...query]) socket.write(Buffer.from([byte]))
  }
  let received = Buffer.alloc(0)
  const ids: number[] = []
  for await (const bytes of socket) {
    received = Buffer.concat([received, bytes])
    while (received.length >= 2 && received.length >= 2 + received.readUInt16BE(0)) {
      const end = 2 + received.readUInt16BE(0)
      ids.push(dnsPacket.decode(received.subarray(2, end)).id)
      received = received.subarray(end)
    }
    if (ids.length === 2) break
  }
  assert.deepEqual(ids, [1, 2])
})

test('queries are counted by name and type, failures included', async () => {
  const own = await startDnsServer({ 'silent.test': { fails: 'timeout' } })
  try {
    const ask = resolverOf(own.address)
    await assert.rejects(ask.resolveTxt('silent.test'))
    await assert.rejects(ask.resolve4('Other.test'))
    assert.equal(own.count('silent.test', 'TXT'), 1)
    assert.equal(own.count('other.test'), 1)
    assert.equal(own.count('other.test', 'MX'), 0)
    assert.equal(own.count(), 2)
  } finally {
    await own.stop()
  }
})

test('what is not a question is dropped, and the server goes on', async () => {
  const socket = createSocket('udp4')
  socket.send(Buffer.from('not a packet'), server.port, '127.0.0.1')
  assert.deepEqual(await resolver.resolve4('example.test'), ['192.0.2.1'])
  socket.close()
})

test('as a program it prints its port and reads its file again at SIGHUP', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'dns-server-'))
  const file = join(folder, 'zone.json')
  writeFileSync(file, JSON.stringify({ 'one.test': { A: ['192.0.2.7'] } }))
  const program = spawn(process.execPath, [join(import.meta.dirname, 'dns-server.ts'), file], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  try {
    const [line] = await once(program.stdout, 'data')
    const ask = resolverOf(`127.0.0.1:${Number(line)}`)
    assert.deepEqual(await ask.resolve4('one.test'), ['192.0.2.7'])
    writeFileSync(file, JSON.stringify({ 'two.test': { A: ['192.0.2.8'] } }))
    program.kill('SIGHUP')
    let found: string[] = []
    while (found.length === 0) found = await ask.resolve4('two.test').catch(() => [])
    assert.deepEqual(found, ['192.0.2.8'])
  } finally {
    program.kill()
    rmSync(folder, { recursive: true })
  }
})
