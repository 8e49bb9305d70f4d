/** What the sending domain decides about a delivery: its signatures, whether it must travel over TLS, and its end. */
import assert from 'node:assert/strict'
import { after, afterEach, before, beforeEach, test } from 'node:test'
import { dkimVerify } from 'mailauth/lib/dkim/verify.js'
import { usualCapabilities } from '../support/mail-host.ts'
import { waitFor } from '../support/wait-for.ts'
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
beforeEach(() => {
  scene.host.capabilities.splice(0, Infinity, ...usualCapabilities)
  scene.host.messages.length = 0
})
afterEach(async () => {
  await delivery?.stop()
  delivery = undefined
})

test('mail of a domain that demands TLS waits for a host that offers it, and says so', async () => {
  await addDomain('secure.test', { tls: 'enforced' })
  delivery = await startDelivery(scene)
  const id = await scene.send({ from: 'a@secure.test' })
  await untilTried(id)
  assert.equal(scene.host.messages.length, 0)
  const [row] = await deliveriesOf(scene, id)
  assert.equal(row!.state, 'queued')
  assert.ok(row!.due_in_seconds > 40 && row!.due_in_seconds < 75, String(row!.due_in_seconds))
  const { body } = await scene.api.call('GET', `/emails/${id}`)
  assert.equal(body.last_event, 'delivery_delayed')
  const told = body.timeline.map(({ text }: { text: string }) => text).join('\n')
  assert.match(told, /its domain demands TLS, and no TLS: the host does not offer it/)

  scene.host.capabilities.push('STARTTLS')
  await scene.api.database.query(
    'update postern.deliveries set ready = true where message_id = $1',
    [id],
  )
  delivery.loop.wake()
  await untilState(scene, id, 'delivered')
  assert.equal(scene.host.messages[0]!.secure, true)
})

test('a host without TLS goes on getting the mail of other domains', async () => {
  await addDomain('strict.test', { tls: 'enforced' })
  delivery = await startDelivery(scene)
  const strict = await scene.send({ from: 'a@strict.test' })
  await untilTried(strict)
  const other = await scene.send()
  await untilState(scene, other, 'delivered')
  assert.equal(scene.host.messages[0]!.secure, false)
})

test('the local inbox is no network: TLS is not demanded there', async () => {
  await addDomain('local.test', { tls: 'enforced' })
  const { port } = scene.host
  delivery = await startDelivery(scene, () => ({
    findRoute: () => ({ host: '127.0.0.1', port, isInbox: true }),
  }))
  const id = await scene.send({ from: 'a@local.test' })
  await untilState(scene, id, 'delivered')
})

test('a domain with an Ed25519 key signs twice, and both signatures verify', async () => {
  const { records } = await addDomain('edwards.test', { ed25519: true })
  delivery = await startDelivery(scene)
  const id = await scene.send({ from: 'a@edwards.test' })
  await untilState(scene, id, 'delivered')
  const resolver = async (name: string) => {
    const found = records.find((record) => name === `${record.name}.edwards.test`)
    if (!found) throw Object.assign(new Error('no such record'), { code: 'ENOTFOUND' })
    return [[found.value]]
  }
  const { results } = await dkimVerify(scene.host.messages[0]!.source, { resolver })
  assert.deepEqual(
    results.map(({ status, signingDomain, algo }) => [status.result, signingDomain, algo]),
    [
      ['pass', 'edwards.test', 'rsa-sha256'],
      ['pass', 'edwards.test', 'ed25519-sha256'],
    ],
  )
})

test('queued mail of a deleted domain is cancelled at once, with the reason', async () => {
  const { id: domainId } = await addDomain('deleted.test')
  const id = await scene.send({ from: 'a@deleted.test' })
  assert.equal((await scene.api.call('DELETE', `/domains/${domainId}`)).status, 200)
  delivery = await startDelivery(scene)
  await untilState(scene, id, 'cancelled')
  const { body } = await scene.api.call('GET', `/emails/${id}`)
  assert.equal(body.last_event, 'canceled')
  const told = body.timeline.map(({ text }: { text: string }) => text).join('\n')
  assert.match(told, /the sending domain was deleted/)
  assert.equal(scene.host.messages.length, 0)
})

test('queued mail of a domain that is verified no more waits for it for some hours only', async () => {
  const { id: domainId } = await addDomain('failed.test')
  const [young, old] = [
    await scene.send({ from: 'a@failed.test' }),
    await scene.send({ from: 'a@failed.test' }),
  ]
  await fail(domainId)
  await scene.api.database.query(
    `update postern.messages set created_at = created_at - interval '7 hours' where id = $1`,
    [old],
  )
  delivery = await startDelivery(scene)
  await untilState(scene, old, 'cancelled')
  await waitFor(async () => (await deliveriesOf(scene, young))[0]!.due_in_seconds > 200, {
    what: 'the return',
  })
  const [row] = await deliveriesOf(scene, young)
  assert.deepEqual([row!.state, row!.attempts], ['queued', 0])
  assert.ok(!delivery.logged.some(([event]) => event.startsWith('alarm')))
})

interface AddedDomain {
  id: string
  records: { name: string; value: string }[]
}

async function addDomain(name: string, changes: object = {}): Promise<AddedDomain> {
  const { api } = scene
  const { status, body } = await api.call('POST', '/domains', { body: { name, ...changes } })
  assert.equal(status, 201)
  await api.verify(api.first, body.id)
  return body
}

/** As a check does that found the key gone. */
async function fail(domainId: string): Promise<void> {
  const { api } = scene
  const jobs = api.vault.client('jobs', await api.database.ticket('jobs'))
  const { signed } = await jobs.authorise('ticket', {
    kind: 'domain_state',
    accountId: api.first.id,
    domainId,
    status: 'failed',
    returnPathReady: false,
  })
  await api.storeAuthority(signed, 'domain.change')
}

async function untilTried(id: string): Promise<void> {
  await waitFor(async () => (await deliveriesOf(scene, id))[0]?.attempts === 1, {
    what: 'an attempt',
  })
}
