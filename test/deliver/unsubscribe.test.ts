/** What bulk mail says of leaving it, as a mail host gets it. */
import assert from 'node:assert/strict'
import { after, before, beforeEach, test } from 'node:test'
import { dkimVerify } from 'mailauth/lib/dkim/verify.js'
import { readUnsubscribeToken } from '../../src/core/unsubscribes/link.ts'
import { storedHash } from '../../src/lib/token.ts'
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
import { fieldsOf, publicUrl, sendBulk } from './unsubscribe-scene.ts'

let scene: Scene
let delivery: Delivery
before(async () => {
  scene = await setScene('sender.test', { publicUrl })
  delivery = await startDelivery(scene)
})
after(async () => {
  await delivery.stop()
  await scene.end()
})
beforeEach(() => {
  scene.host.messages.length = 0
})

async function resultsOf(source: Buffer | string): Promise<string[]> {
  const { results } = await dkimVerify(source, { resolver: await dkimResolver(scene) })
  return results.map(({ status }) => status.result)
}

async function hashesOf(id: string): Promise<(Buffer | null)[]> {
  const rows = await scene.api.database.query<{ unsubscribe_h2: Buffer | null }>(
    'select unsubscribe_h2 from postern.deliveries where message_id = $1 order by n',
    [id],
  )
  return rows.map((row) => row.unsubscribe_h2)
}

test('each recipient of bulk mail has a link of their own, under a signature of its own', async () => {
  const recipients = ['a@one.test', 'b@two.test', 'c@two.test']
  const { id, copyOf, tokenOf } = await sendBulk(scene, {
    to: recipients.slice(0, 2),
    bcc: recipients[2],
  })
  const hashes = await hashesOf(id)
  for (const [n, recipient] of recipients.entries()) {
    const copy = copyOf(recipient)
    assert.deepEqual(fieldsOf(copy, 'List-Unsubscribe-Post'), ['List-Unsubscribe=One-Click'])
    assert.deepEqual(await resultsOf(copy.source), ['pass'])
    const [signature = ''] = fieldsOf(copy, 'DKIM-Signature')
    assert.match(signature.replace(/[ \t]/g, ''), /h=[^;]*:list-unsubscribe:list-unsubscribe-post:/)
    const link = readUnsubscribeToken(tokenOf(recipient))!
    assert.deepEqual([link.accountId, link.messageId, link.n], [scene.api.first.id, id, n])
    assert.deepEqual(hashes[n], storedHash(link.h1))
  }
  assert.equal(new Set(recipients.map(tokenOf)).size, 3)
  assert.ok(!copyOf('a@one.test').source.includes('c@two.test'))
})

test('a link that is put in the place of another breaks the signature', async () => {
  const { copyOf, tokenOf } = await sendBulk(scene, { to: ['a@one.test', 'b@two.test'] })
  const source = copyOf('a@one.test').source.toString()
  assert.deepEqual(await resultsOf(source), ['pass'])
  const swapped = source.replace(tokenOf('a@one.test'), tokenOf('b@two.test'))
  assert.notEqual(swapped, source)
  assert.deepEqual(await resultsOf(swapped), ['fail'])
  const withoutPost = source.replace(/List-Unsubscribe-Post: .*\r\n/, '')
  assert.notEqual(withoutPost, source)
  assert.deepEqual(await resultsOf(withoutPost), ['fail'])
})

test('neither an address nor the secret of a link stands in the database', async () => {
  const { id, tokenOf } = await sendBulk(scene, { to: 'planted-reader@one.test' })
  const [row] = await scene.api.database.query<{ line: string }>(
    'select d::text as line from postern.deliveries d where message_id = $1',
    [id],
  )
  const bytes = Buffer.from(tokenOf('planted-reader@one.test'), 'base64url')
  const { h1 } = readUnsubscribeToken(tokenOf('planted-reader@one.test'))!
  const hidden = [Buffer.from('planted-reader'), bytes.subarray(34, 66), h1]
  for (const secret of hidden) assert.ok(!row!.line.includes(secret.toString('hex')))
  assert.ok(row!.line.includes(storedHash(h1).toString('hex')))
  assert.ok(!bytes.includes('planted-reader'))
})

test('mail that is no bulk mail gets no link and is signed once', async () => {
  for (const stream of ['transactional', 'urgent']) {
    const id = await scene.send({ stream, to: 'a@one.test' })
    await untilState(scene, id, 'delivered')
    assert.deepEqual(await hashesOf(id), [null])
    assert.doesNotMatch(scene.host.messages.at(-1)!.source.toString(), /unsubscribe/i)
  }
})

test('a message that brings a way out of its own is left alone, even with half of it', async () => {
  const both = {
    'List-Unsubscribe': '<https://example.org/u/1>',
    'List-Unsubscribe-Post': 'List-Unsubscribe=One-Click',
  }
  for (const headers of [both, { 'list-unsubscribe': '<mailto:u@example.org>' }]) {
    const { id, copyOf } = await sendBulk(scene, { to: ['a@one.test', 'b@two.test'], headers })
    assert.deepEqual(await hashesOf(id), [null, null])
    const copies = ['a@one.test', 'b@two.test'].map((each) => copyOf(each).source.toString())
    assert.equal(copies[0], copies[1])
    assert.deepEqual(fieldsOf(copyOf('a@one.test'), 'List-Unsubscribe'), [
      Object.values(headers)[0],
    ])
  }
})

test('a whole message that says it is bulk gets a link too, and its other bytes stay', async () => {
  const lines = [
    `From: Sender <hello@${scene.domain}>`,
    'To: a@one.test, b@two.test',
    'Subject: News',
    'Precedence: bulk',
    'Message-ID: <own@sender.test>',
    'Date: Thu, 01 Jan 2026 00:00:00 +0000',
    '',
    'Grüße',
    '.a line with a dot',
    '',
  ].join('\r\n')
  const { body } = await scene.api.call('POST', '/emails/raw', {
    body: lines,
    headers: { 'content-type': 'message/rfc822' },
  })
  await untilState(scene, body.id, 'delivered')
  assert.equal(scene.host.messages.length, 2)
  for (const copy of scene.host.messages) {
    assert.deepEqual(await resultsOf(copy.source), ['pass'])
    assert.equal(fieldsOf(copy, 'List-Unsubscribe').length, 1)
    assert.ok(copy.source.toString().endsWith(lines))
  }
  const values = scene.host.messages.flatMap((copy) => fieldsOf(copy, 'List-Unsubscribe'))
  assert.equal(new Set(values).size, 2)
})

test('more copies than vault signs at a time all arrive', async () => {
  const ids: string[] = []
  for (let message = 0; message < 6; message++) {
    const to = Array.from({ length: 50 }, (_, n) => `r${n}@m${message}.test`)
    ids.push(await scene.send({ stream: 'bulk', to }))
  }
  for (const id of ids) await untilState(scene, id, 'delivered')
  const links = scene.host.messages.flatMap((copy) => fieldsOf(copy, 'List-Unsubscribe'))
  assert.equal(new Set(links).size, 300)
  assert.deepEqual(await resultsOf(scene.host.messages.at(-1)!.source), ['pass'])
})

test('a large message arrives whole at each recipient, with the link of each', async () => {
  const text = `${'0123456789'.repeat(7)}\n`.repeat(20_000)
  const { copyOf, tokenOf } = await sendBulk(scene, { to: ['a@one.test', 'b@two.test'], text })
  assert.notEqual(tokenOf('a@one.test'), tokenOf('b@two.test'))
  for (const recipient of ['a@one.test', 'b@two.test']) {
    assert.deepEqual(await resultsOf(copyOf(recipient).source), ['pass'])
  }
})

test('a later try brings the same secret', async () => {
  let refusals = 0
  scene.host.script = ({ step }) =>
    step === 'dot' && refusals++ === 0 ? '451 4.3.0 later' : undefined
  try {
    const id = await scene.send({ stream: 'bulk', to: 'a@one.test' })
    await waitFor(async () => (await deliveriesOf(scene, id))[0]?.attempts === 1, {
      what: 'a first try',
    })
    await scene.api.database.query(
      'update postern.deliveries set due_at = now() where message_id = $1',
      [id],
    )
    await untilState(scene, id, 'delivered')
    const [value = ''] = fieldsOf(scene.host.messages.at(-1)!, 'List-Unsubscribe')
    const link = readUnsubscribeToken(value.slice(0, -1).split('/').at(-1)!)!
    assert.deepEqual(await hashesOf(id), [storedHash(link.h1)])
  } finally {
    scene.host.script = undefined
  }
})
