import assert from 'node:assert/strict'
import { test } from 'node:test'
import { findAuthorityField } from './authority-fields.ts'

for (const name of [
  'account_id',
  'accountId',
  'Account-ID',
  'verified',
  'blocked',
  'sending_state',
  'suspended',
  'limits',
  'version',
  'signature',
  'constructor',
  'prototype',
  '__proto__',
]) {
  test(`an authority field is found whatever its spelling: ${name}`, () => {
    const body: unknown = JSON.parse(`{"name":"x","${name}":true}`)
    assert.deepEqual(findAuthorityField(body), { kind: 'authority_field', path: name })
  })
}

test('an authority field is found at any depth, also inside lists', () => {
  const body = [{ from: 'a@example.com' }, { options: { deep: [{ verified: true }] } }]
  assert.deepEqual(findAuthorityField(body), {
    kind: 'authority_field',
    path: '[1].options.deep[0].verified',
  })
})

test('headers and tags may have any name', () => {
  const body = { headers: { Version: '1', signature: 'x' }, tags: [{ name: 'a', version: 1 }] }
  assert.equal(findAuthorityField(body), undefined)
})

test('ordinary messages have none', () => {
  const body = { from: 'a', to: ['b'], subject: 'verified', html: '<p>version</p>', text: null }
  assert.equal(findAuthorityField(body), undefined)
})

test('nesting without end is refused rather than followed', () => {
  const body: unknown = JSON.parse(`${'{"a":'.repeat(5_000)}1${'}'.repeat(5_000)}`)
  assert.deepEqual(findAuthorityField(body), { kind: 'too_deep' })
})
