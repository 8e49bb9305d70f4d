import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { email, type RunningApi, startApi } from './running-api.ts'

let api: RunningApi
before(async () => {
  api = await startApi()
})
after(() => api.end())

const headers = { 'postern-validate-only': 'true' }

async function stored(): Promise<unknown[]> {
  return api.database.query(
    `select (select count(*) from postern.messages) as messages,
            (select count(*) from postern.idempotency_keys) as keys,
            (select count(*) from postern.daily_usage) as usage`,
  )
}

test('a message that would be accepted is said to be valid, and nothing is stored or counted', async () => {
  const { signed } = await api.operator.authorise(
    { operatorToken: api.database.operatorToken },
    { kind: 'account_state', accountId: api.first.id, change: { dailyQuota: 10 } },
  )
  await api.storeAuthority(signed, 'account.change')
  const before = await stored()
  const withKey = { ...headers, 'idempotency-key': 'only-validated' }
  const one = await api.call('POST', '/emails', {
    headers: withKey,
    body: email({ scheduled_at: 'in 1 hour', attachments: [{ filename: 'a', content: 'YQ==' }] }),
  })
  assert.deepEqual([one.status, one.body], [200, { object: 'validation', valid: true }])
  const batch = await api.call('POST', '/emails/batch', { headers, body: [email(), email()] })
  assert.deepEqual([batch.status, batch.body], [200, { object: 'validation', valid: true }])
  const raw = await api.call('POST', '/emails/raw', {
    headers: { ...headers, 'content-type': 'message/rfc822' },
    body: 'From: a@postern.localhost\r\nTo: b@example.net\r\n\r\nHello\r\n',
  })
  assert.deepEqual([raw.status, raw.body], [200, { object: 'validation', valid: true }])
  assert.deepEqual(await stored(), before)
})

test('what is wrong is refused as it would be, and in a permissive batch named', async () => {
  for (const body of [email({ to: 'nobody' }), email({ from: 'a@example.com' })]) {
    const only = await api.call('POST', '/emails', { headers, body })
    const sent = await api.call('POST', '/emails', { body })
    assert.deepEqual([only.status, only.body], [sent.status, sent.body])
    assert.ok(only.status >= 400)
  }
  const strict = await api.call('POST', '/emails/batch', {
    headers,
    body: [email(), email({ to: 'nobody' })],
  })
  assert.equal(strict.status, 422)
  const permissive = await api.call('POST', '/emails/batch', {
    headers: { ...headers, 'x-batch-validation': 'permissive' },
    body: [email(), email({ to: 'nobody' })],
  })
  assert.deepEqual([permissive.status, permissive.body.valid], [200, false])
  assert.equal(permissive.body.errors[0].index, 1)
})

test('another value of the header is refused, so that nobody sends by a mistake', async () => {
  const answer = await api.call('POST', '/emails', {
    headers: { 'postern-validate-only': 'yes' },
    body: email(),
  })
  assert.equal(answer.status, 422)
  assert.match(answer.body.message, /must be `true` or `false`/)
})
