import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Refusal } from '../lib/refusal.ts'
import { waitForFileKey } from './file-key.ts'

const fileKey = Buffer.alloc(32, 1)
const keys = { destinationKey: null, returnPathKey: null, identityKey: null, fileKey }
const sealed = {
  keys: async () => {
    throw new Refusal('unavailable', 'sealed')
  },
}

test('the key is what vault gives', async () => {
  assert.equal(await waitForFileKey({ keys: async () => keys }, () => false), fileKey)
})

test('a process that stops while vault is sealed does without', async () => {
  assert.equal(await waitForFileKey(sealed, () => true), null)
})

test('any other failure comes out', async () => {
  await assert.rejects(
    waitForFileKey(sealed, () => false),
    /sealed/,
  )
  const withoutKey = { keys: async () => ({ ...keys, fileKey: null }) }
  await assert.rejects(
    waitForFileKey(withoutKey, () => true),
    /no file key/,
  )
})
