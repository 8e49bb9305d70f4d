/** Suppressions, the log of requests and the paste box over the wire of the console. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { packClient } from '../../src/core/requests/client.ts'
import { recordRequests } from '../../src/core/requests/queries.ts'
import { packBodies } from '../../src/core/requests/read-requests.ts'
import { openPool } from '../../src/db/sql.ts'
import { beginSession, sealClass, sealNamed } from '../../src/lib/seal.ts'
import { uuidv7 } from '../../src/lib/uuid.ts'
import { draft } from '../support/seeded.ts'
import { accept } from './mail-support.ts'
import { type Browser, type PeopleConsole, startPeopleConsole } from './people-console.ts'

let running: PeopleConsole
let browser: Browser

before(async () => {
  running = await startPeopleConsole()
  browser = (await running.owner()).browser
})
after(() => running.close())

test('an address is suppressed, found by itself, and lifted again', async () => {
  const addresses = ['ada@example.net', 'bob@example.net']
  assert.equal((await browser.ask('POST', '/api/suppressions', { addresses })).status, 204)
  const { body } = await browser.ask('GET', '/api/suppressions?address=Bob@example.NET')
  assert.equal(body.data.length, 1)
  const [bob] = body.data
  assert.deepEqual(
    [bob.address, bob.reason, bob.scope, bob.message_id],
    ['bob@example.net', 'manual', 'all', null],
  )
  const [id] = await accept(running, browser, [draft(['bob@example.net'])])
  assert.equal((await browser.ask('GET', `/api/emails/${id}`)).body.state, 'suppressed')
  assert.equal((await browser.ask('DELETE', `/api/suppressions/${bob.id}`)).status, 204)
  assert.equal((await browser.ask('DELETE', `/api/suppressions/${bob.id}`)).status, 404)
  const left = await browser.ask('GET', '/api/suppressions?limit=1')
  assert.deepEqual([left.body.data[0].address, left.body.has_more], ['ada@example.net', false])
  assert.deepEqual((await browser.ask('GET', '/api/suppressions?reason=bounce')).body.data, [])
})

test('an address that cannot be one is refused with its reason', async () => {
  const { status, body } = await browser.ask('POST', '/api/suppressions', { addresses: ['ada'] })
  assert.equal(status, 422)
  assert.match(body.error.message, /has no @/)
})

test('the log shows who asked, and bodies where they were kept', async () => {
  const session = (await browser.ask('GET', '/api/session')).body
  const client = running.vault.client('console', running.deps.ticket)
  const seal = beginSession(await client.accountKeys(browser.h1))
  const id = uuidv7(running.clock.now())
  const as = (kind: (typeof sealClass)['client' | 'bodies'], bytes: Buffer) =>
    sealNamed(seal, { recordId: id, class: kind }, bytes)
  const sql = openPool(running.database.logins.api, { connectionsMax: 1 })
  const credentialId = uuidv7(running.clock.now())
  await recordRequests(sql, await running.database.ticket('api'), [
    {
      ...{ accountId: session.account_id, credentialId, id, at: new Date() },
      ...{ method: 'POST', route: '/emails', status: 422, durationMs: 7, isUse: true },
      clientSealed: as(
        sealClass.client,
        packClient({ address: '192.0.2.1', userAgent: 'shop/2.1' }),
      ),
      bodiesSealed: as(sealClass.bodies, packBodies({ request: { to: 'x' }, response: null })),
    },
  ])
  await sql.end()
  const { body } = await browser.ask('GET', '/api/logs')
  assert.deepEqual(
    [body.data[0].route, body.data[0].status, body.data[0].user_agent],
    ['/emails', 422, 'shop/2.1'],
  )
  const one = (await browser.ask('GET', `/api/logs/${id}`)).body
  assert.deepEqual(
    [one.client_address, one.key_id, one.duration_ms, one.response_body],
    ['192.0.2.1', credentialId, 7, null],
  )
  assert.deepEqual(JSON.parse(one.request_body), { to: 'x' })
})

test('a pasted reply is explained, and no line of it is kept', async () => {
  const counts = () =>
    running.database.query<{ lines: string }>('select count(*) as lines from postern.ledger')
  const before = await counts()
  const { status, body } = await browser.ask('POST', '/api/explain', {
    text: '550 5.1.1 User unknown',
  })
  assert.equal(status, 200)
  assert.deepEqual([body.kind, body.findings[0].codes], ['reply', '550 5.1.1'])
  assert.deepEqual(await counts(), before)
  const nobody = running.browser()
  assert.equal((await nobody.ask('POST', '/api/explain', { text: 'x' })).status, 401)
})
