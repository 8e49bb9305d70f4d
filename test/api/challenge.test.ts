import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { findChallenge, storeChallenge } from '../../src/core/certificates/queries.ts'
import { openPool, type Pool } from '../../src/db/sql.ts'
import { type RunningApi, startApi } from './running-api.ts'

let api: RunningApi
let jobs: Pool
let ticket: Buffer
/** So that a second of the limit never ends within a test. */
let nowMs = Date.parse('2026-11-26T12:00:00Z')
before(async () => {
  api = await startApi({ clock: { now: () => nowMs }, trustedProxies: ['127.0.0.1/32'] })
  jobs = openPool(api.database.logins.jobs, { connectionsMax: 1 })
  ticket = await api.database.ticket('jobs')
})
after(async () => {
  await jobs.end()
  await api.end()
})

const challenge = {
  token: 'evaGxfADs6pSRb2LAv9IZ',
  keyAuthorisation: 'evaGxfADs6pSRb2LAv9IZ.thumb',
}

async function ask(token: string, from = '192.0.2.1') {
  const url = `${api.url}/.well-known/acme-challenge/${token}`
  const answer = await fetch(url, { headers: { 'x-forwarded-for': from } })
  return {
    status: answer.status,
    text: await answer.text(),
    type: answer.headers.get('content-type'),
  }
}

test('a challenge under way is answered without a key, by the letter', async () => {
  await storeChallenge(jobs, ticket, challenge)
  assert.deepEqual(await ask(challenge.token), {
    status: 200,
    text: challenge.keyAuthorisation,
    type: 'text/plain; charset=utf-8',
  })
})

test('whatever else is asked for gets the same few bytes', async () => {
  nowMs += 1000
  const answers = await Promise.all(
    ['unknown', 'a'.repeat(128), 'a'.repeat(700), '%00', '..%2F..', "'or'1"].map((token) =>
      ask(token),
    ),
  )
  for (const { status, text } of answers)
    assert.deepEqual([status, text], [404, 'No such challenge.'])
})

test('an old challenge is no longer answered', async () => {
  nowMs += 1000
  await api.database.query("update private.challenges set expires_at = now() - interval '1 second'")
  assert.equal((await ask(challenge.token)).status, 404)
})

test('one address is answered twenty times a second, and all together a hundred times', async () => {
  nowMs += 1000
  const statusOf = async (from: string) => (await ask('unknown', from)).status
  const count = (statuses: number[]) => statuses.filter((status) => status === 404).length
  const one = await Promise.all(Array.from({ length: 30 }, () => statusOf('192.0.2.1')))
  assert.equal(count(one), 20)
  const all = await Promise.all(Array.from({ length: 120 }, (_, n) => statusOf(`198.51.100.${n}`)))
  assert.equal(count(all), 80)
  assert.ok(all.every((status) => status === 404 || status === 429))
})

test('only api may look for a challenge, and only jobs may leave one', async () => {
  const stranger = Buffer.alloc(32)
  await assert.rejects(storeChallenge(jobs, stranger, challenge), { code: '42501' })
  await assert.rejects(findChallenge(jobs, ticket, challenge.token), { code: '42501' })
})
