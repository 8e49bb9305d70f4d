/** Exports of an account over the wire: who may, who is told, what is in the file, and that it is whole. */
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { scopes } from '../../src/core/access/scopes.ts'
import { exportContents, exportMessages } from '../../src/core/exports/message-queries.ts'
import { exportMembers } from '../../src/core/exports/queries.ts'
import { recordOutsiders } from '../../src/core/people/audit-queries.ts'
import { packClient } from '../../src/core/requests/client.ts'
import { recordRequests } from '../../src/core/requests/queries.ts'
import { packBodies } from '../../src/core/requests/read-requests.ts'
import { openPool } from '../../src/db/sql.ts'
import { beginSession, sealClass, sealNamed } from '../../src/lib/seal.ts'
import { uuidv7 } from '../../src/lib/uuid.ts'
import { draft } from '../support/seeded.ts'
import { waitFor } from '../support/wait-for.ts'
import { freshen, memberBrowser } from './account-support.ts'
import { download, newKey, start, takeExport } from './export-support.ts'
import { accept } from './mail-support.ts'
import {
  type Browser,
  type PeopleConsole,
  type SignedInBrowser,
  startPeopleConsole,
} from './people-console.ts'

let running: PeopleConsole
let owner: SignedInBrowser
let other: SignedInBrowser

/** Planted where people's data is; none may be seen in the sealed file, all in the opened one. */
const planted = {
  recipient: 'marker.reader@reader.example',
  subject: 'MARKER-SUBJECT',
  text: 'MARKER-TEXT',
  file: 'MARKER-FILE.txt',
  suppressed: 'marker.gone@reader.example',
  invited: 'marker.invited@reader.example',
  key: 'MARKER-KEY-NAME',
  agent: 'MARKER-AGENT/1',
  outsider: '198.51.100.77',
  body: 'MARKER-BODY',
}
const foreign = 'FOREIGN-SUBJECT'

before(async () => {
  running = await startPeopleConsole()
  owner = await running.owner()
  await running.owner('second@example.com')
  other = await running.owner('eve@example.com', await running.makeAccount('Other'))
  await accept(running, other.browser, [draft(['a@b.example'], { subject: foreign })])
  await plant(owner.browser)
})
after(() => running?.close())

async function plant(browser: Browser): Promise<void> {
  await freshen(running, owner)
  const asked: [string, unknown][] = [
    ['/api/suppressions', { addresses: [planted.suppressed] }],
    ['/api/invitations', { email: planted.invited, role: 'analyst' }],
    ['/api/keys', { name: planted.key, scopes: ['emails:send'] }],
    ['/api/domains', { name: 'export.example' }],
  ]
  for (const [path, body] of asked) {
    const { status, body: said } = await browser.ask('POST', path, body)
    assert.ok(status < 300, `${path}: ${JSON.stringify(said)}`)
  }
  const description = {
    ...{ filename: planted.file, contentType: 'text/plain', contentId: null },
    disposition: 'attachment' as const,
  }
  const many = Array.from({ length: 300 }, (_, n) => draft([`r${n}@bulk.example`]))
  const first = {
    ...draft([planted.recipient, 'second@reader.example'], {
      subject: planted.subject,
      bcc: ['hidden@reader.example'],
      recipients: [planted.recipient, 'second@reader.example', 'hidden@reader.example'],
    }),
    content: { html: null, text: planted.text },
    attachments: [{ description, bytes: Buffer.from('attached bytes') }],
  }
  await accept(running, browser, [first])
  for (let at = 0; at < many.length; at += 100) {
    await accept(running, browser, many.slice(at, at + 100))
  }
  await plantRecords(browser)
}

/** What other doors write of an account: requests, refused attempts, usage. */
async function plantRecords(browser: Browser): Promise<void> {
  const { accountId, database } = running
  const { keyVersion, publicKey } = await running.deps.vault.accountKeys(browser.h1)
  const session = beginSession({ accountId, keyVersion, publicKey })
  const named = (kind: typeof sealClass.client | typeof sealClass.bodies, bytes: Buffer) =>
    sealNamed(session, { recordId: uuidv7(Date.now()), class: kind }, bytes)
  const clientSealed = (address: string) =>
    named(sealClass.client, packClient({ address, userAgent: planted.agent }))
  const sql = openPool(database.logins.api, { connectionsMax: 1 })
  const bodies = packBodies({ request: { text: planted.body }, response: null })
  const line = {
    ...{ accountId, credentialId: uuidv7(Date.now()), method: 'POST', route: '/emails' },
    ...{ status: 200, durationMs: 3, isUse: false, at: new Date() },
  }
  await recordRequests(
    sql,
    await database.ticket('api'),
    [null, named(sealClass.bodies, bodies)].map((bodiesSealed) => ({
      ...line,
      ...{ id: uuidv7(Date.now()), clientSealed: clientSealed('192.0.2.9'), bodiesSealed },
    })),
  )
  await sql.end()
  await recordOutsiders(running.deps.sql, running.deps.ticket, [
    {
      ...{ accountId, door: 'console' as const, credentialId: null, userId: null },
      clientSealed: clientSealed(planted.outsider),
    },
  ])
  await database.query(
    `insert into postern.usage_days (lane, account_id, day, messages, recipients)
     values (private.lane_of($1), $1, current_date, 3, 4), (private.lane_of($1), $1, current_date - 1, 1, 1)`,
    [accountId],
  )
}

async function lines(action: string): Promise<{ object_count: number; hash: string }[]> {
  return running.database.query(
    `select object_count, encode(objects_hash, 'hex') as hash
       from postern.ledger where account_id = $1 and action = $2 order by id`,
    [running.accountId, action],
  )
}

async function told(): Promise<string[]> {
  const rows = await running.database.query(
    `select user_id from postern.notices where account_id = $1 and kind = 'account_exported' order by created_at`,
    [running.accountId],
  )
  return rows.map(({ user_id: user }) => user)
}

async function counted(text: string): Promise<number> {
  const [row] = await running.database.query(`select count(*)::integer as n from ${text}`, [
    running.accountId,
  ])
  return row?.n
}

test('without a fresh factor nothing begins, nobody is told and no line is written', async () => {
  running.clock.forward(11 * 60_000)
  for (const address of [undefined, planted.recipient]) {
    const { status, body } = await start(owner.browser, newKey(), address)
    assert.deepEqual([status, body.error.code], [403, 'step_up_needed'])
  }
  assert.deepEqual(await told(), [])
  assert.deepEqual(await lines('account.export'), [])
  assert.deepEqual(await lines('recipient.export'), [])
  // And the place is free again.
  await freshen(running, owner)
  assert.equal((await start(owner.browser, newKey(), planted.recipient)).status, 201)
  running.clock.forward(70_000)
})

test('admins may not, nor who may not see everything that is in it; a custom role with all of it may', async () => {
  const admin = await memberBrowser(running, owner, { role: 'admin' })
  const refused = await start(admin)
  assert.deepEqual([refused.status, refused.body.error.field], [403, 'data:export'])
  const only = await memberBrowser(running, owner, { role: 'custom', scopes: ['data:export'] })
  const narrow = await start(only)
  assert.equal(narrow.status, 403)
  assert.match(narrow.body.error.message, /`emails:read`/)
  assert.deepEqual(await told(), [])
  const all = [...scopes]
  const custom = await memberBrowser(running, owner, { role: 'custom', scopes: all })
  assert.equal((await start(custom, newKey(), planted.recipient)).status, 201)
  running.clock.forward(70_000)
  const key = { name: 'Exports', scopes: ['data:export'] }
  await freshen(running, owner)
  assert.equal((await owner.browser.ask('POST', '/api/keys', key)).status, 422)
})

test('what is no key and what is no address is refused by its name', async () => {
  await freshen(running, owner)
  const bad = Buffer.alloc(65, 4).toString('base64url')
  const wrong = await start(owner.browser, { ...newKey(), publicKey: bad })
  assert.deepEqual([wrong.status, wrong.body.error.field], [422, 'public_key'])
  for (const address of ['reader', 'Ada <ada@example.com>', '']) {
    const { status, body } = await start(owner.browser, newKey(), address)
    assert.deepEqual([status, body.error.field], [422, 'address'], address)
  }
  assert.deepEqual(await told(), [])
})

test('every row of the account is in it, and none of another', async () => {
  await freshen(running, owner)
  const [{ before: last } = { before: 0 }] = await running.database.query(
    'select max(id) as before from postern.ledger where account_id = $1',
    [running.accountId],
  )
  const taken = await takeExport(running, owner.browser)
  const byName = Object.fromEntries(taken.manifest.files.map(({ name, rows }) => [name, rows]))
  const { ledger_line: line } = taken.manifest
  const wanted = {
    'account.ndjson': await counted('postern.accounts where id = $1'),
    'members.ndjson': await counted('postern.members where account_id = $1'),
    'invitations.ndjson': await counted(
      "postern.one_time_links where account_id = $1 and purpose = 'invitation'",
    ),
    'domains.ndjson': await counted('postern.domains where account_id = $1'),
    'api_keys.ndjson': await counted(
      'postern.credentials where account_id = $1 and user_id is null',
    ),
    'suppressions.ndjson': await counted('postern.suppressions where account_id = $1'),
    'messages.ndjson': await counted('postern.messages where account_id = $1'),
    'requests.ndjson': await counted('postern.request_log where account_id = $1'),
    'usage.ndjson': await counted('postern.usage_days where account_id = $1'),
    'audit.ndjson': await counted(`postern.ledger where account_id = $1 and id <= ${Number(line)}`),
    'refused_attempts.ndjson': await counted('postern.outsider_attempts where account_id = $1'),
  }
  assert.deepEqual(byName, wanted)
  assert.ok(
    Object.values(wanted).every((rows) => rows > 0),
    JSON.stringify(wanted),
  )
  assert.ok(Number(line) > Number(last))
  assert.equal(wanted['messages.ndjson'], 301)
  assert.equal(taken.manifest.contents.files, 301)
  assert.equal(taken.manifest.unreadable, 0)
  const deliveries = taken.rows('messages').flatMap((row) => row.deliveries).length
  assert.equal(deliveries, await counted('postern.deliveries where account_id = $1'))
  const events = taken.rows('messages').flatMap((row) => row.events).length
  assert.equal(events, await counted('postern.events where account_id = $1'))
  const text = taken.text()
  assert.ok(!text.includes(foreign))
  for (const marker of Object.values(planted)) assert.ok(text.includes(marker), marker)
  for (const marker of [...Object.values(planted), 'messages.ndjson']) {
    assert.ok(!taken.sealed.includes(marker), `${marker} is in the sealed file`)
  }
})

test('a message has what went out, with its attachments, and everybody it went to', async () => {
  await freshen(running, owner)
  const taken = await takeExport(running, owner.browser)
  const [row] = taken.rows('messages')
  assert.equal(row.subject, planted.subject)
  assert.deepEqual(row.bcc, ['hidden@reader.example'])
  assert.equal(row.deliveries.length, 3)
  assert.deepEqual([row.events[0].kind, row.events[0].recipient], ['accepted', null])
  assert.equal(row.attachments[0].filename, planted.file)
  const source = readFileSync(join(taken.folder, row.content.file))
  assert.equal(createHash('sha256').update(source).digest('hex'), row.content.sha256)
  assert.ok(source.includes(planted.text))
  assert.ok(source.includes(Buffer.from('attached bytes').toString('base64')))
  assert.ok(!source.includes('hidden@reader.example'))
})

test('nothing of it opens anything: no token, no hash of one, no private key', async () => {
  await freshen(running, owner)
  const text = (await takeExport(running, owner.browser)).text()
  const secrets = await running.database.query(
    `select encode(h2, 'hex') as secret from postern.credentials
     union all select encode(h2, 'hex') from postern.one_time_links
     union all select encode(wrapped, 'hex') from postern.signing_keys
     union all select encode(wrapped, 'base64') from postern.signing_keys`,
  )
  assert.ok(secrets.length > 3)
  for (const { secret } of secrets) assert.ok(!text.includes(secret))
  assert.doesNotMatch(text, /PRIVATE KEY|re_[\w-]{30}/)
})

test('all owners are told, and the ledger has its beginning and its end with the hash of the manifest', async () => {
  await freshen(running, owner)
  const before = (await told()).length
  const ends = (await lines('account.export_end')).length
  const taken = await takeExport(running, owner.browser)
  const owners = await running.database.query(
    "select user_id from postern.members where account_id = $1 and role = 'owner' and is_live order by user_id",
    [running.accountId],
  )
  assert.equal(owners.length, 2)
  assert.deepEqual(
    (await told()).slice(before).sort(),
    owners.map(({ user_id: user }) => user),
  )
  const ended = await lines('account.export_end')
  assert.equal(ended.length, ends + 1)
  const rows = taken.manifest.files.reduce((sum, one) => sum + one.rows, 0)
  assert.deepEqual(ended.at(-1), { object_count: rows, hash: taken.manifestHash })
  const { body } = await owner.browser.ask('GET', `/api/exports/${taken.id}`)
  assert.deepEqual(
    [body.state, body.kind, body.messages, body.bytes],
    ['done', 'account', 301, taken.sealed.length],
  )
  const foreignAnswer = await other.browser.ask('GET', `/api/exports/${taken.id}`)
  assert.equal(foreignAnswer.status, 404)
})

test('one of an account at a time and three in all; who does not fetch it loses it within a minute', async () => {
  await freshen(running, owner)
  await freshen(running, other)
  const first = await start(owner.browser)
  assert.equal(first.status, 201)
  const second = await start(owner.browser, newKey(), planted.recipient)
  assert.deepEqual([second.status, second.body.error.code], [409, 'concurrent_request'])
  const before = (await told()).length
  await start(owner.browser)
  assert.equal((await told()).length, before)
  assert.equal((await start(other.browser)).status, 201)
  const more: SignedInBrowser[] = []
  for (const name of ['third', 'fourth']) {
    more.push(await running.owner(`${name}@example.com`, await running.makeAccount(name)))
  }
  const [third, fourth] = more
  assert.ok(third && fourth)
  assert.equal((await start(third.browser)).status, 201)
  const full = await start(fourth.browser)
  assert.deepEqual([full.status, full.body.error.code], [429, 'rate_limited'])
  running.clock.forward(70_000)
  assert.equal((await download(running, owner.browser, first.body.url)).status, 404)
  assert.equal((await start(fourth.browser)).status, 201)
  running.clock.forward(70_000)
})

test('its address works once, for the session that asked alone', async () => {
  await freshen(running, owner)
  const { body } = await start(owner.browser, newKey(), planted.recipient)
  assert.equal((await download(running, other.browser, body.url)).status, 404)
  const answer = await download(running, owner.browser, body.url)
  assert.equal(answer.status, 200)
  await answer.arrayBuffer()
  assert.equal((await download(running, owner.browser, body.url)).status, 404)
})

test('nothing is read for an export that this session has not begun, or of another kind', async () => {
  await freshen(running, owner)
  const { sql } = running.deps
  const all = { recipient: null, after: null, rowLimit: 10, walkLimit: 10 }
  const { ledger_line: begun } = (await takeExport(running, owner.browser)).manifest
  const { h1 } = owner.browser
  const [message] = (await exportMessages(sql, { h1, begun }, all)).rows
  assert.ok(message)
  assert.equal((await exportContents(sql, { h1, begun }, [message.id])).size, 1)
  const person = await takeExport(running, owner.browser, planted.recipient)
  const attempts = [
    { h1, begun: '1' },
    { h1, begun: person.manifest.ledger_line },
    { h1: other.browser.h1, begun },
  ]
  for (const exporting of attempts) {
    assert.deepEqual((await exportMessages(sql, exporting, all)).rows, [])
    assert.deepEqual(await exportMembers(sql, exporting, { after: null, rowLimit: 10 }), [])
  }
  assert.equal((await exportContents(sql, { h1: other.browser.h1, begun }, [message.id])).size, 0)
})

test('cut off by who fetches it, it is not whole, and the ledger says so', async () => {
  await freshen(running, owner)
  const large = { html: null, text: 'x'.repeat(4_000_000) }
  for (let n = 0; n < 4; n += 1) {
    await accept(running, owner.browser, [{ ...draft(['big@reader.example']), content: large }])
  }
  const { body } = await start(owner.browser)
  const answer = await download(running, owner.browser, body.url)
  const reader = answer.body?.getReader()
  assert.ok((await reader?.read())?.value)
  await reader?.cancel()
  const state = async () => (await owner.browser.ask('GET', `/api/exports/${body.id}`)).body.state
  await waitFor(async () => (await state()) === 'cut', { what: 'the export to be cut' })
  assert.equal((await lines('account.export_cut')).length, 1)
})

test('a message whose bytes were changed is named, and the rest is there', async () => {
  await freshen(running, owner)
  const [id] = await accept(running, owner.browser, [draft(['broken@reader.example'])])
  const [lost] = await accept(running, owner.browser, [draft(['lost@reader.example'])])
  await running.database.query(
    'update postern.messages set envelope_sealed = set_byte(envelope_sealed, 40, 255 - get_byte(envelope_sealed, 40)) where id = $1',
    [id],
  )
  await running.database.query(
    'update postern.contents set content_sealed = set_byte(content_sealed, 40, 255 - get_byte(content_sealed, 40)) where message_id = $1',
    [lost],
  )
  const taken = await takeExport(running, owner.browser)
  assert.equal(taken.manifest.unreadable, 2)
  const row = (wanted: string | undefined) =>
    taken.rows('messages').find((one) => one.id === wanted)
  assert.deepEqual([row(id).unreadable, row(id).content], ['all', null])
  assert.deepEqual([row(lost).unreadable, row(lost).content], ['content', null])
  assert.equal(row(lost).subject, 'Hello')
  assert.ok(taken.rows('messages').length > 300)
})

test('of one person it has what went to them, and nobody else’s deliveries', async () => {
  await freshen(running, owner)
  const before = await told()
  const [late] = await accept(running, owner.browser, [draft(['Marker.Reader@READER.example'])])
  await owner.browser.ask('POST', '/api/suppressions', { addresses: [planted.recipient] })
  const taken = await takeExport(running, owner.browser, ' marker.reader@Reader.example')
  assert.equal(taken.manifest.kind, 'person')
  assert.deepEqual(
    taken.manifest.files.map(({ name, rows }) => [name, rows]),
    [
      ['suppressions.ndjson', 1],
      ['messages.ndjson', 2],
    ],
  )
  const [first, second] = taken.rows('messages')
  assert.equal(first.subject, planted.subject)
  assert.deepEqual(
    first.deliveries.map(({ recipient }: { recipient: string }) => recipient),
    [planted.recipient],
  )
  assert.equal(second.id, late)
  assert.equal(taken.rows('suppressions')[0].address, planted.recipient)
  const text = taken.text()
  assert.ok(text.includes(planted.text))
  for (const foreigner of [
    'hidden@reader.example',
    planted.suppressed,
    'r1@bulk.example',
    foreign,
  ]) {
    assert.ok(!text.includes(foreigner), foreigner)
  }
  assert.deepEqual(await told(), before, 'owners are told of exports of the whole account')
  assert.equal((await lines('recipient.export_end')).at(-1)?.hash, taken.manifestHash)
  const [line] = await running.database.query(
    `select private.ledger_text(l) as text from postern.ledger l where id = $1`,
    [taken.manifest.ledger_line],
  )
  assert.ok(!line?.text.includes('reader'))
})

test('of one person nothing is found in another account, and of nobody nothing at all', async () => {
  await freshen(running, other)
  const elsewhere = await takeExport(running, other.browser, planted.recipient)
  assert.deepEqual(
    elsewhere.manifest.files.map(({ rows }) => rows),
    [0, 0],
  )
  await freshen(running, owner)
  const nobody = await takeExport(running, owner.browser, 'nobody@reader.example')
  assert.deepEqual(
    nobody.manifest.files.map(({ rows }) => rows),
    [0, 0],
  )
  assert.equal(nobody.manifest.contents.files, 0)
})
