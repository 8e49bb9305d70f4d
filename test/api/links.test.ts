import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { after, before, test } from 'node:test'
import { email, type RunningApi, startApi } from './running-api.ts'

let api: RunningApi
before(async () => {
  api = await startApi()
})
after(() => api.end())

const notValid = 'This link is not valid, or no longer; ask whoever gave it to you for a new one.\n'
const bytes = randomBytes(1_000)
const attachments = [
  { filename: 'Übersicht.pdf', content: bytes.toString('base64') },
  { filename: 'logo.png', content: 'YQ==', content_id: 'logo' },
]

async function send(changes: Record<string, unknown> = {}): Promise<string> {
  const { status, body } = await api.call('POST', '/emails', { body: email(changes) })
  assert.equal(status, 200, JSON.stringify(body))
  return body.id
}

async function firstLink(): Promise<string> {
  const { body } = await api.call('GET', `/emails/${await send({ attachments })}/attachments`)
  return body.data[0].download_url
}

async function share(id: string, wish: unknown = {}): Promise<string> {
  const { status, body } = await api.call('POST', `/emails/${id}/share`, { body: wish })
  assert.equal(status, 200, JSON.stringify(body))
  assert.deepEqual([body.object, body.id], ['email', id])
  return body.url
}

async function assertNotValid(url: string): Promise<void> {
  const answer = await fetch(url)
  assert.deepEqual([answer.status, await answer.text()], [404, notValid], url)
  assert.equal(answer.headers.get('cache-control'), 'no-store')
}

test('attachments are listed in their order, each with a link for an hour', async () => {
  const id = await send({ attachments })
  const { status, body } = await api.call('GET', `/emails/${id}/attachments`)
  assert.equal(status, 200)
  assert.deepEqual([body.object, body.has_more], ['list', false])
  const [first, second] = body.data
  assert.deepEqual(
    [first.filename, first.size, first.content_type, first.content_disposition, first.content_id],
    ['Übersicht.pdf', 1_000, 'application/pdf', 'attachment', undefined],
  )
  assert.deepEqual([second.content_disposition, second.content_id], ['inline', 'logo'])
  const leftMs = Date.parse(first.expires_at) - Date.now()
  assert.ok(Math.abs(leftMs - 3600 * 1000) < 10_000, `${leftMs}`)
  const one = await api.call('GET', `/emails/${id}/attachments/${second.id}`)
  assert.equal(one.body.object, 'attachment')
  assert.equal(one.body.id, second.id)
  const page = async (query: string) => {
    const answer = await api.call('GET', `/emails/${id}/attachments?${query}`)
    return [answer.body.data.map((each: { id: string }) => each.id), answer.body.has_more]
  }
  assert.deepEqual(await page('limit=1'), [[first.id], true])
  assert.deepEqual(await page(`after=${first.id}`), [[second.id], false])
  assert.deepEqual(await page(`before=${second.id}`), [[first.id], false])
})

test('a message without attachments has an empty list, and another account finds neither', async () => {
  const id = await send()
  const { body } = await api.call('GET', `/emails/${id}/attachments`)
  assert.deepEqual(body, { object: 'list', has_more: false, data: [] })
  const full = await send({ attachments })
  const listed = await api.call('GET', `/emails/${full}/attachments`)
  const key = api.second.apiKey
  for (const path of ['', `/${listed.body.data[0].id}`]) {
    const foreign = await api.call('GET', `/emails/${full}/attachments${path}`, { key })
    assert.deepEqual([foreign.status, foreign.body.message], [404, 'Email not found'])
  }
  const unknown = await api.call('GET', `/emails/${id}/attachments/${listed.body.data[0].id}`)
  assert.deepEqual([unknown.status, unknown.body.message], [404, 'Attachment not found'])
})

test('a download needs no key, and comes with headers under which nothing of it can act', async () => {
  const answer = await fetch(await firstLink())
  assert.equal(answer.status, 200)
  assert.ok(Buffer.from(await answer.arrayBuffer()).equals(bytes))
  const header = (name: string) => answer.headers.get(name)
  assert.equal(header('content-type'), 'application/pdf')
  assert.match(
    header('content-disposition')!,
    /^attachment; filename="_bersicht\.pdf"; filename\*=/,
  )
  assert.equal(header('x-content-type-options'), 'nosniff')
  assert.equal(header('content-security-policy'), "default-src 'none'; sandbox")
  assert.equal(header('cache-control'), 'no-store')
  assert.equal(header('referrer-policy'), 'no-referrer')
})

test('what is not a valid link is answered alike, whatever is wrong with it', async () => {
  const link = await firstLink()
  const token = link.split('/').at(-1)!
  await assertNotValid(`${api.url}/download/${randomBytes(32).toString('base64url')}`)
  await assertNotValid(`${api.url}/download/short`)
  await assertNotValid(`${api.url}/shared/${token}`)
  const shared = (await share(await send())).split('/').at(-1)
  await assertNotValid(`${api.url}/download/${shared}`)
  const set = (change: string) =>
    api.database.query(
      `update postern.links set ${change} where h2 = sha256(sha256(convert_to($1, 'utf8')))`,
      [token],
    )
  await set('revoked_at = now()')
  await assertNotValid(link)
  await set('revoked_at = null')
  assert.equal((await fetch(link)).status, 200)
  // Longer than was signed.
  await set(`expires_at = expires_at + interval '1 hour'`)
  await assertNotValid(link)
  await set(`expires_at = now() - interval '1 second'`)
  await assertNotValid(link)
})

test('a link ends with the key that made it', async () => {
  const made = await api.call('POST', '/api-keys', { body: { name: 'for links' } })
  const id = await send({ attachments })
  const { body } = await api.call('GET', `/emails/${id}/attachments`, { key: made.body.token })
  const link = body.data[0].download_url
  assert.equal((await fetch(link)).status, 200)
  await api.call('DELETE', `/api-keys/${made.body.id}`)
  await assertNotValid(link)
})

test('a shared message can be read without a key, and its page can run nothing', async () => {
  const html = '<p>Hello</p><script>top.location="https://evil.test"</script>'
  const url = await share(await send({ html, cc: 'carl@example.net', bcc: 'bea@example.net' }))
  const answer = await fetch(url)
  assert.equal(answer.status, 200)
  const page = await answer.text()
  assert.match(page, /<h1>Hello<\/h1>/)
  assert.ok(page.includes('carl@example.net'))
  assert.ok(!page.includes('bea@example.net'))
  assert.ok(page.includes('srcdoc="&lt;p&gt;Hello&lt;/p&gt;&lt;script&gt;'))
  assert.match(answer.headers.get('content-security-policy')!, /^default-src 'none'; .*sandbox$/)
  assert.equal(answer.headers.get('referrer-policy'), 'no-referrer')
})

test('sharing takes how long, from a minute to 30 days, and a week when nobody says', async () => {
  const id = await send()
  const hours = async () => {
    const [row] = await api.database.query<{ hours: number }>(
      `select extract(epoch from expires_at - created_at)::float / 3600 as hours
         from postern.links where message_id = $1 order by id desc limit 1`,
      [id],
    )
    return Math.round(row!.hours)
  }
  await share(id)
  assert.equal(await hours(), 168)
  for (const two of [7_200, '7200', '120 minutes', '2h']) {
    await share(id, { expires_in: two })
    assert.equal(await hours(), 2)
  }
  await share(id, { expires_in: '30 days' })
  assert.equal(await hours(), 720)
  for (const wrong of [59, 2_592_001, '31d', '59s', 'soon', '1.5h', '']) {
    const { status, body } = await api.call('POST', `/emails/${id}/share`, {
      body: { expires_in: wrong },
    })
    assert.equal(status, 422)
    assert.match(body.message, /`expires_in` field must be a time from 1 minute/)
  }
  const foreign = await api.call('POST', `/emails/${id}/share`, {
    key: api.second.apiKey,
    body: {},
  })
  assert.deepEqual([foreign.status, foreign.body.message], [404, 'Email not found'])
})

test('links begin with the public address where there is one', async () => {
  const other = await startApi({ publicUrl: 'https://mail.example.com' })
  try {
    const sent = await other.call('POST', '/emails', { body: email({ attachments }) })
    const path = `/emails/${sent.body.id}`
    const { body } = await other.call('GET', `${path}/attachments`)
    assert.match(body.data[0].download_url, /^https:\/\/mail\.example\.com\/download\/[\w-]{43}$/)
    const shared = await other.call('POST', `${path}/share`)
    assert.match(shared.body.url, /^https:\/\/mail\.example\.com\/shared\/[\w-]{43}$/)
  } finally {
    await other.end()
  }
})

test('a shared message whose content was discarded says so', async () => {
  const id = await send()
  const url = await share(id)
  await api.database.query('delete from postern.contents where message_id = $1', [id])
  assert.match(await (await fetch(url)).text(), /no longer kept/)
})

test('each opening by a link has its line in the ledger, and so has its making', async () => {
  const before = await ledger()
  const link = await firstLink()
  await fetch(link)
  const actions = (await ledger()).slice(before.length)
  assert.ok(actions.includes('link.create') && actions.includes('attachment.open'), `${actions}`)
})

async function ledger(): Promise<string[]> {
  const rows = await api.database.query<{ action: string }>(
    'select action from postern.ledger order by id',
  )
  return rows.map(({ action }) => action)
}

test('more live links than an account may have are refused', async () => {
  const id = await send({ attachments })
  await api.call('GET', `/emails/${id}/attachments`)
  await api.database.query(
    `insert into postern.links
     select lane, account_id, gen_random_uuid(), sha256(n::text::bytea), target, message_id, attachment_id,
            credential_id, created_at, expires_at, null, signature
       from (select * from postern.links limit 1) l, generate_series(1, 10000) n`,
  )
  const { status, body } = await api.call('GET', `/emails/${id}/attachments`)
  assert.equal(status, 403)
  assert.match(body.message, /10,000 links/)
  await api.database.query('delete from postern.links')
})

test('whoever guesses is slowed', async () => {
  const guesses = await Promise.all(
    Array.from({ length: 60 }, () => fetch(`${api.url}/download/x`).then(({ status }) => status)),
  )
  assert.ok(guesses.includes(429))
})
