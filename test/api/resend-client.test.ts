/** The vendor's own client against the running door: what it returns is what its users see. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { Resend } from 'resend'
import { type RunningApi, startApi } from './running-api.ts'

let api: RunningApi
let resend: Resend
before(async () => {
  api = await startApi()
  resend = new Resend(api.first.apiKey, { baseUrl: api.url })
})
after(() => api.end())

const message = {
  from: 'Shop <shop@postern.localhost>',
  to: 'delivered@postern.localhost',
  subject: 'Hello',
  text: 'hi',
}

test('emails: send, get and list', async () => {
  const sent = await resend.emails.send({
    ...message,
    replyTo: 'help@example.org',
    tags: [{ name: 'kind', value: 'welcome' }],
    headers: { 'X-Campaign': 'spring' },
  })
  assert.equal(sent.error, null)
  const id = sent.data!.id
  const got = await resend.emails.get(id)
  assert.equal(got.error, null)
  assert.equal(got.data?.object, 'email')
  assert.equal(got.data?.subject, 'Hello')
  assert.equal(got.data?.text, 'hi')
  assert.deepEqual(got.data?.reply_to, ['help@example.org'])
  const list = await resend.emails.list({ limit: 1 })
  assert.equal(list.data?.object, 'list')
  assert.equal(list.data?.data[0]?.id, id)
})

test('emails: an idempotency key answers the same twice', async () => {
  const first = await resend.emails.send(message, { idempotencyKey: 'client-1' })
  const again = await resend.emails.send(message, { idempotencyKey: 'client-1' })
  assert.equal(first.error, null)
  assert.deepEqual(again.data, first.data)
})

test('emails: a scheduled one is updated and canceled', async () => {
  const sent = await resend.emails.send({ ...message, scheduledAt: 'in 1 hour' })
  assert.equal(sent.error, null)
  const id = sent.data!.id
  const scheduledAt = new Date(Date.now() + 7_200_000).toISOString()
  const updated = await resend.emails.update({ id, scheduledAt })
  assert.deepEqual(updated.data, { object: 'email', id })
  const got = await resend.emails.get(id)
  assert.deepEqual([got.data?.last_event, got.data?.scheduled_at], ['scheduled', scheduledAt])
  const canceled = await resend.emails.cancel(id)
  assert.deepEqual(canceled.data, { object: 'email', id })
  assert.equal((await resend.emails.get(id)).data?.last_event, 'canceled')
})

test('emails: attachments are sent as bytes or base64, listed, and downloaded', async () => {
  const sent = await resend.emails.send({
    ...message,
    html: '<img src="cid:logo">',
    attachments: [
      { filename: 'bytes.txt', content: Buffer.from('bytes') },
      { filename: 'logo.png', content: 'bG9nbw==', contentType: 'image/png', contentId: 'logo' },
    ],
  })
  assert.equal(sent.error, null)
  const emailId = sent.data!.id
  const list = await resend.emails.attachments.list({ emailId })
  assert.equal(list.error, null)
  const [bytes, logo] = list.data!.data
  assert.deepEqual([bytes?.filename, bytes?.size], ['bytes.txt', 5])
  const got = await resend.emails.attachments.get({ emailId, id: logo!.id })
  assert.equal(got.data?.object, 'attachment')
  assert.deepEqual([got.data?.content_id, got.data?.content_type], ['logo', 'image/png'])
  assert.equal(await (await fetch(got.data!.download_url)).text(), 'logo')
})

test('emails: share answers a link under which the message can be read', async () => {
  const sent = await resend.emails.send(message)
  const shared = await resend.emails.share(sent.data!.id, { expiresIn: '1 hour' })
  assert.equal(shared.error, null)
  assert.equal(shared.data?.id, sent.data?.id)
  assert.match(await (await fetch(shared.data!.url)).text(), /<h1>Hello<\/h1>/)
})

test('emails: errors arrive as the client types them', async () => {
  const { data, error } = await resend.emails.send({ ...message, from: 'a@example.com' })
  assert.equal(data, null)
  assert.equal(error?.statusCode, 403)
  assert.equal(error?.name, 'validation_error')
  const stranger = new Resend('re_123', { baseUrl: api.url })
  assert.equal((await stranger.emails.send(message)).error?.name, 'invalid_api_key')
})

test('batch: a message may be scheduled, and none may have attachments', async () => {
  const sent = await resend.batch.create([{ ...message, scheduledAt: 'in 1 hour' }])
  assert.equal(sent.error, null)
  const got = await resend.emails.get(sent.data!.data[0]!.id)
  assert.equal(got.data?.last_event, 'scheduled')
})

test('batch: strict and permissive', async () => {
  const strict = await resend.batch.send([message, message])
  assert.equal(strict.error, null)
  assert.equal(strict.data?.data.length, 2)
  const permissive = await resend.batch.send([message, { ...message, to: 'nobody' }], {
    batchValidation: 'permissive',
  })
  assert.equal(permissive.error, null)
  assert.equal(permissive.data?.data.length, 1)
  assert.equal(permissive.data?.errors?.[0]?.index, 1)
})

test('apiKeys: create, list, update and remove, the last without a body', async () => {
  const made = await resend.apiKeys.create({ name: 'client', permission: 'sending_access' })
  assert.equal(made.error, null)
  const { id, token } = made.data!
  const list = await resend.apiKeys.list()
  assert.ok(list.data?.data.some((one) => one.id === id && one.name === 'client'))
  const renamed = await resend.apiKeys.update(id, { name: 'renamed' })
  assert.equal(renamed.error, null)
  const restricted = await new Resend(token, { baseUrl: api.url }).apiKeys.list()
  assert.equal(restricted.error?.name, 'restricted_api_key')
  const removed = await resend.apiKeys.remove(id)
  assert.equal(removed.error, null)
})

test('suppressions: add, list, get and remove, alone and in batches', async () => {
  const added = await resend.suppressions.add({ email: 'first+tag@example.com' })
  assert.equal(added.error, null)
  const id = added.data!.id
  const got = await resend.suppressions.get('first+tag@example.com')
  assert.deepEqual(
    [got.data?.id, got.data?.email, got.data?.origin, got.data?.source_id],
    [id, 'first+tag@example.com', 'manual', null],
  )
  const batch = await resend.suppressions.batch.add({ emails: ['a@example.com', 'b@example.com'] })
  assert.equal(batch.data?.data.length, 2)
  const list = await resend.suppressions.list({ origin: 'manual', limit: 2 })
  assert.deepEqual([list.data?.data.length, list.data?.has_more], [2, true])
  const removed = await resend.suppressions.remove(id)
  assert.deepEqual(removed.data, { object: 'suppression', id, deleted: true })
  const byEmail = await resend.suppressions.batch.remove({ emails: ['a@example.com'] })
  assert.equal(byEmail.data?.data.length, 1)
  const byId = await resend.suppressions.batch.remove({ ids: [batch.data!.data[1]!.id] })
  assert.equal(byId.data?.data[0]?.deleted, true)
  assert.equal((await resend.suppressions.get(id)).error?.name, 'not_found')
})

test('logs: list and get', async () => {
  await resend.apiKeys.list()
  await api.requestLog.flush()
  const list = await resend.logs.list({ limit: 1 })
  assert.equal(list.error, null)
  const [entry] = list.data!.data
  const got = await resend.logs.get(entry!.id)
  assert.equal(got.data?.object, 'log')
  assert.deepEqual(
    [got.data?.method, got.data?.endpoint, got.data?.response_status, got.data?.request_body],
    ['GET', '/api-keys', 200, null],
  )
  assert.match(got.data?.user_agent ?? '', /resend-node/)
})

test('usage: get', async () => {
  const { data, error } = await resend.usage.get()
  assert.equal(error, null)
  assert.equal(data?.object, 'usage')
  assert.ok(data!.emails.daily.used > 0)
  assert.equal(data?.rate_limit.limit, 100)
})

test('domains: create, get, list and verify', async () => {
  const made = await resend.domains.create({ name: 'client.example' })
  assert.equal(made.error, null)
  const id = made.data!.id
  const got = await resend.domains.get(id)
  assert.equal(got.data?.object, 'domain')
  assert.equal(got.data?.records.length, 4)
  const list = await resend.domains.list()
  assert.ok(list.data?.data.some((one) => one.id === id))
  const verified = await resend.domains.verify(id)
  assert.equal(verified.error, null)
})

test('domains: update and remove, the last without a body', async () => {
  const made = await resend.domains.create({
    name: 'changed.example',
    customReturnPath: 'bounces',
    tls: 'enforced',
    capabilities: { sending: 'enabled' },
  })
  assert.equal(made.error, null)
  const id = made.data!.id
  const updated = await resend.domains.update({ id, tls: 'opportunistic', openTracking: false })
  assert.deepEqual(updated.data, { object: 'domain', id })
  const refused = await resend.domains.update({ id, clickTracking: true })
  assert.equal(refused.error?.name, 'invalid_parameter')
  const removed = await resend.domains.remove(id)
  assert.deepEqual(removed.data, { object: 'domain', id, deleted: true })
  assert.equal((await resend.domains.get(id)).error?.name, 'not_found')
})

test('domains: claims are made, read and asked to be verified', async () => {
  const made = await resend.domains.claims.create({ name: 'claimed.example' })
  assert.equal(made.error, null)
  const { domain_id: domainId, record } = made.data!
  assert.equal(made.data?.object, 'domain_claim')
  assert.deepEqual([record.type, record.name, record.ttl], ['TXT', 'claimed.example', 'Auto'])
  const again = await resend.domains.claims.create({ name: 'claimed.example' })
  assert.deepEqual(again.data, made.data)
  const got = await resend.domains.claims.get(domainId!)
  assert.deepEqual(got.data, made.data)
  const asked = await resend.domains.claims.verify(domainId!)
  assert.equal(asked.data?.status, 'pending')
  const list = await resend.domains.list()
  assert.ok(list.data?.data.some((one) => one.id === domainId))
})
