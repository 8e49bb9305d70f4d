import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { createServer, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { after, before, beforeEach, test } from 'node:test'
import { openPool, type Pool } from '../../src/db/sql.ts'
import { AttachmentFetches, type AttachmentFetchesDeps } from '../../src/jobs/attachment-fetches.ts'
import { type FetchFileDeps, fetchFile } from '../../src/jobs/fetch-file.ts'
import { systemClock } from '../../src/lib/clock.ts'
import { type Answer, email, type RunningApi, startApi } from '../api/running-api.ts'
import { silentLog } from '../support/vault.ts'
import { waitFor } from '../support/wait-for.ts'

let api: RunningApi
let server: Server
let base: string
let sql: Pool
let deps: AttachmentFetchesDeps
let answer: RequestListener
const hooks: FetchFileDeps = {
  resolve: async () => ['127.0.0.1'],
  allow: (address) => address === '127.0.0.1',
}

before(async () => {
  api = await startApi()
  server = createServer((request, response) => answer(request, response))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const ticket = await api.database.ticket('jobs')
  sql = openPool(api.database.logins.jobs, { connectionsMax: 2 })
  deps = {
    sql,
    ticket,
    vault: api.vault.client('jobs', ticket),
    fetch: (url, bytesMax, signal) => fetchFile(url, bytesMax, { ...hooks, signal }),
    clock: systemClock,
    log: silentLog,
  }
})
after(async () => {
  server.closeAllConnections()
  await new Promise((resolve) => server.close(resolve))
  await sql.end()
  await api.end()
})
beforeEach(async () => {
  answer = (_, response) => response.end('the file')
  await api.database.query(
    `update postern.attachments set due_at = 'infinity' where state = 'waiting'`,
  )
})

const run = (changes: Partial<AttachmentFetchesDeps> = {}) =>
  new AttachmentFetches({ ...deps, ...changes }).run()

async function send(
  attachments: unknown[],
  changes: Record<string, unknown> = {},
): Promise<string> {
  const { status, body } = await api.call('POST', '/emails', {
    body: email({ attachments, ...changes }),
  })
  assert.equal(status, 200, JSON.stringify(body))
  return body.id
}

const read = async (id: string): Promise<Answer['body']> =>
  (await api.call('GET', `/emails/${id}`)).body

const list = async (id: string): Promise<Answer['body'][]> =>
  (await api.call('GET', `/emails/${id}/attachments`)).body.data

const makeDue = (id: string) =>
  api.database.query('update postern.attachments set due_at = now() where message_id = $1', [id])

const lastSentence = (body: Answer['body']) => body.timeline.at(-1).text

test('a message waits for its attachments, and goes with what was fetched', async () => {
  const file = randomBytes(2_000)
  answer = (_, response) => response.writeHead(200, { 'content-type': 'image/png' }).end(file)
  const id = await send([
    { path: `${base}/a%20file.bin?x=1` },
    { filename: 'own.txt', content: 'YQ==' },
  ])
  const waiting = await read(id)
  assert.deepEqual(waiting.deliveries[0].holds, ['attachments'])
  assert.match(lastSentence(waiting), /waits for its attachments to be fetched/)
  assert.deepEqual(
    (await list(id)).map(({ filename, size, download_url }) => [
      filename,
      size,
      download_url === null,
    ]),
    [
      ['a file.bin', 0, true],
      ['own.txt', 1, false],
    ],
  )
  await run()
  const [fetched] = await list(id)
  assert.deepEqual([fetched.size, fetched.content_type], [2_000, 'image/png'])
  const download = await fetch(fetched.download_url)
  assert.ok(Buffer.from(await download.arrayBuffer()).equals(file))
  const free = await read(id)
  assert.deepEqual(free.deliveries[0].holds, [])
  const [row] = await api.database.query<{ ready: boolean; size: number }>(
    `select d.ready, m.size_bytes as size from postern.deliveries d
       join postern.messages m on m.id = d.message_id where m.id = $1`,
    [id],
  )
  assert.ok(row!.ready && row!.size > 2_000)
})

test('the last of several attachments lets the message go, and not before its time', async () => {
  const id = await send([{ path: `${base}/1` }, { path: `${base}/2` }], {
    scheduled_at: 'in 1 hour',
  })
  await run()
  const body = await read(id)
  assert.deepEqual([body.last_event, body.deliveries[0].holds], ['scheduled', []])
  assert.equal(
    (await list(id)).every(({ size }) => size === 8),
    true,
  )
})

test('what fails for now is tried five times over some ten minutes, and then the message has failed', async () => {
  answer = (_, response) => response.writeHead(503).end()
  const id = await send([{ path: `${base}/a` }], {
    to: ['a@postern.localhost', 'b@postern.localhost'],
  })
  const delays: number[] = []
  for (let round = 1; round <= 4; round += 1) {
    await run()
    const [row] = await api.database.query<{ attempts: number; delay: number }>(
      'select attempts, extract(epoch from due_at - now())::float as delay from postern.attachments where message_id = $1',
      [id],
    )
    assert.equal(row!.attempts, round)
    delays.push(Math.round(row!.delay))
    await makeDue(id)
  }
  assert.deepEqual(delays, [10, 60, 180, 360])
  assert.equal((await read(id)).last_event, 'queued')
  await run()
  const body = await read(id)
  assert.equal(body.last_event, 'failed')
  assert.deepEqual(
    body.deliveries.map(({ state }: { state: string }) => state),
    ['cancelled', 'cancelled'],
  )
  assert.match(
    lastSentence(body),
    /could not be fetched, so nothing is sent: its host did not answer with/,
  )
  const listed = await api.call('GET', '/emails?limit=1')
  assert.equal(listed.body.data[0].last_event, 'failed')
})

test('a message that failed so can be sent again, and is fetched anew', async () => {
  answer = (_, response) => response.writeHead(302, { location: 'http://10.0.0.1/' }).end()
  const id = await send([{ path: `${base}/a` }])
  await run()
  assert.match(lastSentence(await read(id)), /leads into a private or special network/)
  assert.equal((await api.call('POST', `/emails/${id}/resend`)).status, 200)
  const again = await read(id)
  assert.deepEqual([again.last_event, again.deliveries[0].holds], ['queued', ['attachments']])
  answer = (_, response) => response.end('now it is here')
  await run()
  assert.deepEqual((await read(id)).deliveries[0].holds, [])
})

test('without the hook of this test not even the first call is made', async () => {
  let calls = 0
  answer = (_, response) => response.end(String(++calls))
  const id = await send([{ path: `${base}/a` }])
  const resolve = hooks.resolve
  await run({ fetch: (url, bytesMax, signal) => fetchFile(url, bytesMax, { resolve, signal }) })
  assert.equal((await read(id)).last_event, 'failed')
  assert.equal(calls, 0)
})

test('attachments larger than 40 MB in base64 together end the message', async () => {
  answer = (_, response) => response.end(Buffer.alloc(20_000_000))
  const id = await send([{ path: `${base}/1` }, { path: `${base}/2` }])
  await run()
  const body = await read(id)
  assert.equal(body.last_event, 'failed')
  assert.match(lastSentence(body), /larger than 40 MB together/)
})

test('what was canceled is not fetched', async () => {
  let calls = 0
  answer = (_, response) => response.end(String(++calls))
  const id = await send([{ path: `${base}/a` }])
  assert.equal((await api.call('POST', `/emails/${id}/cancel`)).status, 200)
  await run()
  assert.equal(calls, 0)
  assert.equal((await read(id)).last_event, 'canceled')
})

test('one account has two fetches under way at most, whatever it waits for', async () => {
  let open = 0
  let most = 0
  const waiting: (() => void)[] = []
  answer = (_, response) => {
    open += 1
    most = Math.max(most, open)
    waiting.push(() => {
      open -= 1
      response.end('x')
    })
  }
  const id = await send(Array.from({ length: 5 }, (_, n) => ({ path: `${base}/${n}` })))
  const running = run()
  for (let answered = 0; answered < 5; answered += 1) {
    await waitFor(() => waiting.length > 0, { what: 'a call' })
    waiting.shift()!()
  }
  await running
  assert.equal(most, 2)
  assert.deepEqual((await read(id)).deliveries[0].holds, [])
})

test('a stop puts back what is under way', async () => {
  answer = () => {}
  const id = await send([{ path: `${base}/a` }])
  const fetches = new AttachmentFetches(deps)
  const running = fetches.run()
  await waitFor(() => server.listening && serverHas(1), { what: 'the call' })
  fetches.stop()
  await running
  const rows = await api.database.query(
    'select state, due_at <= now() as due from postern.attachments where message_id = $1',
    [id],
  )
  assert.deepEqual(rows, [{ state: 'waiting', due: true }])
})

async function serverHas(connections: number): Promise<boolean> {
  const count = await new Promise<number>((resolve) =>
    server.getConnections((_, open) => resolve(open)),
  )
  return count >= connections
}

for (const [path, says] of [
  ['ftp://example.com/a', /begins with https:\/\/ or http:\/\//],
  ['not an address', /begins with https/],
  ['https://user:word@example.com/a', /user name or a password/],
  ['https://example.com:25/a', /port must be 80, 443/],
  [`https://example.com/${'a'.repeat(2_000)}`, /longer than 2000/],
] as const) {
  test(`an address that cannot be is refused at once: ${path.slice(0, 40)}`, async () => {
    const { status, body } = await api.call('POST', '/emails', {
      body: email({ attachments: [{ path, filename: 'a' }] }),
    })
    assert.equal(status, 422)
    assert.match(body.message, /`attachments\[0\]\.path`/)
    assert.match(body.message, says)
  })
}

test('an attachment has content or an address, not both', async () => {
  const { status, body } = await api.call('POST', '/emails', {
    body: email({ attachments: [{ path: `${base}/a`, content: 'YQ==', filename: 'a' }] }),
  })
  assert.deepEqual([status, body.name], [422, 'invalid_attachment'])
})
