/** Deleting from the inbox: gone from the list, from disk, from open pages, and from no other site. */
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { request } from 'node:http'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { storeLimits } from '../../src/inbox/limits.ts'
import { Store } from '../../src/inbox/store.ts'
import { closedInbox, type LocalInbox, localInbox, temporaryFolder } from './local-inbox.ts'
import { deliver, listed, subjectsFor } from './mailbox.ts'

async function send(
  inbox: LocalInbox,
  path: string,
  { method = 'DELETE', headers = {} }: { method?: string; headers?: Record<string, string> } = {},
): Promise<{ status: number; body: { deleted?: number; name?: string } }> {
  // `fetch` writes some of these headers itself.
  const asked = request(`${inbox.address}${path}`, { method, headers })
  const { promise, resolve, reject } = Promise.withResolvers<{ status: number; body: object }>()
  asked.on('error', reject)
  asked.on('response', (response) => {
    let text = ''
    response.on('data', (chunk) => {
      text += chunk
    })
    response.on('end', () => resolve({ status: response.statusCode ?? 0, body: JSON.parse(text) }))
  })
  asked.end()
  return promise
}

async function bytesIn(folder: string): Promise<Buffer> {
  const names = await readdir(folder)
  return Buffer.concat(await Promise.all(names.map((name) => readFile(join(folder, name)))))
}

test('a deleted message is no longer listed, opened or found; the others are', async (t) => {
  const inbox = await localInbox(t)
  await deliver(
    t,
    inbox,
    ['one', 'two', 'three'].map((word) => `Subject: ${word}\r\n\r\nsame`),
  )
  assert.deepEqual(await subjectsFor(inbox, 'same'), ['three', 'two', 'one'])
  const { data } = await listed(inbox)
  const path = `/api/messages/${data[1]?.id}`
  assert.deepEqual(await send(inbox, path), { status: 200, body: { deleted: 1 } })
  assert.equal((await inbox.get(path)).status, 404)
  assert.equal((await send(inbox, path)).status, 404)
  assert.deepEqual(await subjectsFor(inbox, 'same'), ['three', 'one'])
  const left = await listed(inbox)
  assert.deepEqual([left.data.map(({ subject }) => subject), left.total], [['three', 'one'], 2])
})

test('a deleted message does not come back after a restart, wherever it stood', async (t) => {
  const folder = await temporaryFolder(t)
  const key = randomBytes(32)
  for (const gone of [0, 1, 2]) {
    const store = await Store.open({ folder, key })
    await store.deleteAll()
    const inbox = await closedInbox(t)
    inbox.open(store)
    const whole = { ...inbox, store, folder, address: `http://127.0.0.1:${inbox.ports.http}` }
    await deliver(
      t,
      whole as LocalInbox,
      ['a', 'b', 'c'].map((word) => `Subject: ${word}\r\n`),
    )
    const ids = store.list({ limit: 10 }).summaries.map(({ id }) => id)
    await store.delete(ids[gone] ?? '')
    await inbox.stop(200)
    const again = await Store.open({ folder, key })
    const kept = again.list({ limit: 10 }).summaries.map(({ id }) => id)
    assert.deepEqual(kept, ids.toSpliced(gone, 1))
    assert.ok(await again.find(kept[0] ?? ''))
    await again.close()
  }
})

test('the bytes of a deleted message are overwritten on disk', async (t) => {
  const inbox = await localInbox(t)
  await deliver(t, inbox, ['Subject: one\r\n', `Subject: two\r\n\r\n${'x'.repeat(200_000)}`])
  const before = await bytesIn(inbox.folder)
  const { data } = await listed(inbox)
  await send(inbox, `/api/messages/${data[0]?.id}`)
  const after = await bytesIn(inbox.folder)
  assert.equal(after.length, before.length)
  assert.ok(before.subarray(-200_000).some((byte) => byte !== 0))
  assert.ok(after.subarray(-200_000).every((byte) => byte === 0))
})

test('deleting all empties the folder, also of what is no longer listed; mail goes on', async (t) => {
  const inbox = await localInbox(t, { limits: { ...storeLimits, listedMax: 2 } })
  await deliver(
    t,
    inbox,
    ['one', 'two', 'three'].map((word) => `Subject: ${word}\r\n`),
  )
  assert.deepEqual(await send(inbox, '/api/messages'), { status: 200, body: { deleted: 2 } })
  assert.deepEqual(await readdir(inbox.folder), [])
  assert.deepEqual(await listed(inbox), { data: [], has_more: false, total: 0 })
  await deliver(t, inbox, ['Subject: four\r\n'])
  assert.deepEqual(
    (await listed(inbox)).data.map(({ subject }) => subject),
    ['four'],
  )
})

test('mail that arrives while messages are deleted is neither lost nor mixed up', async (t) => {
  const inbox = await localInbox(t)
  const rounds = 20
  for (let round = 0; round < rounds; round++) {
    const sources = Array.from({ length: 5 }, (_, i) => `Subject: ${round}-${i}\r\n\r\nbody`)
    const { data } = await listed(inbox)
    const deletions = data.slice(0, 2).map(({ id }) => send(inbox, `/api/messages/${id}`))
    await Promise.all([deliver(t, inbox, sources), ...deletions])
  }
  const { data } = await listed(inbox)
  assert.equal(data.length, rounds * 5 - (rounds - 1) * 2)
  for (const { id, subject } of data) {
    const { body } = await inbox.get(`/api/messages/${id}/raw`)
    assert.equal(body, `Subject: ${subject}\r\n\r\nbody\r\n`)
  }
})

test('deleting all with a parameter is refused: it would delete more than was meant', async (t) => {
  const inbox = await localInbox(t)
  await deliver(t, inbox, ['Subject: one\r\n'])
  assert.equal((await send(inbox, '/api/messages?query=none')).status, 422)
  assert.equal((await listed(inbox)).total, 1)
})

test('pages of other sites, the second origin among them, can delete nothing', async (t) => {
  const inbox = await localInbox(t)
  await deliver(t, inbox, ['Subject: one\r\n'])
  const { data } = await listed(inbox)
  const foreign: Record<string, string>[] = [
    { origin: 'https://evil.example' },
    { origin: `http://127.0.0.1:${inbox.ports.content}` },
    { origin: 'null' },
    { 'sec-fetch-site': 'cross-site' },
    { 'sec-fetch-site': 'same-site' },
  ]
  for (const headers of foreign) {
    for (const path of ['/api/messages', `/api/messages/${data[0]?.id}`]) {
      const { status, body } = await send(inbox, path, { headers })
      assert.deepEqual([status, body.name], [403, 'cross_site'])
    }
  }
  const preflight = await send(inbox, '/api/messages', { method: 'OPTIONS' })
  assert.equal(preflight.status, 405)
  assert.equal((await listed(inbox)).total, 1)
  const own = { origin: inbox.address, 'sec-fetch-site': 'same-origin' }
  assert.equal((await send(inbox, '/api/messages', { headers: own })).status, 200)
})

async function* eventsOf(t: TestContext, inbox: LocalInbox): AsyncGenerator<[string, unknown]> {
  const abort = new AbortController()
  t.after(() => abort.abort())
  const answer = await fetch(`${inbox.address}/api/stream`, { signal: abort.signal })
  let received = ''
  for await (const text of answer.body?.pipeThrough(new TextDecoderStream()) ?? []) {
    received += text
    const blocks = received.split('\n\n')
    received = blocks.pop() ?? ''
    for (const block of blocks) {
      const [, name, json] = /^event: (\w+)\ndata: (.*)$/.exec(block) ?? []
      if (name && json) yield [name, JSON.parse(json)]
      else yield ['open', null]
    }
  }
}

test('open pages are told what is gone, by id or all at once', async (t) => {
  const inbox = await localInbox(t)
  await deliver(t, inbox, ['Subject: one\r\n', 'Subject: two\r\n'])
  const { data } = await listed(inbox)
  const events = eventsOf(t, inbox)
  await events.next()
  await send(inbox, `/api/messages/${data[0]?.id}`)
  const first = { ids: [data[0]?.id], is_whole: true }
  assert.deepEqual((await events.next()).value, ['removed', first])
  await send(inbox, '/api/messages')
  assert.deepEqual((await events.next()).value, ['removed', { ids: [], is_whole: false }])
})
