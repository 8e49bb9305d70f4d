import assert from 'node:assert/strict'
import { createHash, verify } from 'node:crypto'
import { test } from 'node:test'
import { proofOf } from './proof.ts'

const request = {
  method: 'POST',
  pathWithQuery: '/api/domains?limit=5',
  atMs: 1_764_000_000_000,
  body: '{"name":"ä.example"}',
}
const pair = await crypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, false, [
  'sign',
])
const spki = Buffer.from(await crypto.subtle.exportKey('spki', pair.publicKey))

/** As the console checks it, with Node's own crypto. */
function isProof(proof: string, { method, pathWithQuery, atMs, body }: typeof request): boolean {
  const [ms, signature = ''] = proof.split('.')
  const digest = createHash('sha256').update(body, 'utf8').digest('base64url')
  return (
    verify(
      'sha256',
      Buffer.from(`${method}\n${pathWithQuery}\n${ms}\n${digest}`),
      { key: spki, format: 'der', type: 'spki', dsaEncoding: 'ieee-p1363' },
      Buffer.from(signature, 'base64url'),
    ) && ms === String(atMs)
  )
}

test('a proof is good for its request alone: method, path with query, time and body', async () => {
  const proof = await proofOf(pair.privateKey, request)
  assert.match(proof, /^\d{13}\.[\w-]{86}$/)
  assert.ok(isProof(proof, request))
  for (const other of [
    { method: 'PUT' },
    { pathWithQuery: '/api/domains' },
    { atMs: request.atMs + 1 },
    { body: '' },
  ]) {
    assert.ok(!isProof(proof, { ...request, ...other }), JSON.stringify(other))
  }
})

test('a request without a body proves the hash of nothing', async () => {
  const without = { ...request, method: 'GET', body: '' }
  assert.ok(isProof(await proofOf(pair.privateKey, without), without))
})
