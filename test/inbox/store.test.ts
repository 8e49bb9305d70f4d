/** What the inbox keeps on disk: sealed, bounded, and there again after a restart. */
import assert from 'node:assert/strict'
import { appendFile, readdir, readFile, stat, truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { type StoreLimits, storeLimits } from '../../src/inbox/limits.ts'
import type { StoredMessage } from '../../src/inbox/record.ts'
import { Store } from '../../src/inbox/store.ts'
import { uuidv7 } from '../../src/lib/uuid.ts'
import { Dialogue } from './dialogue.ts'
import { localInbox, temporaryFolder } from './local-inbox.ts'

const key = Buffer.alloc(32, 1)

function message(subject: string, source = `Subject: ${subject}\r\n\r\nbody\r\n`): StoredMessage {
  return {
    id: uuidv7(1_700_000_000_000),
    from: 'sender@example.com',
    to: ['ada@example.com'],
    subject,
    receivedAt: new Date(1_700_000_000_000),
    sizeBytes: source.length,
    isComplaint: false,
    returnPath: 'bounce@example.com',
    source: Buffer.from(source),
  }
}

async function openStore(
  t: TestContext,
  folder: string,
  { limits = storeLimits, fileKey = key }: { limits?: StoreLimits; fileKey?: Buffer } = {},
): Promise<Store> {
  const store = await Store.open({ folder, key: fileKey, limits })
  t.after(() => store.close())
  return store
}

function subjects(store: Store): string[] {
  return store.list({ limit: 2000 }).summaries.map(({ subject }) => subject)
}

async function segments(folder: string): Promise<string[]> {
  return (await readdir(folder)).sort().map((name) => join(folder, name))
}

test('after a restart everything is listed and opens as before, and more can be added', async (t) => {
  const folder = await temporaryFolder(t)
  const before = await openStore(t, folder)
  const kept = ['one', 'two', 'three'].map((subject) => message(subject))
  await Promise.all(kept.map((one) => before.append(one)))
  await before.close()
  const after = await openStore(t, folder)
  assert.deepEqual(subjects(after), ['three', 'two', 'one'])
  for (const one of kept) assert.deepEqual(await after.find(one.id), one)
  await after.append(message('four'))
  assert.deepEqual(subjects(after), ['four', 'three', 'two', 'one'])
  assert.equal((await segments(folder)).length, 1)
})

test('a torn tail is cut off, wherever it was torn, and writing goes on behind the last whole record', async (t) => {
  const folder = await temporaryFolder(t)
  const first = await openStore(t, folder)
  await first.append(message('whole'))
  const [segment = ''] = await segments(folder)
  const wholeBytes = (await stat(segment)).size
  await first.append(message('torn'))
  await first.close()
  const bytes = await readFile(segment)
  for (let length = wholeBytes; length < bytes.length; length += 13) {
    await writeFile(segment, bytes.subarray(0, length))
    const store = await Store.open({ folder, key })
    assert.deepEqual(subjects(store), ['whole'])
    assert.equal((await stat(segment)).size, wholeBytes)
    await store.append(message('next'))
    assert.deepEqual(subjects(store), ['next', 'whole'])
    await store.close()
    const again = await Store.open({ folder, key })
    assert.deepEqual(subjects(again), ['next', 'whole'])
    await again.close()
  }
})

test('a last record that has its length but not its bytes is cut off too', async (t) => {
  const folder = await temporaryFolder(t)
  const first = await openStore(t, folder)
  await first.append(message('whole'))
  const [segment = ''] = await segments(folder)
  const wholeBytes = (await stat(segment)).size
  await first.append(message('zeroed'))
  await first.close()
  const fullBytes = (await stat(segment)).size
  await truncate(segment, wholeBytes + 20)
  await truncate(segment, fullBytes)
  const store = await openStore(t, folder)
  assert.deepEqual(subjects(store), ['whole'])
  await store.append(message('next'))
  await store.close()
  assert.deepEqual(subjects(await openStore(t, folder)), ['next', 'whole'])
})

test('garbage behind the records, and a segment without a head, do no harm', async (t) => {
  const folder = await temporaryFolder(t)
  const first = await openStore(t, folder)
  await first.append(message('one'))
  await first.close()
  const [segment = ''] = await segments(folder)
  await appendFile(segment, 'garbage that is no record at all')
  await writeFile(join(folder, '0000000009.sealed'), 'PST')
  const store = await openStore(t, folder)
  assert.deepEqual(subjects(store), ['one'])
  assert.equal(store.unreadableSegments, 0)
})

test('segments rotate, and the oldest go when the folder is full, with their messages', async (t) => {
  const folder = await temporaryFolder(t)
  const limits = { ...storeLimits, segmentBytesMax: 10_000, folderBytesMax: 50_000 }
  const store = await openStore(t, folder, { limits })
  const first = message('0', 'x'.repeat(900))
  await store.append(first)
  for (let i = 1; i < 200; i++) await store.append(message(String(i), 'x'.repeat(900)))
  let folderBytes = 0
  for (const path of await segments(folder)) folderBytes += (await stat(path)).size
  assert.ok(folderBytes <= limits.folderBytesMax, `${folderBytes} bytes`)
  assert.ok((await segments(folder)).length >= 4)
  assert.equal(await store.find(first.id), undefined)
  const listed = subjects(store)
  assert.ok(listed.length > 20 && listed.length < 60, `${listed.length} messages`)
  const { summaries } = store.list({ limit: 2000 })
  for (const { id } of summaries) assert.ok(await store.find(id))
  await store.close()
  assert.deepEqual(subjects(await openStore(t, folder, { limits })), listed)
})

test('only the newest messages are listed, now and after a restart', async (t) => {
  const folder = await temporaryFolder(t)
  const limits = { ...storeLimits, listedMax: 10, segmentBytesMax: 3000 }
  const store = await openStore(t, folder, { limits })
  for (let i = 0; i < 25; i++) await store.append(message(String(i)))
  const newest = Array.from({ length: 10 }, (_, i) => String(24 - i))
  assert.deepEqual(subjects(store), newest)
  await store.close()
  assert.deepEqual(subjects(await openStore(t, folder, { limits })), newest)
})

test('under another key the inbox starts empty, says how much it cannot read, and goes on', async (t) => {
  const folder = await temporaryFolder(t)
  const first = await openStore(t, folder)
  await first.append(message('old'))
  await first.close()
  const other = await openStore(t, folder, { fileKey: Buffer.alloc(32, 2) })
  assert.deepEqual(subjects(other), [])
  assert.equal(other.unreadableSegments, 1)
  await other.append(message('new'))
  await other.close()
  assert.deepEqual(subjects(await openStore(t, folder, { fileKey: Buffer.alloc(32, 2) })), ['new'])
  assert.deepEqual(subjects(await openStore(t, folder)), ['old'])
})

test('what waits while a group is written goes into the next, and all of it is kept in order', async (t) => {
  const folder = await temporaryFolder(t)
  const store = await openStore(t, folder)
  const all = Array.from({ length: 700 }, (_, i) => message(String(i)))
  await Promise.all(all.map((one) => store.append(one)))
  assert.deepEqual(subjects(store), all.map(({ subject }) => subject).reverse())
  for (const one of [all[0]!, all[350]!, all[699]!]) {
    assert.deepEqual(await store.find(one.id), one)
  }
})

test('a list is read on from the last message known', async (t) => {
  const store = await openStore(t, await temporaryFolder(t))
  for (let i = 0; i < 5; i++) await store.append(message(String(i)))
  const first = store.list({ limit: 2 })
  assert.deepEqual(
    first.summaries.map(({ subject }) => subject),
    ['4', '3'],
  )
  assert.equal(first.hasMore, true)
  const rest = store.list({ limit: 3, after: first.summaries[1]?.id })
  assert.deepEqual(
    rest.summaries.map(({ subject }) => subject),
    ['2', '1', '0'],
  )
  assert.equal(rest.hasMore, false)
})

test('nothing of a message can be read from the disk', async (t) => {
  const inbox = await localInbox(t)
  const dialogue = await Dialogue.open(inbox.ports.smtp)
  t.after(() => dialogue.close())
  await dialogue.greet()
  const markers = ['marker-from', 'marker-subject', 'marker-body', 'marker-recipient']
  const source = `From: marker-from@b.example\r\nSubject: marker-subject\r\n\r\n${'marker-body '.repeat(500)}`
  await dialogue.deliver(source, 'marker-recipient@example.com')
  const shown = await inbox.get(`/api/messages/${inbox.store.list({ limit: 1 }).summaries[0]?.id}`)
  const paths = await segments(inbox.folder)
  const onDisk = Buffer.concat(await Promise.all(paths.map((path) => readFile(path))))
  assert.ok(onDisk.length > source.length, 'the message is on the disk')
  for (const marker of markers) {
    assert.ok(shown.body.includes(marker), `${marker} is shown`)
    const bytes = Buffer.from(marker)
    for (const form of [marker, bytes.toString('base64').slice(0, -2), bytes.toString('hex')]) {
      assert.equal(onDisk.includes(form), false, `${marker} as ${form}`)
    }
    assert.equal(onDisk.includes(Buffer.from(marker, 'utf16le')), false)
  }
  for (const path of paths) assert.equal((await stat(path)).mode & 0o077, 0, 'for the owner only')
})
