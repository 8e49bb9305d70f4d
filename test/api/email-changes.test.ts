import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import pg from 'pg'
import { claimDeliveries, releaseDue } from '../../src/core/deliveries/queries.ts'
import { clientConfig, openPool, type Pool } from '../../src/db/sql.ts'
import { restrictedKey } from './restricted-key.ts'
import { type Answer, email, type RunningApi, startApi } from './running-api.ts'

let api: RunningApi
let deliver: Pool
let deliverTicket: Buffer
before(async () => {
  api = await startApi()
  deliver = openPool(api.database.logins.deliver, { connectionsMax: 1 })
  deliverTicket = await api.database.ticket('deliver')
})
after(async () => {
  await deliver.end()
  await api.end()
})

const tomorrow = () => new Date(Date.now() + 24 * 3600 * 1000).toISOString()

async function send(changes: Record<string, unknown> = {}, key?: string): Promise<string> {
  const sent = await api.call('POST', '/emails', { body: email(changes), ...(key && { key }) })
  assert.equal(sent.status, 200, JSON.stringify(sent.body))
  return sent.body.id
}

async function read(id: string): Promise<Answer['body']> {
  const { status, body } = await api.call('GET', `/emails/${id}`)
  assert.equal(status, 200)
  return body
}

const sentences = (body: Answer['body']): string[] =>
  body.timeline.map((line: { text: string }) => line.text)

/** Claims everything that is ready, as deliver would. */
async function claim(): Promise<string[]> {
  await releaseDue(deliver, deliverTicket, 1_000)
  const rows = await claimDeliveries(deliver, deliverTicket, {
    limit: 200,
    leaseSeconds: 60,
    busy: [],
    inlineBytesMax: 1_000,
    cursor: { lane: 0, accountId: '00000000-0000-0000-0000-000000000000' },
  })
  return rows.map(({ messageId }) => messageId)
}

const setState = (id: string, state: string) =>
  api.database.query(
    'update postern.deliveries set state = $2, ready = false, holds = null where message_id = $1',
    [id, state],
  )

test('a scheduled message waits for its time, and is sent then', async () => {
  const at = tomorrow()
  const id = await send({ scheduled_at: at })
  const body = await read(id)
  assert.equal(body.last_event, 'scheduled')
  assert.equal(body.scheduled_at, at)
  assert.equal(body.deliveries[0].next_try_at, at)
  assert.ok(sentences(body).includes(`Scheduled for ${at}.`))
  const list = await api.call('GET', '/emails?limit=1')
  assert.deepEqual([list.body.data[0].id, list.body.data[0].last_event], [id, 'scheduled'])
  assert.ok(!(await claim()).includes(id))
  await api.database.query(
    `update postern.messages set scheduled_at = now() - interval '1 second' where id = $1`,
    [id],
  )
  await api.database.query('update postern.deliveries set due_at = now() where message_id = $1', [
    id,
  ])
  assert.ok((await claim()).includes(id))
})

test('a time in words is kept as an instant, also in a batch', async () => {
  const { body } = await api.call('POST', '/emails/batch', {
    body: [email({ scheduled_at: 'in 2 hours' }), email()],
  })
  const [first, second] = await Promise.all(body.data.map(({ id }: { id: string }) => read(id)))
  const waitMs = Date.parse(first.scheduled_at) - Date.parse(first.created_at)
  assert.ok(Math.abs(waitMs - 2 * 3600 * 1000) < 5_000, `${waitMs}`)
  assert.deepEqual([first.last_event, second.scheduled_at], ['scheduled', null])
})

for (const [wish, says] of [
  ['whenever', /Write ISO 8601/],
  ['2020-01-01T00:00:00Z', /must lie in the future/],
  [17, /The `scheduled_at` field must be a time/],
] as const) {
  test(`a time that cannot be is refused: ${wish}`, async () => {
    const sent = await api.call('POST', '/emails', { body: email({ scheduled_at: wish }) })
    assert.equal(sent.status, 422)
    assert.match(sent.body.message, says)
    const id = await send({ scheduled_at: tomorrow() })
    const moved = await api.call('PATCH', `/emails/${id}`, { body: { scheduled_at: wish } })
    assert.deepEqual([moved.status, moved.body.message], [422, sent.body.message])
  })
}

test('a scheduled message can be given another time, also twice the same', async () => {
  const id = await send({ scheduled_at: tomorrow() })
  const at = new Date(Date.now() + 3600 * 1000).toISOString()
  for (let round = 0; round < 2; round += 1) {
    const moved = await api.call('PATCH', `/emails/${id}`, { body: { scheduled_at: at } })
    assert.deepEqual([moved.status, moved.body], [200, { object: 'email', id }])
  }
  const body = await read(id)
  assert.deepEqual([body.scheduled_at, body.deliveries[0].next_try_at], [at, at])
  assert.equal(sentences(body).filter((text) => text === `Scheduled anew for ${at}.`).length, 1)
})

test('a scheduled message can be canceled, and stays so', async () => {
  const id = await send({
    scheduled_at: tomorrow(),
    to: ['a@postern.localhost', 'b@postern.localhost'],
  })
  for (let round = 0; round < 2; round += 1) {
    const answer = await api.call('POST', `/emails/${id}/cancel`)
    assert.deepEqual([answer.status, answer.body], [200, { object: 'email', id }])
  }
  const body = await read(id)
  assert.equal(body.last_event, 'canceled')
  assert.equal(sentences(body).filter((text) => text.endsWith('cancelled.')).length, 2)
  const moved = await api.call('PATCH', `/emails/${id}`, { body: { scheduled_at: tomorrow() } })
  assert.equal(moved.status, 422)
})

test('only what is scheduled can be given another time, and only what has not begun be canceled', async () => {
  const id = await send()
  const moved = await api.call('PATCH', `/emails/${id}`, { body: { scheduled_at: tomorrow() } })
  assert.equal(moved.status, 422)
  assert.match(moved.body.message, /is not scheduled/)
  const canceled = await api.call('POST', `/emails/${id}/cancel`)
  assert.equal(canceled.status, 422)
  assert.match(canceled.body.message, /neither scheduled nor held/)
})

test('while deliver is taking a message it is neither canceled nor moved', async () => {
  const id = await send({ scheduled_at: tomorrow() })
  const other = new pg.Client(clientConfig(api.database.admin))
  await other.connect()
  try {
    await other.query('begin')
    await other.query('select from postern.deliveries where message_id = $1 for update', [id])
    const moved = await api.call('PATCH', `/emails/${id}`, { body: { scheduled_at: 'in 1 hour' } })
    assert.equal(moved.status, 422)
    assert.equal((await api.call('POST', `/emails/${id}/cancel`)).status, 422)
    await other.query('rollback')
  } finally {
    await other.end()
  }
  assert.equal((await api.call('POST', `/emails/${id}/cancel`)).status, 200)
})

test("another account's message is not found by any change, nor changed by a key that only sends", async () => {
  const id = await send({ scheduled_at: tomorrow() })
  const key = api.second.apiKey
  const body = { scheduled_at: tomorrow() }
  const made = await api.call('POST', '/api-keys', {
    body: { name: 'sends', permission: 'sending_access' },
  })
  for (const [method, path] of [
    ['PATCH', ''],
    ['POST', '/cancel'],
    ['POST', '/release'],
    ['POST', '/resend'],
  ] as const) {
    const options = method === 'PATCH' ? { body } : {}
    const foreign = await api.call(method, `/emails/${id}${path}`, { key, ...options })
    assert.deepEqual([foreign.status, foreign.body.message], [404, 'Email not found'])
    const sending = { key: made.body.token, ...options }
    assert.equal((await api.call(method, `/emails/${id}${path}`, sending)).status, 401)
  }
  assert.equal((await read(id)).last_event, 'scheduled')
})

test('what a holding key sends waits until another key releases it', async () => {
  const key = await restrictedKey(api, { holds: true })
  const id = await send({}, key)
  const held = await read(id)
  assert.deepEqual(held.deliveries[0].holds, ['key'])
  assert.equal(held.deliveries[0].next_try_at, null)
  assert.ok(sentences(held).includes('Held: nothing is sent until it is released.'))
  assert.ok(!(await claim()).includes(id))
  const own = await api.call('POST', `/emails/${id}/release`, { key })
  assert.deepEqual([own.status, own.body.name], [401, 'restricted_api_key'])
  await api.database.query(
    `update postern.messages set expires_at = now() + interval '1 minute' where id = $1`,
    [id],
  )
  for (let round = 0; round < 2; round += 1) {
    const answer = await api.call('POST', `/emails/${id}/release`)
    assert.deepEqual([answer.status, answer.body], [200, { object: 'email', id }])
  }
  const released = await read(id)
  assert.deepEqual(released.deliveries[0].holds, [])
  assert.equal(sentences(released).filter((text) => text === 'Released.').length, 1)
  const [{ hours }] = (await api.database.query<{ hours: number }>(
    'select extract(epoch from expires_at - now())::float / 3600 as hours from postern.messages where id = $1',
    [id],
  )) as [{ hours: number }]
  assert.ok(hours > 71, `${hours}`)
  assert.ok((await claim()).includes(id))
})

test('a held message that is scheduled waits for both', async () => {
  const key = await restrictedKey(api, { holds: true })
  const id = await send({ scheduled_at: tomorrow() }, key)
  assert.equal((await api.call('POST', `/emails/${id}/release`)).status, 200)
  assert.equal((await read(id)).last_event, 'scheduled')
  assert.ok(!(await claim()).includes(id))
})

test('a held message can be canceled', async () => {
  const id = await send({}, await restrictedKey(api, { holds: true }))
  assert.equal((await api.call('POST', `/emails/${id}/cancel`)).status, 200)
  assert.equal((await read(id)).last_event, 'canceled')
})

test('what is not held, what the operator holds and what waits for attachments is not released', async () => {
  const id = await send()
  const refusal = async () => (await api.call('POST', `/emails/${id}/release`)).body.message
  assert.match(await refusal(), /is not held/)
  const hold = (holds: string[]) =>
    api.database.query(
      'update postern.deliveries set holds = $2, ready = false where message_id = $1',
      [id, holds],
    )
  await hold(['operator'])
  assert.match(await refusal(), /only the operator/)
  await hold(['attachments'])
  assert.match(await refusal(), /waits for attachments/)
  await hold(['operator', 'account'])
  assert.equal((await api.call('POST', `/emails/${id}/release`)).status, 200)
  assert.deepEqual((await read(id)).deliveries[0].holds, ['operator'])
})

test('a failed message is tried again for those who did not get it, with its time to live anew', async () => {
  const id = await send({ to: ['a@postern.localhost', 'b@postern.localhost'] })
  await setState(id, 'delivered')
  const none = await api.call('POST', `/emails/${id}/resend`)
  assert.equal(none.status, 422)
  assert.match(none.body.message, /No recipient of the email has failed/)
  await api.database.query(
    `update postern.deliveries set state = 'expired' where message_id = $1 and n = 1`,
    [id],
  )
  const again = await api.call('POST', `/emails/${id}/resend`)
  assert.deepEqual([again.status, again.body], [200, { object: 'email', id }])
  const body = await read(id)
  assert.deepEqual(
    body.deliveries.map(({ state }: { state: string }) => state),
    ['delivered', 'queued'],
  )
  assert.ok(sentences(body).includes('b@postern.localhost: queued again, as the account asked.'))
  assert.equal((await api.call('POST', `/emails/${id}/resend`)).status, 422)
  assert.ok((await claim()).includes(id))
})

test('a message that was canceled before its time is sent now when it is sent again', async () => {
  const id = await send({ scheduled_at: tomorrow() })
  await api.call('POST', `/emails/${id}/cancel`)
  assert.equal((await api.call('POST', `/emails/${id}/resend`)).status, 200)
  const body = await read(id)
  assert.deepEqual([body.last_event, body.scheduled_at], ['queued', null])
})

test('a recipient that is suppressed is not tried again until the suppression is gone', async () => {
  const id = await send({ to: 'gone@postern.localhost' })
  await setState(id, 'bounced')
  await api.database.query(
    `insert into postern.suppressions (lane, account_id, id, recipient_index, reason, message_id)
     select lane, account_id, private.new_id(), recipient_index, 'bounce', message_id
       from postern.deliveries where message_id = $1`,
    [id],
  )
  const refused = await api.call('POST', `/emails/${id}/resend`)
  assert.equal(refused.status, 422)
  assert.match(refused.body.message, /remove the suppression/)
  await api.database.query('delete from postern.suppressions where message_id = $1', [id])
  assert.equal((await api.call('POST', `/emails/${id}/resend`)).status, 200)
})

test('a message whose content is gone is not sent again, and says so', async () => {
  const id = await send()
  await setState(id, 'expired')
  await api.database.query('delete from postern.contents where message_id = $1', [id])
  const refused = await api.call('POST', `/emails/${id}/resend`)
  assert.equal(refused.status, 422)
  assert.match(refused.body.message, /content of the email was discarded/)
  const body = await read(id)
  assert.deepEqual([body.html, body.text], [null, null])
  assert.ok(sentences(body).some((text) => text.startsWith('The content was discarded')))
})

test('trying again counts against the ceiling of the key and the quota of the account', async () => {
  const key = await restrictedKey(api, { hourlyMax: 1 })
  const id = await send({}, key)
  await setState(id, 'expired')
  const hourly = await api.call('POST', `/emails/${id}/resend`, { key })
  assert.equal(hourly.status, 429)
  assert.match(hourly.body.message, /hourly ceiling/)
  const { signed } = await api.operator.authorise(
    { operatorToken: api.database.operatorToken },
    { kind: 'account_state', accountId: api.first.id, change: { dailyQuota: 0 } },
  )
  await api.storeAuthority(signed, 'account.change')
  const daily = await api.call('POST', `/emails/${id}/resend`)
  assert.equal(daily.status, 429)
  assert.match(daily.body.message, /daily quota/)
})

test('what a holding key sends again is held again', async () => {
  const key = await restrictedKey(api, { holds: true })
  const { signed } = await api.operator.authorise(
    { operatorToken: api.database.operatorToken },
    { kind: 'account_state', accountId: api.first.id, change: { dailyQuota: null } },
  )
  await api.storeAuthority(signed, 'account.change')
  const id = await send()
  await setState(id, 'expired')
  assert.equal((await api.call('POST', `/emails/${id}/resend`, { key })).status, 200)
  assert.deepEqual((await read(id)).deliveries[0].holds, ['key'])
})
