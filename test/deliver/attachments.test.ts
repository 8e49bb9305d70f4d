import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { after, before, beforeEach, test } from 'node:test'
import { dkimVerify } from 'mailauth/lib/dkim/verify.js'
import PostalMime from 'postal-mime'
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
let delivery: Delivery
before(async () => {
  scene = await setScene('attachments.test')
  delivery = await startDelivery(scene)
})
after(async () => {
  await delivery.stop()
  await scene.end()
})
beforeEach(() => {
  scene.host.messages.length = 0
})

async function deliverAttachments(attachments: unknown[], message: Record<string, unknown> = {}) {
  const id = await scene.send({ html: '<img src="cid:logo">', attachments, ...message })
  await untilState(scene, id, 'delivered')
  const [received] = scene.host.messages
  return { id, source: received!.source, parsed: await PostalMime.parse(received!.source) }
}

test('attachments arrive in their order with names, types and bytes, under a signature that holds', async () => {
  const pdf = randomBytes(5_000)
  const { source, parsed } = await deliverAttachments([
    { filename: 'Übersicht.pdf', content: pdf.toString('base64') },
    { filename: 'data', content: 'YSxi', content_type: 'text/csv; charset=utf-8' },
    { filename: 'empty.txt', content: '' },
  ])
  assert.deepEqual(
    parsed.attachments.map(({ filename, mimeType, disposition }) => [
      filename,
      mimeType,
      disposition,
    ]),
    [
      ['Übersicht.pdf', 'application/pdf', 'attachment'],
      ['data', 'text/csv', 'attachment'],
      ['empty.txt', 'text/plain', 'attachment'],
    ],
  )
  const [first] = parsed.attachments
  assert.ok(Buffer.from(first!.content as ArrayBuffer).equals(pdf))
  const { results } = await dkimVerify(source, { resolver: await dkimResolver(scene) })
  assert.deepEqual(
    results.map(({ status }) => status.result),
    ['pass'],
  )
})

test('an attachment with an id is shown inside the HTML', async () => {
  const { parsed } = await deliverAttachments([
    { filename: 'logo.png', content: randomBytes(100).toString('base64'), content_id: 'logo' },
  ])
  const [logo] = parsed.attachments
  assert.deepEqual(
    [logo?.contentId, logo?.disposition, logo?.related, logo?.mimeType],
    ['<logo>', 'inline', true, 'image/png'],
  )
})

test('20 MB arrive whole at every recipient', async () => {
  const large = randomBytes(15_000_000)
  const { parsed } = await deliverAttachments(
    [{ filename: 'large.bin', content: large.toString('base64') }],
    { to: ['a@one.test', 'b@two.test'] },
  )
  const [first] = parsed.attachments
  assert.ok(Buffer.from(first!.content as ArrayBuffer).equals(large))
  assert.equal(scene.host.messages.length, 2)
})

test('a message that lacks one of its attachments is not sent without it', async () => {
  const held = [{ filename: 'a.txt', content: 'YQ==' }]
  const id = await scene.send({ attachments: held, scheduled_at: 'in 1 hour' })
  await scene.api.database.query('delete from postern.attachments where message_id = $1', [id])
  await scene.api.database.query(
    'update postern.deliveries set due_at = now() where message_id = $1',
    [id],
  )
  await waitFor(
    () => delivery.logged.some(([event]) => event === 'message not delivered because of a fault'),
    { what: 'the fault in the log' },
  )
  assert.equal(scene.host.messages.length, 0)
  await waitFor(async () => (await deliveriesOf(scene, id))[0]?.state === 'queued', {
    what: 'the claim to be given back',
  })
})

test('neither names nor bytes of attachments stand in the database', async () => {
  const marker = 'MarkerOfAnAttachment'
  const { id } = await deliverAttachments([
    { filename: `${marker}.txt`, content: Buffer.from(marker.repeat(100)).toString('base64') },
  ])
  const [row] = await scene.api.database.query<{ all: Buffer }>(
    `select description_sealed || content_sealed as all from postern.attachments where message_id = $1`,
    [id],
  )
  assert.ok(!row!.all.includes(marker))
})
