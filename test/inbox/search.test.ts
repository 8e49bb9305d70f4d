/** Finding messages by sender, recipients, subject and text. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { searchLimits } from '../../src/inbox/limits.ts'
import { Dialogue } from './dialogue.ts'
import { localInbox } from './local-inbox.ts'
import { deliver, listed, subjectsFor } from './mailbox.ts'

const plain = 'From: Ada <ada@engines.example>\r\nSubject: Bill\r\n\r\nYour engine is ready.'
const html = [
  'From: Bob <bob@example.org>',
  'Subject: =?utf-8?q?Gr=C3=BC=C3=9Fe?=',
  'Content-Type: text/html; charset=utf-8',
  'Content-Transfer-Encoding: quoted-printable',
  '',
  '<style>.secret{}</style><p>Sch=C3=B6ne <b>Ma</b>schine &amp; more</p>',
].join('\r\n')

test('sender, recipient, subject and text are found, in any case and decoded', async (t) => {
  const inbox = await localInbox(t)
  await deliver(t, inbox, [plain, html])
  const cases: [string, string[]][] = [
    ['ADA', ['Grüße', 'Bill']],
    ['from:ada', ['Bill']],
    ['to:ada@example.com', ['Grüße', 'Bill']],
    ['subject:grüße', ['Grüße']],
    ['"engine is"', ['Bill']],
    ['schöne', ['Grüße']],
    ['"& more"', ['Grüße']],
    ['from:bob schöne', ['Grüße']],
    ['from:ada schöne', []],
    ['subject:engine', []],
    ['secret', []],
    ['charset', []],
  ]
  for (const [query, subjects] of cases) {
    assert.deepEqual(await subjectsFor(inbox, query), subjects, query)
  }
})

test('found messages come in pages', async (t) => {
  const inbox = await localInbox(t)
  const sources = Array.from(
    { length: 10 },
    (_, i) => `Subject: n${i}\r\n\r\n${i % 2 ? 'odd' : 'even'}`,
  )
  await deliver(t, inbox, sources)
  const first = await listed(inbox, '?query=odd&limit=3')
  assert.deepEqual(
    first.data.map(({ subject }) => subject),
    ['n9', 'n7', 'n5'],
  )
  assert.deepEqual([first.has_more, first.search_is_complete], [true, true])
  const rest = await listed(inbox, `?query=odd&limit=3&after=${first.data[2]?.id}`)
  assert.deepEqual(
    rest.data.map(({ subject }) => subject),
    ['n3', 'n1'],
  )
  assert.equal(rest.has_more, false)
})

test('a recipient beyond those the list names is found too', async (t) => {
  const inbox = await localInbox(t)
  const dialogue = await Dialogue.open(inbox.ports.smtp)
  t.after(() => dialogue.close())
  await dialogue.greet()
  await dialogue.ask('MAIL FROM:<sender@example.com>')
  for (let i = 0; i < 30; i++) await dialogue.ask(`RCPT TO:<r${i}@example.com>`)
  await dialogue.ask('DATA')
  await dialogue.ask('Subject: many\r\n\r\nx\r\n.')
  assert.deepEqual(await subjectsFor(inbox, 'to:r29@example.com'), ['many'])
  assert.deepEqual(await subjectsFor(inbox, 'to:r30@example.com'), [])
})

test('a message no parser can take apart is searched as it was written', async (t) => {
  const inbox = await localInbox(t)
  let source = 'Subject: deep\r\n'
  for (let i = 0; i < 200; i++) {
    source += `Content-Type: multipart/mixed; boundary=b${i}\r\n\r\n--b${i}\r\n`
  }
  await deliver(t, inbox, [`${source}\r\nneedle\r\n`])
  assert.deepEqual(await subjectsFor(inbox, 'needle'), ['deep'])
})

test('a search that runs out of time answers with what it has, and says so', async (t) => {
  let nowMs = 1_700_000_000_000
  let isSearching = false
  const now = () => {
    if (isSearching) nowMs += searchLimits.timeMs / 4
    return nowMs
  }
  const inbox = await localInbox(t, { clock: { now } })
  await deliver(
    t,
    inbox,
    Array.from({ length: 20 }, (_, i) => `Subject: s${i}\r\n\r\nneedle`),
  )
  isSearching = true
  const found = await listed(inbox, '?query=needle')
  assert.deepEqual([found.search_is_complete, found.has_more], [false, true])
  assert.ok(found.data.length > 0 && found.data.length < 20)
  const after = found.data.at(-1)?.id
  const next = await listed(inbox, `?query=needle&after=${after}`)
  assert.ok(next.data.length > 0, 'the next page goes on from there')
})
