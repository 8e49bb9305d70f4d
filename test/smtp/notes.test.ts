/** What smtp notes stands in the log of requests of the account, sealed like what api notes. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { Sender } from '../../src/core/messages/sender.ts'
import { recordRequests, recordSubmissions } from '../../src/core/requests/queries.ts'
import { readRequest, readRequests } from '../../src/core/requests/read-requests.ts'
import { openPool, type Pool } from '../../src/db/sql.ts'
import { systemClock } from '../../src/lib/clock.ts'
import { Notes } from '../../src/smtp/notes.ts'
import { type Seeded, seeded } from '../support/seeded.ts'
import { silentLog } from '../support/vault.ts'

let world: Seeded
let sql: Pool
let ticket: Buffer
before(async () => {
  world = await seeded()
  sql = openPool(world.database.logins.smtp, { connectionsMax: 1 })
  ticket = await world.database.ticket('smtp')
})
after(async () => {
  await sql.end()
  await world.end()
})

async function newSender(): Promise<Sender> {
  return world.sender((await world.addAccount()).apiKey)
}

function notes(warned: string[] = []): Notes {
  const log = { ...silentLog, warn: (_: object, event: string) => void warned.push(event) }
  const { senders } = world.api
  return new Notes({ sql, ticket, senders, clock: systemClock, log })
}

const answered = {
  reply: '250 2.0.0 OK: queued as 1',
  durationMs: 12.4,
  address: '192.0.2.7',
  helloName: 'shop.example',
}

const page = { after: null, before: null, rowLimit: 10 }

test('a message is a line of its own, newest first, and the use of its key', async () => {
  const sender = await newSender()
  const own = notes()
  own.answered(sender, answered)
  await own.stop()
  const more = notes()
  more.answered(sender, { ...answered, reply: '552 5.3.4 Too large' })
  await more.stop()
  const [second, first, ...others] = await readRequests(world.api, sender, page)
  assert.ok(first && second && others.length === 0)
  assert.deepEqual([first.method, first.route, first.status], ['SMTP', '/smtp', 200])
  assert.equal(second.status, 413)
  assert.deepEqual(first.client, { address: '192.0.2.7', userAgent: 'shop.example' })
  const found = await readRequest(world.api, sender.h1, first.id)
  assert.deepEqual([found?.credentialId, found?.durationMs], [sender.credentialId, 12])
  assert.equal(found?.bodies, null)
  const [use] = await world.database.query<{ last_used_at: Date; client_sealed: Buffer | null }>(
    'select last_used_at, client_sealed from postern.credential_uses where credential_id = $1',
    [sender.credentialId],
  )
  assert.equal(use?.last_used_at.getTime(), second.at.getTime())
  assert.ok(use?.client_sealed)
})

test('neither address nor name of the client stands in the database', async () => {
  const sender = await newSender()
  const own = notes()
  own.answered(sender, answered)
  await own.stop()
  const [row] = await world.database.query<{ line: string; client: Buffer }>(
    `select (r.*)::text as line, client_sealed as client from postern.request_log r where account_id = $1`,
    [sender.accountId],
  )
  assert.ok(row)
  for (const secret of [answered.address, answered.helloName]) {
    assert.ok(!row.line.includes(secret) && !row.client.includes(secret))
  }
})

test('the reply is kept where the account wants bodies kept', async () => {
  const sender = await newSender()
  const own = notes()
  own.answered({ ...sender, logsBodies: true }, answered)
  await own.stop()
  const [line] = await readRequests(world.api, sender, page)
  const found = await readRequest(world.api, sender.h1, line?.id ?? '')
  assert.deepEqual(found?.bodies, { request: null, response: answered.reply })
})

test('a key shown from outside its networks is told, and is no use of it', async () => {
  const sender = await newSender()
  const warned: string[] = []
  const own = notes(warned)
  own.outside(sender, '203.0.113.9')
  await own.stop()
  const [line] = await readRequests(world.api, sender, page)
  assert.deepEqual([line?.method, line?.route, line?.status], ['SMTP', '/smtp/auth', 403])
  assert.equal(line?.client?.address, '203.0.113.9')
  assert.deepEqual(warned, ['alarm: key used from outside its networks'])
  const uses = await world.database.query(
    'select from postern.credential_uses where credential_id = $1',
    [sender.credentialId],
  )
  assert.equal(uses.length, 0)
})

test('beyond what may wait lines are lost and counted, and memory does not grow', async () => {
  const sender = await newSender()
  const warned: string[] = []
  const own = notes(warned)
  for (let n = 0; n < 10_050; n++) own.answered(sender, answered)
  await own.stop()
  const [row] = await world.database.query<{ count: number }>(
    'select count(*)::integer from postern.request_log where account_id = $1',
    [sender.accountId],
  )
  assert.equal(row?.count, 10_000)
  assert.deepEqual(warned, ['requests missing in the log'])
})

test('smtp writes no line of HTTP, and the ticket of another process writes nothing', async () => {
  const line = {
    accountId: '0190a0b0-0000-7000-8000-000000000001',
    credentialId: '0190a0b0-0000-7000-8000-000000000002',
    id: '0190a0b0-0000-7000-8000-000000000003',
    at: new Date(systemClock.now()),
    method: 'POST',
    route: '/emails',
    status: 200,
    durationMs: 1,
    isUse: true,
    clientSealed: Buffer.alloc(1),
    bodiesSealed: null,
  }
  const refused = { code: '42501' }
  await assert.rejects(recordRequests(sql, ticket, [line]), refused)
  const other = await world.database.ticket('api')
  await assert.rejects(recordSubmissions(sql, other, [line]), refused)
  await assert.rejects(recordRequests(world.api.sql, ticket, [line]), refused)
  await recordSubmissions(sql, ticket, [line])
  const rows = await world.database.query<{ method: string }>(
    'select method from postern.request_log where id = $1',
    [line.id],
  )
  assert.deepEqual(rows, [{ method: 'SMTP' }])
})
