import assert from 'node:assert/strict'
import { createPublicKey } from 'node:crypto'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { test } from 'node:test'
import { connect, createServer, type TLSSocket } from 'node:tls'
import { makeAuthority } from '../../test/support/test-authority.ts'
import { makeSelfSigned } from '../lib/certificate.ts'
import { Certificate } from './certificate.ts'

const hourMs = 3_600_000
const validity = { from: new Date(Date.now() - hourMs), until: new Date(Date.now() + hourMs) }
const authority = makeAuthority()

function newPair() {
  return makeSelfSigned({ dnsNames: ['a.example'], addresses: [], from: validity.from, days: 2 })
}

/** The issuer that a client sees. */
async function issuerShown(certificate: Certificate): Promise<string> {
  const server = createServer({ SNICallback: (_, done) => done(null, certificate.context) })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const options = { port, host: '127.0.0.1', servername: 'a.example', rejectUnauthorized: false }
  const client: TLSSocket = connect(options)
  await once(client, 'secureConnect')
  const issuer = client.getPeerX509Certificate()!.issuer
  client.destroy()
  server.close()
  return issuer
}

test('what was issued is shown for as long as the key is the same', async () => {
  const pair = newPair()
  const certificate = new Certificate(pair)
  const chain = authority.issue(createPublicKey(pair.key), 'a.example', validity)
  assert.equal(await issuerShown(certificate), 'CN=a.example')
  assert.equal(certificate.takeIssued(chain), true)
  assert.equal(await issuerShown(certificate), 'CN=Throw-away intermediate')
  assert.equal(certificate.takeIssued(chain), false)
  certificate.use({ ...pair })
  assert.equal(await issuerShown(certificate), 'CN=Throw-away intermediate')
  certificate.use(newPair())
  assert.equal(await issuerShown(certificate), 'CN=a.example')
})

test('a chain for another key is never taken, and what was shown stays', async () => {
  const certificate = new Certificate(newPair())
  const other = authority.issue(createPublicKey(newPair().key), 'a.example', validity)
  assert.throws(() => certificate.takeIssued(other))
  assert.equal(await issuerShown(certificate), 'CN=a.example')
})
