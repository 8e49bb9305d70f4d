import assert from 'node:assert/strict'
import { test } from 'node:test'
import { makeToken } from '../lib/token.ts'
import { hideSecrets, keptBodies } from './kept-bodies.ts'

const exchange = { method: 'POST', route: '/domains', requestBody: null, responseText: '{}' }

for (const name of [
  'token',
  'authorization',
  'Authorization',
  'password',
  'new_password',
  'signing_secret',
  'apiKey',
  'api_key',
  'oauth_client_secret',
  'url',
  'download_url',
]) {
  test(`the value of ${name} is not kept, whatever it is`, () => {
    const kept = hideSecrets({ data: [{ [name]: { deep: 'plain words' } }] })
    assert.deepEqual(kept, { data: [{ [name]: '[hidden]' }] })
  })
}

test('a key is not kept wherever it stands: in a text, under a name of any kind, as a name', () => {
  const token = makeToken('live')
  const kept = JSON.stringify(
    hideSecrets({ note: `use ${token} or SG.${token}`, [token]: 1, list: [token] }),
  )
  assert.ok(!kept.includes(token.slice(9)), kept)
})

test('what is no secret is kept as it was', () => {
  const value = { name: 'mail.example', count: 3, on: true, none: null, tags: ['a', { b: 'c' }] }
  assert.deepEqual(hideSecrets(value), value)
})

test('a message is never kept: neither what was sent nor what was read', () => {
  const secretText = { subject: 'Your parcel' }
  const sent = {
    ...exchange,
    route: '/emails',
    requestBody: secretText,
    responseText: '{"id":"1"}',
  }
  assert.deepEqual(keptBodies(sent), { request: null, response: { id: '1' } })
  const text = JSON.stringify(secretText)
  const read = { ...exchange, method: 'GET', route: '/emails/:id', responseText: text }
  assert.deepEqual(keptBodies(read), { request: null, response: null })
})

test('an answer that is no JSON is not kept, and one over 64 KB is only measured', () => {
  assert.equal(keptBodies({ ...exchange, responseText: 'words' }).response, null)
  const responseText = JSON.stringify({ text: 'x'.repeat(70_000) })
  assert.deepEqual(keptBodies({ ...exchange, responseText }).response, {
    omitted: '70011 bytes, more than are kept',
  })
})

test('nesting without end is cut', () => {
  let value: unknown = 'end'
  for (let n = 0; n < 100; n++) value = [value]
  assert.match(JSON.stringify(hideSecrets(value)), /\[hidden\]/)
})
