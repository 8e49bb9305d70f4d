/** What jobs finds of a provider of single sign-on, and which hosts it speaks to. */
import assert from 'node:assert/strict'
import { generateKeyPairSync } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:http'
import { createServer as createSecureServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { after, before, test } from 'node:test'
import type { ClaimedSignIn } from '../../src/core/single-sign-on/queries.ts'
import { failureOf } from '../../src/jobs/oidc-failure.ts'
import { OidcLibrary } from '../../src/jobs/oidc-library.ts'
import { OidcProvider } from '../../src/jobs/oidc-provider.ts'
import { OidcTransport } from '../../src/jobs/oidc-transport.ts'
import { systemClock } from '../../src/lib/clock.ts'
import { type OidcServer, startOidcServer } from '../support/oidc-server.ts'
import { makeAuthority } from '../support/test-authority.ts'

const redirect = 'http://localhost:8030/sign-in/oidc'
const library = new OidcLibrary()
let server: OidcServer

before(async () => {
  await library.load({ oidcIssuer: 'https://login.example.com' })
  server = await startOidcServer()
  server.serve(redirect)
})
after(() => server.stop())

interface Named {
  issuer: string
  clientId: string
  clientSecret: string
  redirect: string
  ca: string | null
}

function provider(named: Partial<Named> = {}): OidcProvider {
  const { issuer, clientId, clientSecret, ca } = { ...server, ca: null, ...named }
  const signal = new AbortController().signal
  const resolve = async () => ['127.0.0.1']
  const transport = new OidcTransport({ issuer: new URL(issuer), resolve, ca, signal })
  const client = { issuer, clientId, clientSecret, redirect, ...named }
  return new OidcProvider({ ...client, library, transport, clock: systemClock })
}

const claimed: ClaimedSignIn = {
  id: '0197a1b2-0000-7000-8000-000000000001',
  browserKey: 'key',
  code: 'none',
  verifier: 'v'.repeat(43),
  seed: 'seed',
  issuer: null,
}

/** A discovery document that names what it likes. */
async function pretender(
  document: (issuer: string) => object,
): Promise<{ issuer: string; end(): void }> {
  const pretending = createServer((_, response) => {
    response.setHeader('content-type', 'application/json')
    response.end(JSON.stringify(document(issuer)))
  })
  await new Promise<void>((settle) => pretending.listen(0, '127.0.0.1', settle))
  const issuer = `http://127.0.0.1:${(pretending.address() as AddressInfo).port}`
  return { issuer, end: () => void pretending.close() }
}

test('the address of the provider is found, and that it sends people back to ours', async () => {
  const found = await provider().look()
  assert.equal(found.failure, null)
  assert.equal(found.endpoint, `${server.issuer}/auth`)
  assert.equal(found.redirectKnown, true)
})

test('an address that the provider does not know is told from ours', async () => {
  const found = await provider({ redirect: 'http://localhost:8030/elsewhere' }).look()
  assert.equal(found.failure, null)
  assert.equal(found.redirectKnown, false)
})

test('a wrong secret is the installation’s fault, a made-up code is not', async () => {
  const failed = (error: unknown) => failureOf(error)
  assert.equal(
    await provider({ clientSecret: 'wrong' })
      .prove({ ...claimed, issuer: server.issuer })
      .catch(failed),
    'client_refused',
  )
  assert.equal(
    await provider()
      .prove({ ...claimed, issuer: server.issuer })
      .catch(failed),
    'code_refused',
  )
})

test('an issuer that calls itself otherwise is none, and neither is what does not answer', async () => {
  const other = await pretender(() => ({ issuer: 'http://127.0.0.1:1/other' }))
  assert.equal((await provider({ issuer: other.issuer }).look()).failure, 'discovery_wrong')
  other.end()
  assert.equal((await provider({ issuer: 'http://127.0.0.1:1' }).look()).failure, 'away')
})

test('people are sent to the host of the issuer only', async () => {
  const other = await pretender((issuer) => ({
    issuer,
    authorization_endpoint: 'https://phish.example/login',
    token_endpoint: `${issuer}/token`,
    jwks_uri: `${issuer}/keys`,
  }))
  const found = await provider({ issuer: other.issuer }).look()
  assert.deepEqual([found.failure, found.endpoint], ['unsupported', null])
  other.end()
})

test('an answer without end is not read to its end', async () => {
  const other = await pretender((issuer) => ({
    issuer,
    authorization_endpoint: `${issuer}/auth`,
    token_endpoint: `${issuer}/token`,
    jwks_uri: `${issuer}/keys`,
    service_documentation: `${issuer}/${'long'.repeat(300_000)}`,
  }))
  assert.equal((await provider({ issuer: other.issuer }).look()).failure, 'away')
  other.end()
})

test('a provider with a certificate of an own network is reached where its authority is named, and only there', async () => {
  const authority = makeAuthority()
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const hourMs = 3_600_000
  const day = { from: new Date(Date.now() - hourMs), until: new Date(Date.now() + 24 * hourMs) }
  const secure = createSecureServer({
    cert: authority.issue(publicKey, 'localhost', day),
    key: privateKey.export({ format: 'pem', type: 'pkcs8' }),
  })
  await once(secure.listen(0, '127.0.0.1'), 'listening')
  const issuer = `https://localhost:${(secure.address() as AddressInfo).port}`
  secure.on('request', (_, response) => {
    response.setHeader('content-type', 'application/json')
    const named = { authorization_endpoint: `${issuer}/auth`, token_endpoint: `${issuer}/token` }
    response.end(JSON.stringify({ issuer, ...named, jwks_uri: `${issuer}/keys` }))
  })
  const failureWith = async (ca: string | null) => (await provider({ issuer, ca }).look()).failure
  assert.equal(await failureWith(authority.root), null)
  assert.equal(await failureWith(null), 'away')
  assert.equal(await failureWith(makeAuthority('Another').root), 'away')
  secure.close()
})

test('nothing is asked of a host that the provider has not named, nor without TLS elsewhere', async () => {
  const deps = {
    resolve: async () => ['127.0.0.1'],
    ca: null,
    signal: new AbortController().signal,
  }
  const call = { method: 'GET', headers: {} }
  const transport = new OidcTransport({ ...deps, issuer: new URL('https://login.example.com') })
  const refused = { failure: 'unsupported' }
  await assert.rejects(transport.fetch('https://elsewhere.example/keys', call), refused)
  transport.allow([`${server.issuer}/jwks`, undefined, 'not an address'])
  await assert.rejects(transport.fetch(`${server.issuer}/jwks`, call), refused)
  const plain = new OidcTransport({ ...deps, issuer: new URL('http://127.0.0.1:1') })
  plain.allow([`${server.issuer}/jwks`])
  assert.equal((await plain.fetch(`${server.issuer}/jwks`, call)).status, 200)
})
