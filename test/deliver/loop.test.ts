import assert from 'node:assert/strict'
import { after, afterEach, before, beforeEach, test } from 'node:test'
import { dkimVerify } from 'mailauth/lib/dkim/verify.js'
import { DatabaseFailure } from '../../src/db/sql.ts'
import { Refusal } from '../../src/lib/refusal.ts'
import { readReturnPath } from '../../src/mail/verp.ts'
import { waitFor } from '../support/wait-for.ts'
import { dkimResolver } from './dkim-resolver.ts'
import {
  type Delivery,
  deliveriesOf,
  type Scene,
  setScene,
  startDelivery,
  untilState,
} from './running-delivery.ts'

let scene: Scene
let delivery: Delivery | undefined

before(async () => {
  scene = await setScene()
})
after(() => scene.end())
beforeEach(async () => {
  scene.host.script = undefined
  scene.host.messages.length = 0
  await scene.api.database.query('delete from postern.suppressions')
  // A retry that an earlier test left behind would come in the middle of a later one.
  await scene.api.database.query(
    `update postern.deliveries set state = 'cancelled', ready = false where state in ('queued', 'attempting')`,
  )
})
afterEach(async () => {
  await delivery?.stop()
  delivery = undefined
})

test('a message arrives signed by its domain, with a return path that names the delivery', async () => {
  delivery = await startDelivery(scene)
  const id = await scene.send({ subject: 'Grüße', html: '<p>Hello</p>' })
  await untilState(scene, id, 'delivered')
  const [received] = scene.host.messages
  const [local = '', domain] = received!.mailFrom.split('@')
  const { returnPathKey } = await delivery.vault.keys()
  assert.equal(domain, `send.${scene.domain}`)
  assert.deepEqual(readReturnPath(local, returnPathKey!), { messageId: id, n: 0 })
  const { results } = await dkimVerify(received!.source, { resolver: await dkimResolver(scene) })
  assert.deepEqual(
    results.map(({ status, signingDomain }) => [status.result, signingDomain]),
    [['pass', scene.domain]],
  )
})

test('the headers that unsubscribe are signed, and none is invented', async () => {
  delivery = await startDelivery(scene)
  const id = await scene.send({
    stream: 'bulk',
    headers: {
      'List-Unsubscribe': '<https://example.org/u/1>',
      'List-Unsubscribe-Post': 'List-Unsubscribe=One-Click',
    },
  })
  await untilState(scene, id, 'delivered')
  const { source } = scene.host.messages[0]!
  const { results } = await dkimVerify(source, { resolver: await dkimResolver(scene) })
  assert.deepEqual(
    results.map(({ status }) => status.result),
    ['pass'],
  )
  const [names = ''] = /h=[^;]*/.exec(source.toString().replace(/\r\n\t/g, '')) ?? []
  assert.match(names, /:list-unsubscribe:list-unsubscribe-post:/)
  const without = await scene.send({ stream: 'bulk' })
  await untilState(scene, without, 'delivered')
  assert.doesNotMatch(scene.host.messages[1]!.source.toString(), /list-unsubscribe/i)
})

test('every recipient gets the same bytes in a transaction of its own', async () => {
  delivery = await startDelivery(scene)
  const id = await scene.send({
    to: ['a@one.test', 'b@two.test'],
    cc: 'c@three.test',
    bcc: 'd@four.test',
  })
  await untilState(scene, id, 'delivered')
  const { messages } = scene.host
  assert.deepEqual(messages.map(({ recipients }) => recipients.join()).sort(), [
    'a@one.test',
    'b@two.test',
    'c@three.test',
    'd@four.test',
  ])
  assert.equal(new Set(messages.map(({ source }) => source.toString())).size, 1)
  assert.ok(!messages[0]!.source.includes('d@four.test'))
})

test('a 4xx brings the delivery back after a minute, and its words can be read with the account key', async () => {
  scene.host.script = ({ step }) => (step === 'rcpt' ? '451 4.3.0 come back later' : undefined)
  delivery = await startDelivery(scene)
  const id = await scene.send()
  await waitFor(async () => (await deliveriesOf(scene, id))[0]?.attempts === 1, {
    what: 'an attempt',
  })
  const [row] = await deliveriesOf(scene, id)
  assert.equal(row!.state, 'queued')
  assert.ok(row!.due_in_seconds > 55 && row!.due_in_seconds < 62, String(row!.due_in_seconds))
  const { body } = await scene.api.call('GET', `/emails/${id}`)
  assert.equal(body.last_event, 'delivery_delayed')
  assert.match(JSON.stringify(body), /come back later/)
})

test('a recipient who does not exist is not written to again', async () => {
  scene.host.script = ({ step }) => (step === 'rcpt' ? '550 5.1.1 no such user' : undefined)
  delivery = await startDelivery(scene)
  const id = await scene.send({ to: 'gone@example.test' })
  await untilState(scene, id, 'bounced')
  scene.host.script = undefined
  const again = await scene.send({ to: 'Gone@Example.test' })
  assert.deepEqual(
    (await deliveriesOf(scene, again)).map(({ state }) => state),
    ['suppressed'],
  )
})

test('a host that does not answer counts as unreachable and is soon tried again', async () => {
  delivery = await startDelivery(scene, () => ({
    findRoute: () => ({ host: '127.0.0.1', port: 1 }),
  }))
  const id = await scene.send()
  await waitFor(async () => (await deliveriesOf(scene, id))[0]?.attempts === 1, {
    what: 'an attempt',
  })
  const [row] = await deliveriesOf(scene, id)
  assert.equal(row!.state, 'queued')
  assert.ok(row!.due_in_seconds < 11)
  const [attempt] = await scene.api.database.query(
    'select outcome from postern.attempts where message_id = $1',
    [id],
  )
  assert.equal(attempt!.outcome, 'unreachable')
})

test('a message over the inline limit arrives whole', async () => {
  delivery = await startDelivery(scene)
  const text = `${'0123456789abcde\n'.repeat(20_000)}the end`
  const id = await scene.send({ text })
  await untilState(scene, id, 'delivered')
  assert.ok(scene.host.messages[0]!.source.includes('the end'))
  assert.ok(scene.host.messages[0]!.source.length > 320_000)
})

test('what vault does not sign is given back uncounted, and its neighbours arrive', async () => {
  const { api } = scene
  const { body } = await api.call('POST', '/domains', { body: { name: 'later.test' } })
  await api.verify(api.first, body.id)
  const held = await scene.send({ from: 'a@later.test' })
  await api.database.query(
    `update postern.domain_states set name = 'other.test' where domain_id = $1`,
    [body.id],
  )
  const other = await scene.send()
  delivery = await startDelivery(scene)
  await untilState(scene, other, 'delivered')
  await waitFor(async () => (await deliveriesOf(scene, held))[0]?.state === 'queued', {
    what: 'the return',
  })
  const [row] = await deliveriesOf(scene, held)
  assert.equal(row!.attempts, 0)
  assert.ok(row!.due_in_seconds > 55)
  assert.ok(delivery.logged.some(([event]) => event === 'alarm: vault refused a claimed message'))
})

test('bytes that do not open are set aside, and its neighbours arrive', async () => {
  const broken = await scene.send()
  await scene.api.database.query(
    `update postern.contents set content_sealed = substring(content_sealed for 40) where message_id = $1`,
    [broken],
  )
  const other = await scene.send()
  delivery = await startDelivery(scene)
  await untilState(scene, other, 'delivered')
  await waitFor(async () => (await deliveriesOf(scene, broken))[0]?.state === 'queued', {
    what: 'the return',
  })
  const [row] = await deliveriesOf(scene, broken)
  assert.equal(row!.attempts, 0)
  assert.ok(row!.due_in_seconds > 3_000)
})

test('a stop ends the running transaction and gives back what has not begun', async () => {
  const dot = holdDots()
  delivery = await startDelivery(scene)
  const id = await scene.send()
  await dot.reached
  const stopped = delivery.stop()
  delivery = undefined
  dot.release()
  await stopped
  assert.deepEqual(
    (await deliveriesOf(scene, id)).map(({ state }) => state),
    ['delivered'],
  )
})

test('while vault is away nothing is tried or counted, and delivery goes on at once when it is back', async () => {
  let isAway = true
  let refusals = 0
  const away = async () => {
    refusals += 1
    throw new Refusal('unavailable', 'vault is away', { retryAfterSeconds: 1 })
  }
  delivery = await startDelivery(scene, ({ vault }) => ({
    vault: {
      openLeased: (items) => (isAway ? away() : vault.openLeased(items)),
      sign: (items) => (isAway ? away() : vault.sign(items)),
      keys: () => (isAway ? away() : vault.keys()),
    },
  }))
  const id = await scene.send()
  await waitFor(() => refusals > 1, { what: 'vault to be asked' })
  isAway = false
  await untilState(scene, id, 'delivered')
  assert.equal((await deliveriesOf(scene, id))[0]!.attempts, 1)
  assert.equal(scene.host.messages.length, 1)
})

test('a vault that forgot its openings in between is asked again', async () => {
  let asked = 0
  delivery = await startDelivery(scene, ({ vault }) => ({
    vault: {
      keys: vault.keys,
      openLeased: vault.openLeased,
      sign: async (items) => {
        asked += 1
        return asked === 1 ? items.map(() => ({ refused: 'not_leased' })) : vault.sign(items)
      },
    },
  }))
  const id = await scene.send()
  await untilState(scene, id, 'delivered')
  assert.equal(asked, 2)
})

test('an outcome waits for the database and is recorded once', async () => {
  let failures = 0
  delivery = await startDelivery(scene, ({ queue }) => ({
    queue: {
      ...queue,
      finish: async (rows) => {
        failures += 1
        if (failures < 3) throw new DatabaseFailure({ code: 'ECONNREFUSED' })
        return queue.finish(rows)
      },
    },
  }))
  const id = await scene.send()
  await untilState(scene, id, 'delivered')
  assert.equal((await deliveriesOf(scene, id))[0]!.attempts, 1)
  assert.equal(scene.host.messages.length, 1)
})

test('a delivery whose time is long over is not tried any more', async () => {
  const id = await scene.send()
  await scene.api.database.query(
    `update postern.messages set expires_at = now() - interval '2 hours' where id = $1`,
    [id],
  )
  delivery = await startDelivery(scene)
  await untilState(scene, id, 'expired')
  assert.equal(scene.host.messages.length, 0)
})

test('a thousand messages for several destinations are all delivered once, in few claims', async () => {
  const batch = Array.from({ length: 100 }, (_, number) => ({
    from: `hello@${scene.domain}`,
    to: `reader@d${number % 20}.test`,
    subject: `Message [pb:loop:${number}]`,
    text: 'Hello',
  }))
  for (let round = 0; round < 10; round += 1) {
    const { status } = await scene.api.call('POST', '/emails/batch', { body: batch })
    assert.equal(status, 200)
  }
  let claims = 0
  delivery = await startDelivery(scene, ({ queue }) => ({
    queue: {
      ...queue,
      claim: async (wish) => {
        const rows = await queue.claim(wish)
        if (rows.length > 0) claims += 1
        return rows
      },
    },
  }))
  await waitFor(() => scene.host.messages.length >= 1_000, { what: 'all messages', seconds: 30 })
  assert.equal(scene.host.messages.length, 1_000)
  assert.ok(claims <= 20, `${claims} claims`)
})

test('what the last process had claimed is claimed by the next at once', async () => {
  const id = await scene.send()
  await scene.api.database.query(
    `update postern.deliveries set state = 'attempting', ready = false, due_at = now() + interval '1 hour'
      where message_id = $1`,
    [id],
  )
  delivery = await startDelivery(scene)
  await untilState(scene, id, 'delivered')
})

test('a transaction that outlives its lease is not begun twice, and its outcome counts', async () => {
  const dot = holdDots()
  delivery = await startDelivery(scene, () => ({ leaseSeconds: 3 }))
  const id = await scene.send()
  await waitFor(async () => (await deliveriesOf(scene, id))[0]?.fence === 2, {
    what: 'a second claim',
  })
  dot.release()
  await untilState(scene, id, 'delivered')
  assert.equal(scene.host.messages.length, 1)
  assert.equal((await deliveriesOf(scene, id))[0]!.attempts, 1)
})

/** Final dots get no reply until they are released. */
function holdDots(): { reached: Promise<void>; release: () => void } {
  let release = () => {}
  const held = new Promise<void>((resolve) => {
    release = resolve
  })
  const reached = new Promise<void>((resolve) => {
    scene.host.script = async ({ step }) => {
      if (step !== 'dot') return undefined
      resolve()
      await held
      return undefined
    }
  })
  return { reached, release: () => release() }
}

/** The public keys as the account would publish them. */
