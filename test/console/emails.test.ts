/** Messages over the wire of the console: found, followed, read, shown once, changed; and nothing of another account. */
import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { after, before, test } from 'node:test'
import { draft } from '../support/seeded.ts'
import { accept, otherOwner } from './mail-support.ts'
import { type Browser, type PeopleConsole, startPeopleConsole } from './people-console.ts'

let running: PeopleConsole
let browser: Browser
let other: Browser
let ids: string[]

const html =
  '<!doctype html><p>Hello</p><script>document.title = "ran"</script><img src="cid:logo">'
const logo = Buffer.from('89504e470d0a1a0a', 'hex')

before(async () => {
  running = await startPeopleConsole()
  browser = (await running.owner()).browser
  other = await otherOwner(running, 'eve@example.com')
  const tags = [{ name: 'kind', value: 'order:1' }]
  const attached = {
    description: {
      filename: 'Übersicht.png',
      contentType: 'image/png',
      contentId: 'logo',
      disposition: 'inline' as const,
    },
    bytes: logo,
  }
  const later = new Date(running.clock.now() + 3_600_000)
  const drafts = [
    draft(['ada@example.net'], { subject: 'First', tags }),
    {
      ...draft(['bob@example.org', 'ada@example.net'], { subject: 'Second' }),
      stream: 'bulk' as const,
    },
    {
      ...draft(['cyd@mail.example.org'], { subject: 'Third', attachments: 1 }),
      content: { html, text: 'Hello' },
      attachments: [attached],
    },
    { ...draft(['dan@example.org'], { subject: 'Fourth' }), scheduledAt: later },
  ]
  ids = []
  for (const one of drafts) ids.push(...(await accept(running, browser, [one])))
})
after(() => running.close())

const idOf = (index: number) => ids[index] ?? ''

async function found(query: Record<string, string>): Promise<string[]> {
  const { status, body } = await browser.ask('GET', `/api/emails?${new URLSearchParams(query)}`)
  assert.equal(status, 200, JSON.stringify(body))
  return body.data.map(({ subject }: { subject: string }) => subject)
}

test('messages come newest first, with whom they go to and a word for where they are, page by page', async () => {
  const first = await browser.ask('GET', '/api/emails?limit=3')
  assert.deepEqual(
    first.body.data.map(({ subject, state }: Record<string, string>) => [subject, state]),
    [
      ['Fourth', 'scheduled'],
      ['Third', 'queued'],
      ['Second', 'queued'],
    ],
  )
  assert.deepEqual(first.body.data[2].recipients, ['bob@example.org', 'ada@example.net'])
  const second = await browser.ask('GET', `/api/emails?limit=3&after=${first.body.next}`)
  assert.deepEqual([second.body.data.length, second.body.next], [1, null])
})

test('a search finds by address, domain, id, Message-ID, tag, state, stream and time', async () => {
  assert.deepEqual(await found({ recipient: 'Ada@EXAMPLE.net' }), ['Second', 'First'])
  assert.deepEqual(await found({ recipient: 'example.org' }), ['Fourth', 'Second'])
  assert.deepEqual(await found({ recipient: 'ad@example.net' }), [])
  assert.deepEqual(await found({ message_id: idOf(1) }), ['Second'])
  assert.deepEqual(await found({ message_id: `<${idOf(2)}@postern.localhost>` }), ['Third'])
  assert.deepEqual(await found({ tag: 'kind:order:1' }), ['First'])
  assert.deepEqual(await found({ stream: 'bulk' }), ['Second'])
  assert.deepEqual(await found({ state: 'scheduled' }), ['Fourth'])
  assert.deepEqual(await found({ state: 'bounced' }), [])
  assert.deepEqual(await found({ state: 'queued', recipient: 'ada@example.net' }), [
    'Second',
    'First',
  ])
  const before = new Date(running.clock.now() - 86_400_000).toISOString()
  assert.deepEqual(await found({ to: before }), [])
  assert.equal((await found({ from: before })).length, 4)
})

test('a bad filter is told by its field and rule', async () => {
  for (const [query, field] of [
    ['recipient=a@b@c', 'recipient'],
    ['recipient=-', 'recipient'],
    ['message_id=order-1', 'message_id'],
    ['tag=kind', 'tag'],
  ] as const) {
    const { status, body } = await browser.ask('GET', `/api/emails?${query}`)
    assert.deepEqual([status, body.error.code, body.error.field], [422, 'invalid_parameter', field])
  }
  for (const query of ['state=lost', 'from=yesterday', 'limit=101', 'subject=First', 'after=x']) {
    assert.equal((await browser.ask('GET', `/api/emails?${query}`)).status, 422, query)
  }
})

test('a list is kept current without opening anything: newer ones are counted, changes have another revision', async () => {
  const lines = () =>
    running.database.query("select from postern.ledger where action like '%open%'")
  const listed = (await browser.ask('GET', '/api/emails')).body.data
  const before = (await lines()).length
  const path = `/api/email-changes?newest=${idOf(1)}&ids=${ids.join(',')}`
  const { body } = await browser.ask('GET', path)
  assert.equal(body.new_count, 2)
  const revisions = (data: { id: string; revision: number }[]) =>
    new Map(data.map(({ id, revision }) => [id, revision]))
  assert.deepEqual(revisions(body.data), revisions(listed))
  const filtered = await browser.ask('GET', `${path}&recipient=example.org`)
  assert.equal(filtered.body.new_count, 1)
  assert.equal((await lines()).length, before)
})

test('one message: envelope, story, deliveries, headers, source and attachments', async () => {
  const { status, body } = await browser.ask('GET', `/api/emails/${idOf(2)}`)
  assert.equal(status, 200, JSON.stringify(body))
  assert.equal(body.subject, 'Third')
  assert.match(body.timeline[0].text, /^Accepted for 1 recipient/)
  assert.equal(body.deliveries[0].recipient, 'cyd@mail.example.org')
  assert.match(body.headers, /^From: Ada <ada@postern\.localhost>\r\n/)
  assert.match(body.source, /\r\n\r\n/)
  assert.deepEqual([body.has_html, body.text, body.is_cut], [true, 'Hello', false])
  assert.deepEqual(
    body.attachments.map((one: Record<string, unknown>) => [
      one.filename,
      one.size_bytes,
      one.is_inline,
    ]),
    [['Übersicht.png', 8, true]],
  )
  assert.deepEqual(body.possible, [])
})

async function open(path: string, cookie = browser.cookie) {
  return browser.ask('GET', path, undefined, {
    'postern-proof': undefined,
    origin: undefined,
    cookie: cookie && `postern_session=${cookie}`,
  })
}

test('a preview is shown once, in the browser that asked, and may run, send and fetch nothing', async () => {
  const ask = { images: false, theme: 'dark' }
  const { body } = await browser.ask('POST', `/api/emails/${idOf(2)}/preview`, ask)
  assert.match(body.url, /^\/preview\/[\w-]{43}$/)
  assert.equal((await open(body.url, other.cookie)).status, 404)
  assert.equal((await open(body.url, '')).status, 404)
  const shown = await open(body.url)
  assert.equal(shown.status, 200)
  const policy = String(shown.headers['content-security-policy'])
  assert.match(
    policy,
    /^sandbox; default-src 'none'; img-src data: cid:; style-src 'unsafe-inline';/,
  )
  assert.match(String(shown.body), /<p>Hello<\/p>/)
  assert.match(String(shown.body), /src="data:image\/png;base64,iVBORw0KGgo="/)
  assert.equal(shown.headers['x-frame-options'], undefined)
  assert.equal((await open(body.url)).status, 404)
  const withImages = { images: true, theme: 'light' }
  const again = await browser.ask('POST', `/api/emails/${idOf(2)}/preview`, withImages)
  const second = await open(again.body.url)
  assert.match(
    String(second.headers['content-security-policy']),
    /img-src data: cid: https: http:;/,
  )
})

test('a view that was not opened within a minute has ended, and only so many wait', async () => {
  const ask = { images: false, theme: 'light' }
  const { body } = await browser.ask('POST', `/api/emails/${idOf(0)}/preview`, ask)
  running.clock.forward(60_001)
  assert.equal((await open(body.url)).status, 404)
  let last = 0
  for (let n = 0; n < 61; n += 1) {
    running.clock.forward(50)
    last = (await browser.ask('POST', `/api/emails/${idOf(0)}/source`)).status
  }
  assert.equal(last, 429)
  running.clock.forward(60_001)
})

test('an attachment and the source are downloads, whatever type they say', async () => {
  const [attachment] = (await browser.ask('GET', `/api/emails/${idOf(2)}`)).body.attachments
  const path = `/api/emails/${idOf(2)}/attachments/${attachment.id}/download`
  const { body } = await browser.ask('POST', path)
  const file = await open(body.url)
  assert.equal(file.headers['content-type'], 'application/octet-stream')
  assert.match(String(file.headers['content-disposition']), /^attachment; .*%C3%9Cbersicht\.png/)
  assert.match(String(file.headers['content-security-policy']), /^sandbox;/)
  const source = await browser.ask('POST', `/api/emails/${idOf(0)}/source`)
  const eml = await open(source.body.url)
  assert.equal(eml.headers['content-type'], 'message/rfc822')
  assert.match(String(eml.body), /^From: /)
})

test('a scheduled message gets another time and is cancelled; what is not held cannot be released', async () => {
  const path = `/api/emails/${idOf(3)}`
  assert.deepEqual((await browser.ask('GET', path)).body.possible, ['cancel', 'reschedule'])
  const moved = await browser.ask('POST', `${path}/reschedule`, { scheduled_at: 'in 3 days' })
  assert.equal(moved.status, 204)
  assert.equal((await browser.ask('POST', `${path}/release`)).status, 422)
  assert.equal((await browser.ask('POST', `${path}/cancel`)).status, 204)
  const { body } = await browser.ask('GET', path)
  assert.deepEqual([body.state, body.possible], ['cancelled', []])
})

test('what has failed is sent again', async () => {
  const path = `/api/emails/${idOf(0)}`
  await running.database.query(
    `update postern.deliveries set state = 'bounced', ready = false where message_id = $1`,
    [idOf(0)],
  )
  assert.deepEqual(await found({ state: 'bounced' }), ['First'])
  assert.deepEqual((await browser.ask('GET', path)).body.possible, ['resend'])
  assert.equal((await browser.ask('POST', `${path}/resend`)).status, 204)
  assert.equal((await browser.ask('GET', path)).body.state, 'queued')
})

test('an id of another account is answered as one that never was, on every route', async () => {
  const [attachment] = (await browser.ask('GET', `/api/emails/${idOf(2)}`)).body.attachments
  const suppressed = await browser.ask('POST', '/api/suppressions', {
    addresses: ['x@example.net'],
  })
  assert.equal(suppressed.status, 204)
  const [suppression] = (await browser.ask('GET', '/api/suppressions')).body.data
  const preview = { images: false, theme: 'light' }
  const asks: [string, (id: string) => string, unknown?][] = [
    ['GET', (id) => `/api/emails/${id}`],
    ['POST', (id) => `/api/emails/${id}/preview`, preview],
    ['POST', (id) => `/api/emails/${id}/source`],
    ['POST', (id) => `/api/emails/${id}/cancel`],
    ['POST', (id) => `/api/emails/${id}/release`],
    ['POST', (id) => `/api/emails/${id}/resend`],
    ['POST', (id) => `/api/emails/${id}/reschedule`, { scheduled_at: 'in 1 hour' }],
    ['POST', (id) => `/api/emails/${id}/attachments/${attachment.id}/download`],
    ['GET', (id) => `/api/emails?message_id=${id}`],
    ['GET', (id) => `/api/emails?after=${id}`],
    ['GET', (id) => `/api/email-changes?newest=${id}&ids=${id}`],
    ['GET', (id) => `/api/logs/${id}`],
  ]
  for (const [method, path, body] of asks) {
    const alien = await answer(method, path(idOf(2)), body)
    const random = await answer(method, path(idLike(idOf(2))), body)
    assert.deepEqual(alien, random, path('…'))
  }
  const removal = (id: string) => answer('DELETE', `/api/suppressions/${id}`)
  assert.deepEqual(await removal(suppression.id), await removal(randomUUID()))
  assert.equal((await browser.ask('GET', '/api/suppressions')).body.data.length, 1)
})

/** As time-ordered as the id it stands beside. */
function idLike(id: string): string {
  return id.slice(0, 14) + randomUUID().slice(14)
}

/** Without the name of the request, which is new each time. */
async function answer(method: string, path: string, body?: unknown) {
  const said = await other.ask(method, path, body)
  if (said.body?.error) delete said.body.error.request_id
  return { status: said.status, body: said.body }
}
