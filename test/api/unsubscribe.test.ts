/** The link in a bulk message, pressed: what it shows, what it does, and what no other link can do. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import {
  type Delivery,
  type Scene,
  setScene,
  startDelivery,
  untilState,
} from '../deliver/running-delivery.ts'
import { type Arrived, publicUrl, sendBulk } from '../deliver/unsubscribe-scene.ts'
import { startApi } from './running-api.ts'

let scene: Scene
let delivery: Delivery
before(async () => {
  scene = await setScene('sender.test', { publicUrl, trustedProxies: ['127.0.0.1/32'] })
  delivery = await startDelivery(scene)
})
after(async () => {
  await delivery.stop()
  await scene.end()
})

const oneClick = 'List-Unsubscribe=One-Click'
const form = 'application/x-www-form-urlencoded'

interface Page {
  status: number
  headers: Headers
  text: string
}

let callers = 0

/** Each from an address of its own, so that none is slowed. */
async function ask(token: string, init: RequestInit = {}): Promise<Page> {
  callers += 1
  const headers = new Headers(init.headers)
  headers.set('x-forwarded-for', `10.0.${callers >> 8}.${callers & 255}`)
  const answer = await fetch(`${scene.api.url}/unsubscribe/${token}`, { ...init, headers })
  return { status: answer.status, headers: answer.headers, text: await answer.text() }
}

const press = (token: string, body = oneClick, type = form) =>
  ask(token, { method: 'POST', body, headers: { 'content-type': type } })
const undo = (token: string) => press(token, 'action=undo')

async function stateFor(to: string, stream: string, key?: string): Promise<string> {
  const from = key ? 'Shop <shop@postern.localhost>' : `hello@${scene.domain}`
  const sent = await scene.api.call('POST', '/emails', {
    ...(key && { key }),
    body: { from, to, subject: 'Hello', text: 'Hi', stream },
  })
  assert.equal(sent.status, 200, JSON.stringify(sent.body))
  const [row] = await scene.api.database.query<{ state: string }>(
    'select state from postern.deliveries where message_id = $1',
    [sent.body.id],
  )
  return row!.state === 'suppressed' ? 'suppressed' : 'sent'
}

/** Reason and scope of what is kept for that message, and the events it has of it. */
async function keptOf(messageId: string): Promise<{ kept: string[]; events: string[] }> {
  const { query } = scene.api.database
  const kept = await query<{ reason: string; scope: string }>(
    'select reason, scope from postern.suppressions where message_id = $1',
    [messageId],
  )
  const events = await query<{ kind: string }>(
    `select kind from postern.events where message_id = $1 and kind like '%subscribed' order by id`,
    [messageId],
  )
  return {
    kept: kept.map(({ reason, scope }) => `${reason} ${scope}`),
    events: events.map(({ kind }) => kind),
  }
}

const nothing = { kept: [], events: [] }
const changed = (token: string, change: (bytes: Buffer) => void) => {
  const bytes = Buffer.from(token, 'base64url')
  change(bytes)
  return bytes.toString('base64url')
}
const flip = (at: number) => (bytes: Buffer) => {
  bytes[at] = bytes[at]! ^ 1
}

async function bulkTo(to: string): Promise<Arrived & { token: string }> {
  const arrived = await sendBulk(scene, { to })
  return { ...arrived, token: arrived.tokenOf(to) }
}

test('looking changes nothing, however often, and shows a page that says nothing of whose it is', async () => {
  const { id, token } = await bulkTo('looker@one.test')
  for (let look = 0; look < 3; look++) {
    const { status, headers, text } = await ask(token)
    assert.equal(status, 200)
    assert.match(text, /<h1>Unsubscribe<\/h1>/)
    assert.match(text, /<button name="List-Unsubscribe" value="One-Click">/)
    assert.doesNotMatch(text, /looker|one\.test|sender\.test/)
    assert.match(headers.get('content-type')!, /^text\/html/)
    assert.match(headers.get('content-security-policy')!, /^default-src 'none'; style-src 'sha256-/)
    assert.equal(headers.get('x-robots-tag'), 'noindex')
    assert.equal(headers.get('cache-control'), 'no-store')
    assert.equal(headers.get('referrer-policy'), 'no-referrer')
    assert.equal(headers.get('set-cookie'), null)
  }
  assert.deepEqual(await keptOf(id), nothing)
  assert.equal(await stateFor('looker@one.test', 'bulk'), 'sent')
})

test('one click leaves bulk mail of that account, and nothing else', async () => {
  const { id, token } = await bulkTo('reader@one.test')
  const answer = await press(token)
  assert.equal(answer.status, 200)
  assert.match(answer.text, /You are unsubscribed/)
  assert.equal(await stateFor('Reader@One.test', 'bulk'), 'suppressed')
  assert.equal(await stateFor('reader@one.test', 'transactional'), 'sent')
  assert.equal(await stateFor('reader@one.test', 'urgent'), 'sent')
  assert.equal(await stateFor('other@one.test', 'bulk'), 'sent')
  assert.equal(await stateFor('reader@one.test', 'bulk', scene.api.second.apiKey), 'sent')
  assert.deepEqual(await keptOf(id), { kept: ['unsubscribe bulk'], events: ['unsubscribed'] })
  const { body } = await scene.api.call(
    'GET',
    `/emails/metrics?email_id=${id}&metrics=unsubscribed`,
  )
  assert.deepEqual(body.totals, { unsubscribed: 1 })
})

test('one click works as a form of either kind, without a type, and with a body of another kind', async () => {
  const boundary = 'x7'
  const multipart = `--${boundary}\r\nContent-Disposition: form-data; name="List-Unsubscribe"\r\n\r\nOne-Click\r\n--${boundary}--\r\n`
  const ways = [
    [multipart, `multipart/form-data; boundary=${boundary}`],
    [oneClick, form],
    ['{"a":1}', 'application/json'],
  ] as const
  for (const [index, [body, type]] of ways.entries()) {
    const { id, token } = await bulkTo(`way-${index}@one.test`)
    assert.equal((await press(token, body, type)).status, 200)
    assert.deepEqual((await keptOf(id)).kept, ['unsubscribe bulk'])
  }
  const { id, token } = await bulkTo('no-body@one.test')
  assert.equal((await ask(token, { method: 'POST' })).status, 200)
  assert.deepEqual((await keptOf(id)).kept, ['unsubscribe bulk'])
  assert.equal((await press(token, 'x'.repeat(5_000))).status, 413)
})

test('pressing again changes nothing, also at the same time', async () => {
  const { id, token } = await bulkTo('again@one.test')
  const answers = await Promise.all(Array.from({ length: 8 }, () => press(token)))
  for (const { status, text } of answers) {
    assert.equal(status, 200)
    assert.match(text, /You are unsubscribed/)
  }
  assert.deepEqual(await keptOf(id), { kept: ['unsubscribe bulk'], events: ['unsubscribed'] })
})

test('the list of suppressions shows who left and by which message, and the message tells it', async () => {
  const { id, token } = await bulkTo('listed@one.test')
  await press(token)
  const { body } = await scene.api.call('GET', '/suppressions/listed@one.test')
  assert.deepEqual(
    [body.email, body.origin, body.source_id],
    ['listed@one.test', 'unsubscribe', id],
  )
  const listed = await scene.api.call('GET', '/suppressions?origin=unsubscribe&limit=1')
  assert.equal(listed.body.data[0].id, body.id)
  const message = await scene.api.call('GET', `/emails/${id}`)
  const line = message.body.timeline.find(
    ({ event }: { event: string }) => event === 'unsubscribed',
  )
  assert.match(line.text, /^listed@one\.test: unsubscribed from bulk mail/)
  assert.equal(message.body.last_event, 'delivered')
  const removed = await scene.api.call('DELETE', '/suppressions/listed@one.test')
  assert.deepEqual(removed.body, { object: 'suppression', id: body.id, deleted: true })
  assert.equal(await stateFor('listed@one.test', 'bulk'), 'sent')
})

test('the same link takes it back, once more without an end to it but with an end to its events', async () => {
  const { id, token } = await bulkTo('back@one.test')
  const left = await press(token)
  assert.match(left.text, /name="action" value="undo"/)
  assert.match((await ask(token)).text, /name="action" value="undo"/)
  const back = await undo(token)
  assert.match(back.text, /You are subscribed again/)
  assert.equal(await stateFor('back@one.test', 'bulk'), 'sent')
  assert.deepEqual(await keptOf(id), { kept: [], events: ['unsubscribed', 'resubscribed'] })
  for (let round = 0; round < 12; round++) {
    await press(token)
    await undo(token)
  }
  await press(token)
  const { kept, events } = await keptOf(id)
  assert.deepEqual([kept, events.length], [['unsubscribe bulk'], 20])
})

test('the link of another message neither takes it back nor offers it', async () => {
  const first = await bulkTo('two@one.test')
  const second = await bulkTo('two@one.test')
  await press(first.token)
  for (const page of [await ask(second.token), await press(second.token)]) {
    assert.match(page.text, /You are unsubscribed/)
    assert.doesNotMatch(page.text, /undo/)
  }
  assert.match((await undo(second.token)).text, /You are unsubscribed/)
  assert.equal(await stateFor('two@one.test', 'bulk'), 'suppressed')
  assert.deepEqual(await keptOf(second.id), nothing)
})

test('a link that is forged, cut or of another delivery is answered alike and does nothing', async () => {
  const to = ['one@forged.test', 'two@forged.test']
  const { id, tokenOf } = await sendBulk(scene, { to })
  const token = tokenOf('one@forged.test')
  const other = await bulkTo('three@forged.test')
  const forged = [
    changed(token, (bytes) => bytes.writeUInt16BE(1, 32)),
    changed(token, (bytes) => bytes.writeUInt16BE(2, 32)),
    changed(token, (bytes) => Buffer.from(other.token, 'base64url').copy(bytes, 16, 16, 32)),
    changed(token, flip(0)),
    changed(token, flip(15)),
    changed(token, flip(34)),
    changed(token, flip(65)),
    changed(token, (bytes) => bytes.fill(0, 34, 66)),
    token.slice(0, 80),
    'short',
    'A'.repeat(700),
  ]
  const pages = new Set<string>()
  for (const one of forged) {
    for (const page of [await ask(one), await press(one), await undo(one)]) {
      assert.equal(page.status, 404, one)
      assert.equal(page.headers.get('cache-control'), 'no-store')
      pages.add(page.text)
    }
  }
  assert.equal(pages.size, 1)
  assert.deepEqual([await keptOf(id), await keptOf(other.id)], [nothing, nothing])
  assert.equal((await press(token)).status, 200)
})

test('a delivery without a link has none, and the stored hash opens nothing', async () => {
  const { id, token } = await bulkTo('hashed@one.test')
  const hash = 'select unsubscribe_h2 as h2 from postern.deliveries where message_id = $1'
  const [row] = await scene.api.database.query<{ h2: Buffer }>(hash, [id])
  const shown = changed(token, (bytes) => row!.h2.copy(bytes, 34))
  assert.equal((await press(shown)).status, 404)
  await scene.api.database.query(
    'update postern.deliveries set unsubscribe_h2 = null where message_id = $1',
    [id],
  )
  assert.equal((await press(token)).status, 404)
})

test('an address that was changed in a link is shown to nobody, and the right one is suppressed', async () => {
  const to = ['liar@shown.test', 'victim@shown.test']
  const { tokenOf } = await sendBulk(scene, { to })
  const own = Buffer.from(tokenOf('liar@shown.test'), 'base64url')
  const foreign = Buffer.from(tokenOf('victim@shown.test'), 'base64url')
  const swapped = Buffer.concat([own.subarray(0, 66), foreign.subarray(66)])
  const broken = own.subarray(0, 66 + 40)
  const none = own.subarray(0, 66)
  for (const bytes of [swapped, broken, none]) {
    const token = bytes.toString('base64url')
    assert.equal((await press(token)).status, 200)
    const { status, body } = await scene.api.call('GET', '/suppressions/liar@shown.test')
    assert.deepEqual([status, body.email, body.origin], [200, '', 'unsubscribe'])
    const unknown = await scene.api.call('GET', '/suppressions/victim@shown.test')
    assert.equal(unknown.status, 404)
    assert.equal((await scene.api.call('GET', '/suppressions')).status, 200)
    await undo(token)
  }
})

test('what somebody left and what bounced stand apart, and lifting the one keeps the other', async () => {
  const address = 'both@one.test'
  const { token } = await bulkTo(address)
  await press(token)
  const left = (await scene.api.call('GET', `/suppressions/${address}`)).body
  const added = await scene.api.call('POST', '/suppressions', { body: { email: address } })
  assert.notEqual(added.body.id, left.id)
  assert.equal(await stateFor(address, 'transactional'), 'suppressed')
  const shown = await scene.api.call('GET', `/suppressions/${address}`)
  assert.deepEqual([shown.body.id, shown.body.origin], [added.body.id, 'manual'])
  await scene.api.call('DELETE', `/suppressions/${added.body.id}`)
  assert.equal(await stateFor(address, 'transactional'), 'sent')
  assert.equal(await stateFor(address, 'bulk'), 'suppressed')
  await scene.api.call('POST', '/suppressions', { body: { email: address } })
  await undo(token)
  assert.equal(await stateFor(address, 'bulk'), 'suppressed')
  await press(token)
  const removed = await scene.api.call('POST', '/suppressions/batch/remove', {
    body: { emails: [address] },
  })
  assert.equal(removed.body.data.length, 2)
  assert.equal(await stateFor(address, 'bulk'), 'sent')
})

test('sending again goes to who left only where it is no bulk mail', async () => {
  const address = 'requeued@one.test'
  const { token } = await bulkTo(address)
  await press(token)
  const failed = async (stream: string) => {
    const id = await scene.send({ to: address, stream: 'transactional' })
    await untilState(scene, id, 'delivered')
    await scene.api.database.query(
      `update postern.deliveries set state = 'expired', ready = false, stream = $2 where message_id = $1`,
      [id, stream],
    )
    return (await scene.api.call('POST', `/emails/${id}/resend`)).status
  }
  assert.equal(await failed('transactional'), 200)
  assert.equal(await failed('bulk'), 422)
})

test('callers from one address are slowed, and the rest of the api still speaks JSON', async () => {
  const now = Date.now()
  const api = await startApi({ clock: { now: () => now } })
  try {
    const statuses: number[] = []
    for (let call = 0; call < 51; call++) {
      const answer = await fetch(`${api.url}/unsubscribe/short`)
      statuses.push(answer.status)
      if (call === 50) assert.match(answer.headers.get('retry-after') ?? '', /^\d+$/)
    }
    assert.deepEqual([...new Set(statuses.slice(0, 50)), statuses[50]], [404, 429])
    const body = oneClick
    const headers = { 'content-type': form }
    const refused = await api.call('POST', '/emails', { body, headers })
    assert.deepEqual([refused.status, refused.body.name], [400, 'validation_error'])
  } finally {
    await api.end()
  }
})
