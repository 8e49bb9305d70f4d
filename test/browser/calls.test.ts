/** The dashboard's way to the console, from a real browser: its kept key, the proof on each request, and what it does with a no. */
import assert from 'node:assert/strict'
import { createHash, createPublicKey, verify } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import Fastify, { type FastifyInstance, type FastifyRequest } from 'fastify'
import type { Page } from 'playwright-core'
import { dashboardFiles } from '../../src/console/dashboard-files.ts'
import { readBundle } from '../../src/core/bundle/read-bundle.ts'
import { startBrowser, type TestBrowser } from './support/browser.ts'
import { buildDashboard } from './support/bundle.ts'

const folder = mkdtempSync(join(tmpdir(), 'calls-'))
let app: FastifyInstance
let chromium: TestBrowser
let base: string
let page: Page
let publicKey: string
let sensitiveCalls = 0

/** As the console checks it: over the request line and the bytes of the body as they came. */
function isProven(request: FastifyRequest): boolean {
  const [ms, signature = ''] = String(request.headers['postern-proof']).split('.')
  const digest = createHash('sha256').update(String(request.body)).digest('base64url')
  const point = Buffer.from(publicKey, 'base64url')
  const key = createPublicKey({
    key: {
      kty: 'EC',
      crv: 'P-256',
      x: point.subarray(1, 33).toString('base64url'),
      y: point.subarray(33).toString('base64url'),
    },
    format: 'jwk',
  })
  return verify(
    'sha256',
    Buffer.from(`${request.method}\n${request.url}\n${ms}\n${digest}`),
    { key, dsaEncoding: 'ieee-p1363' },
    Buffer.from(signature, 'base64url'),
  )
}

before(async () => {
  const { code, stderr } = buildDashboard({ out: join(folder, 'dist'), mode: 'gallery' })
  assert.equal(code, 0, stderr)
  app = Fastify()
  app.removeAllContentTypeParsers()
  app.addContentTypeParser(
    'application/json',
    { parseAs: 'string' },
    async (_: FastifyRequest, body: string) => body,
  )
  const answer = (code: string, message: string) => ({
    error: { code, message, field: 'name', request_id: 'req-1' },
  })
  app.post('/api/echo', async (request) => ({
    proven: isProven(request),
    url: request.url,
    body: JSON.parse(String(request.body)),
  }))
  app.post('/api/sensitive', async (request, reply) => {
    sensitiveCalls++
    return sensitiveCalls % 2 === 1
      ? reply.code(403).send(answer('step_up_needed', 'Show your factor.'))
      : { proven: isProven(request) }
  })
  app.post('/api/signed-out', async (_, reply) =>
    reply.code(401).send(answer('signed_out', 'The session has ended.')),
  )
  app.post('/api/wrong', async (_, reply) =>
    reply.code(502).type('text/html').send('<h1>Bad gateway</h1>'),
  )
  await app.register(dashboardFiles, {
    files: readBundle(join(folder, 'dist')),
    secrets: new Map(),
  })
  // `localhost`, since the browser gives its cryptography to secure places only.
  await app.listen({ port: 0, host: '127.0.0.1' })
  const address = app.server.address()
  base = `http://localhost:${typeof address === 'object' && address ? address.port : 0}`
  chromium = await startBrowser()
  page = await chromium.browser.newPage()
  publicKey = JSON.parse(await press('Public key'))
})

after(async () => {
  await chromium?.stop()
  await app?.close()
  rmSync(folder, { recursive: true, force: true })
})

/** On a page opened anew each time, so that what was said before is gone. */
async function press(name: string): Promise<string> {
  await page.goto(`${base}/calls`)
  await page.getByRole('button', { name, exact: true }).click()
  const said = page.locator('output:not(:empty)')
  await said.waitFor()
  return said.innerText()
}

test('the key is a point of P-256, outlives the page, and never leaves the browser', async () => {
  assert.equal(Buffer.from(publicKey, 'base64url').length, 65)
  assert.equal(JSON.parse(await press('Public key')), publicKey)
  assert.match(await press('Private key'), /InvalidAccessError|not extractable/)
  const other = await chromium.browser.newContext()
  const elsewhere = await other.newPage()
  await elsewhere.goto(`${base}/calls`)
  await elsewhere.getByRole('button', { name: 'Public key' }).click()
  await elsewhere.locator('output:not(:empty)').waitFor()
  assert.notEqual(JSON.parse(await elsewhere.locator('output').innerText()), publicKey)
  await other.close()
})

test('each request proves its method, its path with the query, and its body', async () => {
  assert.deepEqual(JSON.parse(await press('Echo')), {
    proven: true,
    url: '/api/echo?n=5',
    body: { name: 'ä' },
  })
})

test('a request that takes a fresh factor asks for it and goes again once; without it the no stays', async () => {
  page.once('dialog', (dialog) => dialog.accept())
  assert.deepEqual(JSON.parse(await press('Sensitive')), { proven: true })
  assert.equal(sensitiveCalls, 2)
  page.once('dialog', (dialog) => dialog.dismiss())
  assert.equal(JSON.parse(await press('Sensitive')).code, 'step_up_needed')
  assert.equal(sensitiveCalls, 3)
})

test('an ended session is told to the frame; every no carries its field and request id, and an unknown answer a sentence', async () => {
  const ended = JSON.parse(await press('Signed out'))
  assert.deepEqual([ended.code, ended.field, ended.requestId], ['signed_out', 'name', 'req-1'])
  assert.equal(await page.title(), 'signed out')
  const wrong = JSON.parse(await press('Wrong'))
  assert.deepEqual([wrong.status, wrong.code], [502, 'unknown'])
  assert.match(wrong.message, /answered 502/)
})
