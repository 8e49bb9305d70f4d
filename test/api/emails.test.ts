import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { email, type RunningApi, startApi } from './running-api.ts'

let api: RunningApi
before(async () => {
  api = await startApi()
})
after(() => api.end())

test('a message that was accepted can be read back whole by its account', async () => {
  const sent = await api.call('POST', '/emails', {
    body: email({
      to: ['Ann <ann@example.net>', 'bob@example.net'],
      cc: 'BOB@example.net',
      bcc: ['carol@example.net'],
      reply_to: 'help@example.org',
      subject: 'Grüße',
      headers: { 'X-Campaign': 'spring' },
      tags: [{ name: 'kind', value: 'welcome' }],
    }),
  })
  assert.equal(sent.status, 200, JSON.stringify(sent.body))
  const { status, body } = await api.call('GET', `/emails/${sent.body.id}`)
  assert.equal(status, 200)
  assert.equal(body.object, 'email')
  assert.equal(body.message_id, `<${sent.body.id}@postern.localhost>`)
  assert.deepEqual(body.to, ['Ann <ann@example.net>', 'bob@example.net'])
  assert.deepEqual(body.cc, ['BOB@example.net'])
  assert.deepEqual(body.bcc, ['carol@example.net'])
  assert.deepEqual(body.reply_to, ['help@example.org'])
  assert.equal(body.subject, 'Grüße')
  assert.equal(body.html, '<p>Hello <b>you</b></p>')
  assert.equal(body.text, 'Hello you')
  assert.deepEqual(body.tags, [{ name: 'kind', value: 'welcome' }])
  assert.equal(body.last_event, 'queued')
  assert.equal(body.scheduled_at, null)
  assert.match(body.created_at, /^\d{4}-\d\d-\d\dT.*Z$/)
  assert.deepEqual(
    body.deliveries.map((one: { recipient: string; state: string }) => [one.recipient, one.state]),
    [
      ['ann@example.net', 'queued'],
      ['bob@example.net', 'queued'],
      ['carol@example.net', 'queued'],
    ],
  )
  assert.deepEqual(
    body.timeline.slice(0, 2).map((line: { event: string }) => line.event),
    ['accepted', 'sealed'],
  )
})

test('text that is empty means that there shall be no text part', async () => {
  const sent = await api.call('POST', '/emails', { body: email({ text: '' }) })
  const { body } = await api.call('GET', `/emails/${sent.body.id}`)
  assert.equal(body.text, null)
})

test('lists are newest first, walked with after and before, and say whether there is more', async () => {
  const { apiKey: key } = await api.newAccount()
  const ids: string[] = []
  for (let n = 0; n < 5; n++) {
    const sent = await api.call('POST', '/emails', { key, body: email({ subject: `m${n}` }) })
    ids.unshift(sent.body.id)
  }
  const page = async (query: string) => {
    const { body } = await api.call('GET', `/emails?${query}`, { key })
    return [body.data.map((one: { id: string }) => one.id), body.has_more]
  }
  assert.deepEqual(await page('limit=2'), [ids.slice(0, 2), true])
  assert.deepEqual(await page(`limit=2&after=${ids[1]}`), [ids.slice(2, 4), true])
  assert.deepEqual(await page(`limit=2&after=${ids[3]}`), [ids.slice(4), false])
  assert.deepEqual(await page(`limit=2&before=${ids[4]}`), [ids.slice(2, 4), true])
  assert.deepEqual(await page(`limit=2&before=${ids[2]}`), [ids.slice(0, 2), false])
  assert.deepEqual(await page(''), [ids, false])
  const { body } = await api.call('GET', '/emails', { key })
  assert.equal(body.object, 'list')
  assert.equal(body.data[0].subject, 'm4')
  assert.equal('html' in body.data[0], false)
})

for (const query of ['limit=0', 'limit=101', 'limit=x', 'limit=1&limit=2', 'after=x']) {
  test(`a page that cannot be is refused: ${query}`, async () => {
    const { status, body } = await api.call('GET', `/emails?${query}`)
    assert.deepEqual([status, body.name], [422, 'validation_error'])
  })
}

test('after and before together are refused', async () => {
  const id = '0190a0a0-0000-7000-8000-000000000001'
  const { status, body } = await api.call('GET', `/emails?after=${id}&before=${id}`)
  assert.deepEqual([status, body.name], [422, 'validation_error'])
})

test("another account's message is not found, and neither is an unknown one", async () => {
  const sent = await api.call('POST', '/emails', { body: email() })
  const foreign = await api.call('GET', `/emails/${sent.body.id}`, { key: api.second.apiKey })
  assert.deepEqual(foreign.body, { statusCode: 404, name: 'not_found', message: 'Email not found' })
  const unknown = await api.call('GET', '/emails/0190a0a0-0000-7000-8000-000000000001')
  assert.equal(unknown.status, 404)
  const malformed = await api.call('GET', '/emails/17')
  assert.deepEqual([malformed.status, malformed.body.name], [422, 'invalid_parameter'])
})

test('a message with a List-Unsubscribe header waits in the bulk stream', async () => {
  const headers = { 'List-Unsubscribe': '<https://example.org/u>' }
  const sent = await api.call('POST', '/emails', { body: email({ headers }) })
  const rows = await api.database.query('select stream from postern.messages where id = $1', [
    sent.body.id,
  ])
  assert.deepEqual(rows, [{ stream: 'bulk' }])
})

test('the stream can be chosen, and urgent is for one recipient', async () => {
  const streamOf = async (changes: Record<string, unknown>) => {
    const { status, body } = await api.call('POST', '/emails', { body: email(changes) })
    assert.equal(status, 200, JSON.stringify(body))
    const [row] = await api.database.query<{ stream: string }>(
      'select stream from postern.messages where id = $1',
      [body.id],
    )
    return row?.stream
  }
  const headers = { 'List-Unsubscribe': '<https://example.org/u>' }
  assert.equal(await streamOf({ stream: 'urgent' }), 'urgent')
  assert.equal(await streamOf({ stream: 'bulk' }), 'bulk')
  assert.equal(await streamOf({ stream: 'transactional', headers }), 'transactional')
  assert.equal(await streamOf({ stream: null }), 'transactional')
  const several = await api.call('POST', '/emails', {
    body: email({ stream: 'urgent', to: ['a@example.net', 'b@example.net'] }),
  })
  assert.equal(several.status, 422)
  assert.match(several.body.message, /for one recipient only/)
  const unknown = await api.call('POST', '/emails', { body: email({ stream: 'fast' }) })
  assert.equal(unknown.status, 422)
  assert.match(unknown.body.message, /`stream` field must be `urgent`/)
})

test('an Idempotency-Key makes a repeated call answer the same and send nothing more', async () => {
  const { apiKey: key } = await api.newAccount()
  const headers = { 'idempotency-key': 'order-17' }
  const first = await api.call('POST', '/emails', { key, headers, body: email() })
  const again = await api.call('POST', '/emails', { key, headers, body: email() })
  assert.equal(first.status, 200)
  assert.deepEqual(again.body, first.body)
  const list = await api.call('GET', '/emails', { key })
  assert.equal(list.body.data.length, 1)
  const other = await api.call('POST', '/emails', { key, headers, body: email({ subject: 'x' }) })
  assert.deepEqual([other.status, other.body.name], [409, 'invalid_idempotent_request'])
  const long = { 'idempotency-key': 'k'.repeat(257) }
  const refused = await api.call('POST', '/emails', { key, headers: long, body: email() })
  assert.deepEqual([refused.status, refused.body.name], [400, 'invalid_idempotency_key'])
})

test('a strict batch is accepted whole or not at all', async () => {
  const { apiKey: key } = await api.newAccount()
  const bad = await api.call('POST', '/emails/batch', {
    key,
    body: [email(), email({ to: 'nobody' })],
  })
  assert.equal(bad.status, 422)
  assert.match(bad.body.message, /^Item 1: Invalid `to` field/)
  const good = await api.call('POST', '/emails/batch', { key, body: [email(), email()] })
  assert.equal(good.status, 200)
  assert.equal(good.body.data.length, 2)
  assert.equal('errors' in good.body, false)
  const { body } = await api.call('GET', '/emails', { key })
  assert.deepEqual(
    body.data.map((one: { id: string }) => one.id).sort(),
    good.body.data.map((one: { id: string }) => one.id).sort(),
  )
})

test('a permissive batch accepts what is valid and names the rest by its place', async () => {
  const { status, body } = await api.call('POST', '/emails/batch', {
    headers: { 'x-batch-validation': 'permissive' },
    body: [email(), email({ subject: 5 }), email({ from: 'x@unknown.example' }), email()],
  })
  assert.equal(status, 200)
  assert.equal(body.data.length, 2)
  assert.deepEqual(
    body.errors.map((one: { index: number }) => one.index),
    [1, 2],
  )
  assert.match(body.errors[0].message, /`subject`/)
  assert.match(body.errors[1].message, /unknown\.example is not verified/)
})

for (const body of [[], {}, Array.from({ length: 101 }, () => email())]) {
  test(`a batch holds 1 to 100 messages: ${Array.isArray(body) ? body.length : 'an object'}`, async () => {
    const answer = await api.call('POST', '/emails/batch', { body })
    assert.equal(answer.status, 422)
    assert.match(answer.body.message, /a JSON array of 1 to 100 messages/)
  })
}
