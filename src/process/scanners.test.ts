import assert from 'node:assert/strict'
import { generateKeyPairSync } from 'node:crypto'
import { test } from 'node:test'
import { parseScanners } from './scanners.ts'

const written = (curve: 'P-256' | 'P-384' | 'ed25519') => {
  const { publicKey } =
    curve === 'ed25519'
      ? generateKeyPairSync('ed25519')
      : generateKeyPairSync('ec', { namedCurve: curve })
  return publicKey.export({ format: 'der', type: 'spki' }).toString('base64')
}

test('each line is a scanner, between comments and empty lines', () => {
  const [one, two] = [written('P-256'), written('ed25519')]
  assert.deepEqual(parseScanners(`# ours\n\nours  ${one}\nother\t${two}\n`, 'keys'), [
    { id: 'ours', publicKey: one },
    { id: 'other', publicKey: two },
  ])
})

test('a line that is none says its number, the rule and the fix', () => {
  for (const line of ['ours', `ours ${written('P-384')}`, 'ours AAAA', `a b ${written('P-256')}`]) {
    assert.throws(() => parseScanners(`\n${line}`, 'keys'), /keys line 2 must be .*PEM as one word/)
  }
  const line = `ours ${written('P-256')}`
  assert.throws(() => parseScanners(`${line}\n${line}`, 'keys'), /line 2 names ours a second time/)
})
