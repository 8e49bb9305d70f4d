import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { test } from 'node:test'
import type { Zone } from '../test/support/dns-server.ts'
import { publish, verifyDomain } from './verified-domain.ts'

test('records are published under their whole names, whatever they are relative to', () => {
  const zone: Zone = {}
  publish(zone, { type: 'TXT', name: 's1._domainkey.send', value: 'p=AB' })
  publish(zone, { type: 'MX', name: 'send.send.bench.test', value: 'mx.bench.test', priority: 5 })
  publish(zone, { type: 'TXT', name: 'send.send.bench.test', value: 'v=spf1 -all' })
  assert.deepEqual(zone['s1._domainkey.send.bench.test'], { TXT: ['p=AB'] })
  assert.deepEqual(zone['send.send.bench.test'], {
    MX: [{ priority: 5, exchange: 'mx.bench.test' }],
    TXT: ['v=spf1 -all'],
  })
})

test('the domain is created, its records published before verification, and waited for', async () => {
  const zone: Zone = {}
  const calls: string[] = []
  const server = createServer((request, response) => {
    calls.push(`${request.method} ${request.url}`)
    const isLater = calls.filter((call) => call.startsWith('GET')).length > 1
    const isAsked = request.url?.endsWith('/verify')
    if (isAsked) assert.ok(zone['s1._domainkey.send.bench.test'])
    const records = [{ type: 'TXT', name: 's1._domainkey.send', value: 'p=AB' }]
    const status = isLater ? 'verified' : 'pending'
    response.end(JSON.stringify({ id: 'd1', status, records }))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  await verifyDomain({ base: `http://127.0.0.1:${port}`, key: 're_x', zone })
  server.closeAllConnections()
  await new Promise((resolve) => server.close(resolve))
  assert.deepEqual(calls, [
    'POST /domains',
    'POST /domains/d1/verify',
    'GET /domains/d1',
    'GET /domains/d1',
  ])
})
