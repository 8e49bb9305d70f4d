import assert from 'node:assert/strict'
import { test } from 'node:test'
import { CommandFailure } from './command-failure.ts'
import { openRootKey, sealRootKey } from './root-seal.ts'

const rootKey = Buffer.alloc(32, 7)

test('the passphrase opens what it sealed, in whichever Unicode form it is typed; another does not', async () => {
  const text = await sealRootKey(rootKey, 'gr\u00fcne Wiesen am Bach')
  assert.ok(!text.includes(rootKey.toString('base64')))
  assert.deepEqual(await openRootKey(text, 'gru\u0308ne Wiesen am Bach'), rootKey)
  await assert.rejects(openRootKey(text, 'gr\u00fcne Wiesen am Berg'), CommandFailure)
})

test('the same key sealed twice looks different', async () => {
  assert.notEqual(await sealRootKey(rootKey, 'a'), await sealRootKey(rootKey, 'a'))
})

test('a damaged file is said to be one', async () => {
  for (const text of ['', '{}', '[]', '{"version":2}', '{"version":1,"salt":"AA","sealed":"AA"}']) {
    await assert.rejects(openRootKey(text, 'a'), /damaged/)
  }
})
