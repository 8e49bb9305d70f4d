/** Internationalised addresses (RFC 6531) on their way out: from the API to hosts that can and cannot take them. */
import assert from 'node:assert/strict'
import { after, afterEach, before, test } from 'node:test'
import { type MailHost, startMailHost, usualCapabilities } from '../support/mail-host.ts'
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
/** Offers everything but SMTPUTF8; mail for `old.test` goes there. */
let oldHost: MailHost
let delivery: Delivery

before(async () => {
  scene = await setScene()
  oldHost = await startMailHost({
    capabilities: usualCapabilities.filter((name) => name !== 'SMTPUTF8'),
  })
  delivery = await startDelivery(scene, () => ({
    findRoute: (domain) => ({
      host: '127.0.0.1',
      port: domain === 'old.test' ? oldHost.port : scene.host.port,
    }),
  }))
})
afterEach(() => {
  for (const host of [scene.host, oldHost]) {
    host.messages.length = 0
    host.commands.length = 0
  }
})
after(async () => {
  await delivery.stop()
  await oldHost.stop()
  await scene.end()
})

function mailCommands({ commands }: MailHost): string[] {
  return commands.filter((command) => command.startsWith('MAIL'))
}

test('a local part beyond ASCII goes as it is to a host that offers SMTPUTF8', async () => {
  const id = await scene.send({ to: 'jürgen@new.test' })
  await untilState(scene, id, 'delivered')
  assert.deepEqual(scene.host.messages[0]?.recipients, ['jürgen@new.test'])
  assert.match(mailCommands(scene.host)[0] ?? '', / BODY=8BITMIME SMTPUTF8$/)
  assert.match(scene.host.messages[0]?.source.toString() ?? '', /^To: jürgen@new\.test\r$/m)
})

test('without SMTPUTF8 it is never offered and bounces with 5.6.7, and nobody is suppressed', async () => {
  const id = await scene.send({ to: 'jürgen@old.test' })
  await untilState(scene, id, 'bounced')
  assert.deepEqual(mailCommands(oldHost), [])
  assert.equal(oldHost.messages.length, 0)
  const [row] = await deliveriesOf(scene, id)
  assert.equal(row?.attempts, 1)
  const [event, fields] = delivery.logged.findLast(([name]) => name === 'delivery bounced') ?? []
  assert.equal(event, 'delivery bounced')
  assert.deepEqual([fields?.replyCode, fields?.enhancedCode], [553, '5.6.7'])
  const suppressed = await scene.api.database.query('select 1 as one from postern.suppressions')
  assert.deepEqual(suppressed, [])
})

test('a blind copy to such an address leaves the other recipients alone', async () => {
  const id = await scene.send({ to: 'bob@old.test', bcc: 'jürgen@old.test' })
  const states = async () => (await deliveriesOf(scene, id)).map(({ state }) => state).join(' ')
  await waitFor(async () => (await states()) === 'delivered bounced', { what: 'both outcomes' })
  assert.deepEqual(
    oldHost.messages.map(({ recipients }) => recipients),
    [['bob@old.test']],
  )
})

test('a domain beyond ASCII needs no SMTPUTF8, for it goes in A-labels', async () => {
  const id = await scene.send({ to: 'Bücher <bob@bücher.old.test>', subject: 'Grüße' })
  await untilState(scene, id, 'delivered')
  assert.deepEqual(scene.host.messages[0]?.recipients, ['bob@xn--bcher-kva.old.test'])
  assert.doesNotMatch(mailCommands(scene.host)[0] ?? '', /SMTPUTF8|8BITMIME/)
})
