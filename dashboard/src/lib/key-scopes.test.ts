import assert from 'node:assert/strict'
import { test } from 'node:test'
import { accessText, presets } from './key-scopes.ts'

test('scopes that are a preset have its name, in whatever order', () => {
  for (const { name, scopes } of presets) assert.equal(accessText([...scopes].reverse()), name)
})

test('other scopes are counted', () => {
  assert.equal(accessText(['emails:send', 'logs:read']), '2 of 11 scopes')
})
