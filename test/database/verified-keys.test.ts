/** Which public keys the supervisor tells the inbox: those that this instance signs with, and no others. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { findVerifiedKey } from '../../src/db/verified-keys.ts'
import { KeyDesk } from '../../src/process/key-desk.ts'
import { type RunningApi, startApi } from '../api/running-api.ts'

let api: RunningApi
before(async () => {
  api = await startApi()
})
after(() => api.end())

test('the key of a verified domain is that of its record; of another there is none', async () => {
  const { admin } = api.database
  const name = { domain: 'shop.example', selector: 'postern1' }
  const { body: added } = await api.call('POST', '/domains', { body: { name: 'shop.example' } })
  assert.equal(await findVerifiedKey(admin, name), null)
  await api.verify(api.first, added.id)
  const found = await findVerifiedKey(admin, name)
  const record = added.records.find((one: { name: string }) => one.name.startsWith('postern1.'))
  const key = Buffer.from(found?.publicKey ?? '', 'hex').toString('base64')
  assert.deepEqual([found?.algorithm, `p=${key}`], ['rsa', record.value])
  assert.equal(await findVerifiedKey(admin, { ...name, selector: 'postern9' }), null)
  // Another account's unverified domain of the same name changes nothing.
  const { body: other } = await api.call('POST', '/domains', {
    key: api.second.apiKey,
    body: { name: 'shop.example' },
  })
  assert.ok(other.id)
  assert.deepEqual(await findVerifiedKey(admin, name), found)
  await api.call('DELETE', `/domains/${added.id}`)
  assert.equal(await findVerifiedKey(admin, name), null)
})

test('what is no name is not looked for, few wait at once, and a failure is no key', async () => {
  const asked: string[] = []
  let held: Promise<void> = Promise.resolve()
  const troubles: unknown[] = []
  const desk = new KeyDesk({
    find: async ({ domain }) => {
      asked.push(domain)
      await held
      if (domain === 'broken.example') throw new Error('the database is away')
      return { algorithm: 'rsa', publicKey: '00' }
    },
    onTrouble: (error) => troubles.push(error),
  })
  for (const domain of ['', 'a b', 'x'.repeat(254), 'é.example', 7, null, undefined] as string[]) {
    const order = await desk.answer({ domain, selector: 's' })
    assert.deepEqual(order, { kind: 'key', name: { domain, selector: 's' }, key: null })
  }
  assert.deepEqual(asked, [])
  let release = () => {}
  held = new Promise<void>((resolve) => {
    release = resolve
  })
  const domains = ['broken.example', ...Array.from({ length: 99 }, (_, n) => `d${n}.example`)]
  const answers = domains.map((domain) => desk.answer({ domain, selector: 's' }))
  release()
  const orders = await Promise.all(answers)
  assert.ok(asked.length < 50, `${asked.length} reached the database`)
  assert.equal(troubles.length, 1)
  const given = orders.filter((order) => order.kind === 'key' && order.key !== null)
  assert.equal(given.length, asked.length - 1)
})
