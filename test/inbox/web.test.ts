/** The inbox's page, JSON, stream and second origin, over real sockets. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { request } from 'node:http'
import { connect } from 'node:net'
import { text } from 'node:stream/consumers'
import { test } from 'node:test'
import { webLimits } from '../../src/inbox/limits.ts'
import { Dialogue } from './dialogue.ts'
import { closedInbox, localInbox } from './local-inbox.ts'
import { deliver, type ListedMessage, listed, newest } from './mailbox.ts'

const htmlSource = [
  'From: Ada <ada@engines.example>',
  'Subject: =?utf-8?q?Gr=C3=BC=C3=9Fe?=',
  'Content-Type: text/html; charset=utf-8',
  '',
  '<p>Hello</p><script>alert(1)</script><img src="https://tracker.example/x.gif">',
].join('\r\n')

/** `fetch` sets Host itself, so foreign names need the bare client. */
async function statusFor(port: number, host: string, path: string): Promise<[number, string]> {
  const asked = request({ host: '127.0.0.1', port, path, headers: { host } })
  asked.end()
  const [response] = await once(asked, 'response')
  return [response.statusCode, await text(response)]
}

test('messages are listed newest first', async (t) => {
  const inbox = await localInbox(t)
  assert.deepEqual(await listed(inbox), { data: [], has_more: false, total: 0 })
  await deliver(t, inbox, ['Subject: one\r\n', htmlSource])
  const { data } = await listed(inbox)
  assert.deepEqual(
    data.map(({ subject }) => subject),
    ['Grüße', 'one'],
  )
  assert.equal(data[0]?.from, 'Ada <ada@engines.example>')
  assert.deepEqual(data[0]?.to, ['ada@example.com'])
  assert.ok(Math.abs(Date.parse(data[0]?.received_at ?? '') - Date.now()) < 60_000)
  const first = await listed(inbox, '?limit=1')
  assert.equal(first.has_more, true)
  const second = await listed(inbox, `?limit=1&after=${first.data[0]?.id}`)
  assert.deepEqual([second.data[0]?.subject, second.has_more], ['one', false])
})

test('one message comes with its parts, header and source', async (t) => {
  const inbox = await localInbox(t)
  await deliver(t, inbox, [htmlSource])
  const shown = await newest(inbox)
  assert.match(shown.html ?? '', /<p>Hello<\/p>/)
  assert.deepEqual(shown.headers[0], { name: 'From', value: 'Ada <ada@engines.example>' })
  const fields = { text: null, source: `${htmlSource}\r\n`, attachments: [], note: null }
  assert.deepEqual({ ...shown, ...fields }, shown)
})

test('what does not exist, or is asked wrongly, is refused in JSON that says the rule', async (t) => {
  const inbox = await localInbox(t)
  const cases: [string, number, RegExp][] = [
    ['/api/messages/01900000-0000-7000-8000-000000000000', 404, /no such message/],
    ['/api/messages/nonsense', 404, /no such message/],
    ['/api/other', 404, /no such address/],
    ['/other', 404, /no such page/],
    ['/../../etc/passwd', 404, /no such page/],
    ['/api/messages?limit=0', 422, /limit must be/],
    ['/api/messages?limit=2001', 422, /limit must be/],
    ['/api/messages?limit=many', 422, /limit must be/],
    ['/api/messages?after=nonsense', 422, /after must be/],
    ['/api/messages?querry=x', 422, /parameters are limit, after and query/],
    [`/api/messages?query=${'x'.repeat(201)}`, 422, /at most 200 characters/],
    [`/api/messages?query=${'x+'.repeat(11)}`, 422, /at most 10 words/],
    ['/api/messages/nonsense/raw', 404, /no such message/],
    ['/api/messages/01900000-0000-7000-8000-000000000000/other', 404, /no such address/],
  ]
  for (const [path, status, rule] of cases) {
    const answer = await inbox.get(path)
    assert.equal(answer.status, status, path)
    assert.match(answer.headers.get('content-type') ?? '', /^application\/json/)
    assert.match(JSON.parse(answer.body).message, rule)
  }
  const posted = await fetch(`${inbox.address}/api/messages`, { method: 'POST' })
  assert.deepEqual([posted.status, posted.headers.get('allow')], [405, 'GET, HEAD, DELETE'])
  const onPage = await fetch(inbox.address, { method: 'DELETE' })
  assert.deepEqual([onPage.status, onPage.headers.get('allow')], [405, 'GET, HEAD'])
})

test('until the key is there the JSON says so and the page is served', async (t) => {
  const inbox = await closedInbox(t)
  const address = `http://127.0.0.1:${inbox.ports.http}`
  for (const path of ['/api/messages', '/api/stream']) {
    const answer = await fetch(address + path)
    assert.deepEqual([answer.status, answer.headers.get('retry-after')], [503, '1'])
    assert.match(await answer.text(), /waits for its key/)
  }
  assert.equal((await fetch(address)).status, 200)
})

test('only a Host of this machine is answered, on both origins', async (t) => {
  const inbox = await localInbox(t)
  await deliver(t, inbox, [htmlSource])
  const shown = await newest(inbox)
  const content = new URL(shown.html_url ?? '')
  const doors: [number, string][] = [
    [inbox.ports.http, '/api/messages'],
    [inbox.ports.http, '/'],
    [inbox.ports.content, content.pathname],
  ]
  for (const [port, path] of doors) {
    for (const host of ['127.0.0.1', `localhost:${port}`, 'LOCALHOST', '[::1]:9000']) {
      assert.equal((await statusFor(port, host, path))[0], 200, `${host} ${path}`)
    }
    const foreign = [
      'evil.example',
      `evil.example:${port}`,
      'localhost.evil.example',
      '127.0.0.1.evil.example',
      '127.0.0.1@evil.example',
      '192.168.0.1',
      'localhost:',
    ]
    for (const host of foreign) {
      const [status, body] = await statusFor(port, host, path)
      assert.equal(status, 421, `${host} ${path}`)
      assert.equal(body.includes(shown.id), false)
    }
  }
})

test('a request without a Host is refused too', async (t) => {
  const inbox = await localInbox(t)
  const socket = connect(inbox.ports.http, '127.0.0.1')
  socket.end('GET /api/messages HTTP/1.0\r\n\r\n')
  assert.match(await text(socket), /^HTTP\/1\.1 421 /)
})

test('the page runs no script but its own and is framed by nobody', async (t) => {
  const inbox = await localInbox(t)
  const page = await inbox.get('/')
  const policy = page.headers.get('content-security-policy') ?? ''
  assert.match(policy, /default-src 'none'/)
  assert.match(policy, /script-src 'self'(;|$)/)
  assert.match(policy, /frame-ancestors 'none'/)
  assert.match(policy, new RegExp(`frame-src http://127\\.0\\.0\\.1:${inbox.ports.content}(;|$)`))
  assert.doesNotMatch(policy, /unsafe|\*/)
  assert.doesNotMatch(page.body, /<script(?![^>]*\ssrc=)|\son\w+=|\sstyle=/i)
  const files = [...page.body.matchAll(/(?:src|href)="(\/[^"#]+)"/g)].map(([, path]) => path ?? '')
  const needed = new Set(files)
  for (const path of needed) {
    const file = await inbox.get(path)
    assert.equal(file.status, 200, path)
    // What a script imports is served too; a set goes on with what is added to it.
    if (!path.endsWith('.js')) continue
    for (const [, name] of file.body.matchAll(/ from '\.(\/[\w-]+\.js)'/g)) needed.add(name ?? '')
  }
  assert.ok(needed.has('/message.js') && needed.has('/read-marks.js'))
})

test('HTML is served from a second origin, sandboxed, and loads nothing', async (t) => {
  const inbox = await localInbox(t)
  await deliver(t, inbox, [htmlSource])
  const shown = await newest(inbox)
  const address = new URL(shown.html_url ?? '')
  assert.equal(address.port, String(inbox.ports.content))
  assert.notEqual(inbox.ports.content, inbox.ports.http)
  const answer = await fetch(address)
  assert.equal(answer.status, 200)
  assert.match(await answer.text(), /<p>Hello<\/p>/)
  const policy = answer.headers.get('content-security-policy') ?? ''
  const directives = policy.split('; ')
  for (const directive of ['sandbox', "default-src 'none'", 'img-src data: cid:']) {
    assert.ok(directives.includes(directive), directive)
  }
  assert.doesNotMatch(policy, /allow-|script-src|https/)
  assert.equal((await inbox.get(address.pathname)).status, 404, 'not on the page’s own origin')
})

test('the address of an HTML view cannot be made up, is for one message, and expires', async (t) => {
  let nowMs = 1_700_000_000_000
  const inbox = await localInbox(t, { clock: { now: () => nowMs } })
  await deliver(t, inbox, [htmlSource, htmlSource])
  const { data } = await listed(inbox)
  const { html_url: address = '' } = await newest(inbox)
  const statusOf = async (url: string) => (await fetch(url)).status
  const good = address ?? ''
  const token = good.slice(good.lastIndexOf('/') + 1)
  const root = good.slice(0, good.indexOf('/content/'))
  assert.equal(await statusOf(good), 200)
  assert.equal(await statusOf(good.replace(data[0]?.id ?? '', data[1]?.id ?? '')), 404)
  assert.equal(await statusOf(good.replace(token, `9${token}`)), 404)
  assert.equal(await statusOf(good.replace(token, `9999999999${token.slice(10)}`)), 404)
  assert.equal(await statusOf(`${root}/content/${data[0]?.id}/`), 404)
  assert.equal(await statusOf(`${root}/`), 404)
  nowMs += webLimits.contentSeconds * 1000 - 1000
  assert.equal(await statusOf(good), 200)
  nowMs += 2000
  assert.equal(await statusOf(good), 410)
})

test('an open page is told of new messages, in few words however many arrive', async (t) => {
  const inbox = await localInbox(t)
  const abort = new AbortController()
  t.after(() => abort.abort())
  const answer = await fetch(`${inbox.address}/api/stream`, { signal: abort.signal })
  assert.match(answer.headers.get('content-type') ?? '', /^text\/event-stream/)
  const reader = answer.body?.pipeThrough(new TextDecoderStream()).getReader()
  const sources = Array.from({ length: 300 }, (_, i) => `Subject: s${i}\r\n`)
  await deliver(t, inbox, sources)
  let received = ''
  let told = 0
  const events: { count: number; data: ListedMessage[] }[] = []
  while (told < 300) {
    const { value, done } = (await reader?.read()) ?? { done: true }
    assert.equal(done, false)
    received += value
    const blocks = received.split('\n\n')
    received = blocks.pop() ?? ''
    for (const block of blocks) {
      const json = /^event: arrived\ndata: (.*)$/.exec(block)?.[1]
      if (json) events.push(JSON.parse(json))
    }
    told = events.reduce((sum, { count }) => sum + count, 0)
  }
  assert.equal(told, 300)
  assert.ok(events.length < 100, `${events.length} events`)
  assert.ok(events.every(({ data }) => data.length <= webLimits.toldMax))
  assert.equal(events.at(-1)?.data[0]?.subject, 's299', 'newest first')
})

test('a complaint is simulated by keeping the message and marking it, whatever its label', async (t) => {
  const inbox = await localInbox(t)
  const dialogue = await Dialogue.open(inbox.ports.smtp)
  t.after(() => dialogue.close())
  await dialogue.greet()
  await dialogue.deliver('Subject: one\r\n', 'complained+order-17@postern.localhost')
  await dialogue.deliver('Subject: two\r\n', 'delivered@postern.localhost')
  const { body } = await inbox.get('/api/messages')
  const marks = JSON.parse(body).data.map((one: { simulated: unknown }) => one.simulated)
  assert.deepEqual(marks, [null, 'complaint'])
})

test('the page learns where the API, its key and the mail host are', async (t) => {
  const inbox = await localInbox(t)
  assert.deepEqual(JSON.parse((await inbox.get('/api/about')).body), {
    api_address: 'http://127.0.0.1:8025',
    api_key_file: '/keys/api-key',
    smtp_address: `127.0.0.1:${inbox.ports.smtp}`,
  })
})
