/** What stands within a whole message is listed and downloaded like what stands beside one. */
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { after, before, test } from 'node:test'
import { listAttachments } from '../../src/core/attachments/list-attachments.ts'
import { openPool } from '../../src/db/sql.ts'
import { Refusal } from '../../src/lib/refusal.ts'
import { tokenProof } from '../../src/lib/token.ts'
import { email, type RunningApi, startApi } from './running-api.ts'

let api: RunningApi
before(async () => {
  api = await startApi()
})
after(() => api.end())

const notValid = 'This link is not valid, or no longer; ask whoever gave it to you for a new one.\n'
const pdf = randomBytes(1_000)

/** A text in two forms, a picture in it, and a file. */
function message(file: Buffer = pdf): string {
  const lines = [
    'From: Shop <shop@postern.localhost>',
    'To: Ann <ann@example.net>',
    'Subject: Your invoice',
    'MIME-Version: 1.0',
    'Content-Type: multipart/mixed; boundary=outer',
    '',
    '--outer',
    'Content-Type: multipart/related; boundary=inner',
    '',
    '--inner',
    'Content-Type: text/html; charset=utf-8',
    '',
    '<p><img src="cid:dot"> Hello</p>',
    '--inner',
    'Content-Type: image/gif',
    'Content-ID: <dot>',
    'Content-Disposition: inline; filename=dot.gif',
    'Content-Transfer-Encoding: quoted-printable',
    '',
    'GIF89=',
    'a=00',
    '--inner--',
    '--outer',
    'Content-Type: application/pdf; name=other.pdf',
    "Content-Disposition: attachment; filename*=utf-8''%C3%9Cbersicht.pdf",
    'Content-Transfer-Encoding: base64',
    '',
    ...(file.toString('base64').match(/.{1,76}/g) ?? []),
    '--outer--',
    '',
  ]
  return lines.join('\r\n')
}

async function send(raw: string = message()): Promise<string> {
  const { status, body } = await api.call('POST', '/emails/raw', {
    body: raw,
    headers: { 'content-type': 'message/rfc822' },
  })
  assert.equal(status, 200, JSON.stringify(body))
  return body.id
}

async function list(id: string) {
  const { status, body } = await api.call('GET', `/emails/${id}/attachments`)
  assert.equal(status, 200, JSON.stringify(body))
  return body.data
}

async function assertNotValid(url: string): Promise<void> {
  const answer = await fetch(url)
  assert.deepEqual([answer.status, await answer.text()], [404, notValid], url)
}

test('they are listed as the message says, under ids that stay, and its texts are shown', async () => {
  const id = await send()
  const [dot, file, ...more] = await list(id)
  assert.equal(more.length, 0)
  assert.deepEqual(
    [dot.filename, dot.size, dot.content_type, dot.content_disposition, dot.content_id],
    ['dot.gif', 7, 'image/gif', 'inline', 'dot'],
  )
  assert.deepEqual(
    [file.filename, file.size, file.content_type, file.content_disposition, file.content_id],
    ['Übersicht.pdf', 1_000, 'application/pdf', 'attachment', undefined],
  )
  assert.match(file.id, /^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
  assert.notEqual(file.id, dot.id)
  assert.deepEqual((await list(id))[1].id, file.id)
  assert.notEqual((await list(await send()))[1].id, file.id)
  const one = await api.call('GET', `/emails/${id}/attachments/${file.id}`)
  assert.deepEqual([one.body.object, one.body.filename], ['attachment', 'Übersicht.pdf'])
  const page = await api.call('GET', `/emails/${id}/attachments?limit=1&after=${dot.id}`)
  assert.deepEqual([page.body.data.length, page.body.data[0].id], [1, file.id])
  const { body } = await api.call('GET', `/emails/${id}`)
  assert.deepEqual([body.html, body.text], ['<p><img src="cid:dot"> Hello</p>', null])
})

test('they are downloaded without a key, as the bytes that were meant', async () => {
  const [dot, file] = await list(await send())
  const answer = await fetch(file.download_url)
  assert.equal(answer.status, 200)
  assert.deepEqual(Buffer.from(await answer.arrayBuffer()), pdf)
  assert.equal(answer.headers.get('content-type'), 'application/pdf')
  assert.match(answer.headers.get('content-disposition') ?? '', /filename\*=UTF-8''%C3%9Cbersicht/)
  assert.match(answer.headers.get('content-security-policy') ?? '', /sandbox/)
  assert.equal(await (await fetch(dot.download_url)).text(), 'GIF89a\0')
})

test('a link to one of them opens neither the message nor another one', async () => {
  const id = await send()
  const [dot, file] = await list(id)
  const token = file.download_url.split('/').at(-1)
  await assertNotValid(`${api.url}/shared/${token}`)
  const set = (attachmentId: string | null) =>
    api.database.query(
      `update postern.links set attachment_id = $2 where h2 = sha256(sha256(convert_to($1, 'utf8')))`,
      [token, attachmentId],
    )
  // By hand, in the database: the signature covers what the link is for.
  await set(dot.id)
  await assertNotValid(file.download_url)
  await set(null)
  await assertNotValid(file.download_url)
  await assertNotValid(`${api.url}/shared/${token}`)
  await set(file.id)
  assert.equal((await fetch(file.download_url)).status, 200)
})

test('another account finds neither them nor their message', async () => {
  const id = await send()
  const [file] = await list(id)
  for (const path of ['', `/${file.id}`]) {
    const key = api.second.apiKey
    const { status } = await api.call('GET', `/emails/${id}/attachments${path}`, { key })
    assert.equal(status, 404)
  }
})

test('an id that is of no part, or of a part of another message, is not found', async () => {
  const id = await send()
  const [other] = await list(await send())
  for (const attachmentId of [other.id, '0190a0b0-0000-8000-8000-000000000001']) {
    const { status, body } = await api.call('GET', `/emails/${id}/attachments/${attachmentId}`)
    assert.deepEqual([status, body.message], [404, 'Attachment not found'])
  }
})

test('each opening has its line in the ledger, which tells that the message was opened', async () => {
  const id = await send()
  const [file] = await list(id)
  await fetch(file.download_url)
  const lines = await api.database.query<{ action: string }>(
    `select action from postern.ledger where actor_kind = 'link' and object_id = $1`,
    [id],
  )
  assert.deepEqual(lines, [{ action: 'message.open' }])
})

test('with the content of the message they are gone', async () => {
  const id = await send()
  const [file] = await list(id)
  await api.database.query('delete from postern.contents where message_id = $1', [id])
  assert.deepEqual(await list(id), [])
  await assertNotValid(file.download_url)
})

test('a message as large as may be is listed and downloaded', async () => {
  const file = randomBytes(28_000_000)
  const [, large] = await list(await send(message(file)))
  assert.equal(large.size, file.length)
  const answer = await fetch(large.download_url)
  assert.ok(Buffer.from(await answer.arrayBuffer()).equals(file))
})

test('a whole message is read only when there is room for it, and the room is given back', async () => {
  const raw = await send()
  const { body } = await api.call('POST', '/emails', { body: email() })
  const sql = openPool(api.database.logins.api, { connectionsMax: 1 })
  const vault = api.vault.client('api', await api.database.ticket('api'))
  const h1 = tokenProof(api.first.apiKey)
  const room: number[] = []
  const admit = (accountId: string, bytes: number) => {
    assert.equal(accountId, api.first.id)
    room.push(bytes)
    return () => void room.push(-bytes)
  }
  const refuse = () => {
    throw new Refusal('unavailable', 'no room')
  }
  try {
    assert.equal((await listAttachments({ sql, vault, admit }, h1, raw))?.length, 2)
    const [bytes = 0] = room
    assert.ok(bytes > message().length)
    assert.deepEqual(room, [bytes, -bytes])
    await assert.rejects(listAttachments({ sql, vault, admit: refuse }, h1, raw), {
      code: 'unavailable',
    })
    assert.deepEqual(await listAttachments({ sql, vault, admit: refuse }, h1, body.id), [])
  } finally {
    await sql.end()
  }
})
