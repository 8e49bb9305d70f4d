import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { email, type RunningApi, startApi } from './running-api.ts'

let api: RunningApi
before(async () => {
  api = await startApi()
})
after(() => api.end())

test('while vault is away sending goes on for known accounts; the rest answers 503 with Retry-After', async () => {
  const sent = await api.call('POST', '/emails', { body: email() })
  assert.equal(sent.status, 200)
  await api.stopVault()
  assert.equal((await api.call('POST', '/emails', { body: email() })).status, 200)
  for (const [method, path, options] of [
    ['GET', `/emails/${sent.body.id}`, {}],
    ['GET', '/emails', {}],
    ['GET', '/api-keys', {}],
    ['POST', '/api-keys', { body: { name: 'x' } }],
    ['POST', '/domains', { body: { name: 'away.example' } }],
    ['POST', '/emails', { key: api.second.apiKey, body: email() }],
  ] as const) {
    const { status, headers, body } = await api.call(method, path, options)
    assert.deepEqual([path, status, body.name], [path, 503, 'service_unavailable'])
    assert.equal(headers.get('retry-after'), '1')
  }
})
