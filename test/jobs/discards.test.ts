import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { discardContents } from '../../src/core/retention/discard-queries.ts'
import { openPool, type Pool } from '../../src/db/sql.ts'
import { restrictedKey } from '../api/restricted-key.ts'
import { email, type RunningApi, startApi } from '../api/running-api.ts'

let api: RunningApi
let sql: Pool
let ticket: Buffer
let key: string
before(async () => {
  api = await startApi()
  sql = openPool(api.database.logins.jobs, { connectionsMax: 1 })
  ticket = await api.database.ticket('jobs')
  key = await restrictedKey(api, { keepsContent: false })
})
after(async () => {
  await sql.end()
  await api.end()
})

const attachments = [{ filename: 'a.txt', content: 'YQ==' }]

async function send(changes: Record<string, unknown> = {}): Promise<string> {
  const { status, body } = await api.call('POST', '/emails', {
    key,
    body: email({ attachments, ...changes }),
  })
  assert.equal(status, 200, JSON.stringify(body))
  return body.id
}

const endDeliveries = (id: string) =>
  api.database.query(
    `update postern.deliveries set state = 'expired', ready = false where message_id = $1`,
    [id],
  )

test('what a key sends that keeps nothing is forgotten once every delivery has ended', async () => {
  const id = await send({ to: ['a@postern.localhost', 'b@postern.localhost'] })
  assert.deepEqual(await discardContents(sql, ticket, 10), { looked: 1, discarded: 0 })
  // It is looked at again after a minute, not at once.
  assert.deepEqual(await discardContents(sql, ticket, 10), { looked: 0, discarded: 0 })
  await endDeliveries(id)
  await api.database.query('update postern.content_discards set due_at = now()')
  assert.deepEqual(await discardContents(sql, ticket, 10), { looked: 1, discarded: 1 })
  const { body } = await api.call('GET', `/emails/${id}`)
  assert.deepEqual([body.html, body.text, body.subject], [null, null, 'Hello'])
  const sentences = body.timeline.map(({ text }: { text: string }) => text)
  assert.ok(sentences.some((text: string) => text.startsWith('The content was discarded')))
  const list = await api.call('GET', `/emails/${id}/attachments`)
  assert.deepEqual(list.body.data, [])
  const again = await api.call('POST', `/emails/${id}/resend`)
  assert.equal(again.status, 422)
  assert.match(again.body.message, /content of the email was discarded/)
})

test('a message that is sent again before it was forgotten is kept until that has ended', async () => {
  const id = await send()
  await endDeliveries(id)
  assert.equal((await api.call('POST', `/emails/${id}/resend`)).status, 200)
  assert.deepEqual(await discardContents(sql, ticket, 10), { looked: 1, discarded: 0 })
  assert.notEqual((await api.call('GET', `/emails/${id}`)).body.html, null)
})

test('a scheduled message is looked at when its time has come', async () => {
  await send({ scheduled_at: 'in 3 hours' })
  await discardContents(sql, ticket, 10)
  const [row] = await api.database.query<{ minutes: number }>(
    'select extract(epoch from max(due_at) - now())::float / 60 as minutes from postern.content_discards',
  )
  assert.ok(row!.minutes > 170, `${row!.minutes}`)
})

test('what other keys send is kept', async () => {
  const { body } = await api.call('POST', '/emails', { body: email() })
  await endDeliveries(body.id)
  await discardContents(sql, ticket, 10)
  assert.notEqual((await api.call('GET', `/emails/${body.id}`)).body.html, null)
})
