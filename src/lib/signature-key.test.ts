import assert from 'node:assert/strict'
import { generateKeyPairSync } from 'node:crypto'
import { test } from 'node:test'
import { publicKeyPem, readPublicKey, signatureKeyOf } from './signature-key.ts'

const ed25519 = generateKeyPairSync('ed25519')
const p256 = generateKeyPairSync('ec', { namedCurve: 'P-256' })

for (const [algorithm, { publicKey }] of [
  ['ed25519', ed25519],
  ['ecdsa-p256-sha256', p256],
] as const) {
  test(`${algorithm}: PEM and JWK of one key are kept as the same, and shown as the PEM they came from`, () => {
    const pem = publicKey.export({ type: 'spki', format: 'pem' }).toString()
    const jwk = JSON.stringify({ ...publicKey.export({ format: 'jwk' }), kid: 'a', key_ops: [] })
    const read = readPublicKey(pem)
    assert.ok('kept' in read)
    assert.deepEqual(readPublicKey(jwk), read)
    assert.deepEqual(readPublicKey(`\r\n${pem.replaceAll('\n', '\r\n')}`), read)
    assert.equal(publicKeyPem(read.kept), pem)
    assert.equal(signatureKeyOf(read.kept)?.algorithm, algorithm)
  })
}

test('a private key is known for what it is, whatever it is written as', () => {
  const { privateKey } = p256
  const texts = [
    privateKey.export({ type: 'pkcs8', format: 'pem' }),
    privateKey.export({ type: 'sec1', format: 'pem' }),
    ed25519.privateKey.export({ type: 'pkcs8', format: 'pem' }),
    JSON.stringify(ed25519.privateKey.export({ format: 'jwk' })),
  ].map(String)
  for (const text of texts) assert.deepEqual(readPublicKey(text), { fault: 'private' })
})

test('keys of other kinds are not taken', () => {
  for (const { publicKey } of [
    generateKeyPairSync('ec', { namedCurve: 'P-384' }),
    generateKeyPairSync('ec', { namedCurve: 'secp256k1' }),
    generateKeyPairSync('x25519'),
    generateKeyPairSync('rsa', { modulusLength: 1024 }),
  ]) {
    const pem = publicKey.export({ type: 'spki', format: 'pem' }).toString()
    assert.deepEqual(readPublicKey(pem), { fault: 'other_kind' })
    const kept = publicKey.export({ type: 'spki', format: 'der' }).toString('base64url')
    assert.equal(signatureKeyOf(kept), undefined)
  }
})

test('what is no key is not taken', () => {
  const pem = ed25519.publicKey.export({ type: 'spki', format: 'pem' }).toString()
  const texts = ['', 'hello', '{', '{}', 'null', pem.slice(1), pem.replace('MC', 'MX'), pem + pem]
  for (const text of [...texts, ' '.repeat(3_000) + pem.padEnd(3_000, 'x'), '{"kty":"OKP"}']) {
    assert.deepEqual(readPublicKey(text), { fault: 'unreadable' }, text.slice(0, 60))
  }
  for (const kept of ['', 'AAAA', '!', 'MCowBQYDK2VwAyEA']) {
    assert.equal(signatureKeyOf(kept), undefined)
  }
})
