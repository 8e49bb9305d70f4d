import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { createHash, X509Certificate } from 'node:crypto'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { test } from 'node:test'
import { connect, createServer } from 'node:tls'
import { makeSelfSigned, makeSigningRequest, publicKeyHash } from './certificate.ts'

const from = new Date('2026-11-26T11:13:15Z')
const wanted = {
  dnsNames: ['mail.example.com', 'localhost'],
  addresses: ['127.0.0.1', '::1'],
  from,
  days: 30,
}

test('the certificate is version 3, names what it is for, and is signed by its own key', () => {
  const { certificate, key } = makeSelfSigned(wanted)
  const parsed = new X509Certificate(certificate)
  assert.equal(parsed.subject, 'CN=mail.example.com')
  assert.equal(parsed.issuer, parsed.subject)
  assert.equal(
    parsed.subjectAltName,
    'DNS:mail.example.com, DNS:localhost, IP Address:127.0.0.1, IP Address:0:0:0:0:0:0:0:1',
  )
  assert.deepEqual(parsed.keyUsage, ['1.3.6.1.5.5.7.3.1'])
  assert.equal(parsed.ca, false)
  assert.equal(parsed.validFromDate.getTime(), from.getTime())
  assert.equal(parsed.validToDate.getTime(), from.getTime() + 30 * 24 * 3600 * 1000)
  assert.ok(parsed.verify(parsed.publicKey))
  assert.ok(key.startsWith('-----BEGIN PRIVATE KEY-----'))
})

test('a year beyond 2049 is written with four digits', () => {
  const { certificate } = makeSelfSigned({ ...wanted, days: 36_500 })
  assert.equal(new X509Certificate(certificate).validToDate.getUTCFullYear(), 2126)
})

test('a client that trusts it gets a connection, for a name it has and no other', async () => {
  const pair = makeSelfSigned({ ...wanted, from: new Date(Date.now() - 1000) })
  const server = createServer({ cert: pair.certificate, key: pair.key }, (socket) => socket.end())
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const options = { port, host: '127.0.0.1', ca: pair.certificate }
  const client = connect({ ...options, servername: 'mail.example.com' })
  await once(client, 'secureConnect')
  assert.ok(client.authorized)
  client.destroy()
  const other = connect({ ...options, servername: 'other.example.com' })
  const [error] = await once(other, 'error')
  assert.equal(error.code, 'ERR_TLS_CERT_ALTNAME_INVALID')
  server.close()
})

const hasOpenssl = spawnSync('openssl', ['version']).status === 0

test('others read the request for a certificate, with its name, and find its signature good', {
  skip: hasOpenssl ? false : 'openssl is not installed',
}, () => {
  const { key } = makeSelfSigned(wanted)
  const request = makeSigningRequest(key, 'mail.example.com')
  const options = { input: request, encoding: 'utf8' } as const
  const { status, stdout } = spawnSync('openssl', ['req', '-verify', '-noout', '-text'], options)
  assert.equal(status, 0)
  assert.match(stdout, /X509v3 Subject Alternative Name: ?\n +DNS:mail\.example\.com\n/)
  const torn = request.replace(/^[^-]{8}/m, 'AAAAAAAA')
  const second = spawnSync('openssl', ['req', '-verify', '-noout'], { ...options, input: torn })
  assert.doesNotMatch(second.stderr, /verify OK/)
})

test('the hash of a key is that of the public half its certificate has', () => {
  const { certificate, key } = makeSelfSigned(wanted)
  const { publicKey } = new X509Certificate(certificate)
  const der = publicKey.export({ format: 'der', type: 'spki' })
  assert.deepEqual(publicKeyHash(key), createHash('sha256').update(der).digest())
})
