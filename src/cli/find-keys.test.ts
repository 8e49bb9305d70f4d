import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { makeToken, storedHash, tokenProof } from '../lib/token.ts'
import { findKeys, keysIn } from './find-keys.ts'

const folder = mkdtempSync(join(tmpdir(), 'scan-'))
after(() => rmSync(folder, { recursive: true }))

const token = makeToken('live')
const h2 = storedHash(tokenProof(token))

for (const [where, text] of [
  ['alone', token],
  ['in quotes', `const key = "${token}"`],
  ['with the prefix of the other dialect', `KEY=SG.${token}`],
  ['in an address', `https://x.example/?k=${token}&y=1`],
  ['before a line end of another system', `${token}\r`],
] as const) {
  test(`a key is found ${where}`, () => {
    assert.deepEqual(keysIn(`first\n${text}\nlast`), [{ line: 2, h2 }])
  })
}

test('two keys on a line are two', () => {
  assert.equal(keysIn(`${token},${makeToken('test')}`).length, 2)
})

test('what only looks like a key is none: its checksum is wrong, or it goes on', () => {
  const wrong = token.slice(0, -1) + (token.endsWith('0') ? '1' : '0')
  for (const text of [wrong, `${token}a`, token.slice(0, -1), 'pst_live_', token.toUpperCase()]) {
    assert.deepEqual(keysIn(text), [], text)
  }
})

test('a folder is read to its depth; what is packed, binary, too large or a link is skipped', () => {
  mkdirSync(join(folder, 'a/b'), { recursive: true })
  mkdirSync(join(folder, '.git/objects'), { recursive: true })
  writeFileSync(join(folder, 'a/b/.env'), `X=1\nKEY=${token}\n`)
  writeFileSync(join(folder, '.git/config'), token)
  writeFileSync(join(folder, '.git/objects/pack'), token)
  writeFileSync(join(folder, 'binary'), `\0${token}`)
  writeFileSync(join(folder, 'large'), `${'x'.repeat(10 * 1024 * 1024)}${token}`)
  symlinkSync(folder, join(folder, 'loop'))
  const { found, filesRead, filesSkipped } = findKeys(folder)
  assert.deepEqual(
    found.map(({ file, line }) => [file, line]),
    [
      [join(folder, '.git/config'), 1],
      [join(folder, 'a/b/.env'), 2],
    ],
  )
  assert.deepEqual([filesRead, filesSkipped], [2, 4])
})
