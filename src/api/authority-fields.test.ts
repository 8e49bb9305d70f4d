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

test('a field that is the route’s own is let through at the top, and what it holds is looked through', () => {
  const own = ['signature']
  assert.equal(findAuthorityField({ name: 'x', signature: { public_key: 'x' } }, own), undefined)
  for (const [body, path] of [
    [{ signature: { verified: true } }, 'signature.verified'],
    [{ signature: null, inner: { signature: 'x' } }, 'inner.signature'],
    [{ Signature: 'x' }, 'Signature'],
    [[{ signature: 'x' }], '[0].signature'],
  ] as const) {
    assert.deepEqual(findAuthorityField(body, own), { kind: 'authority_field', path })
  }
  const deep: unknown = JSON.parse(`{"signature":${'{"a":'.repeat(99)}1${'}'.repeat(100)}`)
  assert.deepEqual(findAuthorityField(deep, own), { kind: 'too_deep' })
})

test('ordinary messages have none', () => {
  const body = { from: 'a', to: ['b'], subject: 'verified', html: '<p>version</p>', text: null }
  assert.equal(findAuthorityField(body), undefined)
})

test('nesting without end is refused rather than followed', () => {
  const body: unknown = JSON.parse(`${'{"a":'.repeat(5_000)}1${'}'.repeat(5_000)}`)
  assert.deepEqual(findAuthorityField(body), { kind: 'too_deep' })
})
