import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { secretKey } from '../lib/seal.ts'
import { makeReturnPath, readReturnPath } from './verp.ts'

const key = secretKey(Buffer.alloc(32, 7))
const messageId = '01890a5d-ac96-774b-bcce-b302099a8057'

function localOf(address: string): string {
  return address.slice(0, address.indexOf('@'))
}

test('a return path reads back as the delivery it was made for', () => {
  fc.assert(
    fc.property(fc.uuid(), fc.nat({ max: 65_535 }), (id, n) => {
      const address = makeReturnPath({ messageId: id, n }, key, 'bounces.example.com')
      assert.match(address, /^b-[a-z2-7]{42}@bounces\.example\.com$/)
      assert.deepEqual(readReturnPath(localOf(address), key), { messageId: id, n })
    }),
  )
})

test('a host that changes the case of the local part does no harm', () => {
  const local = localOf(makeReturnPath({ messageId, n: 3 }, key, 'example.com'))
  assert.deepEqual(readReturnPath(local.toUpperCase(), key), { messageId, n: 3 })
})

test('any changed letter, another key and anything else are refused', () => {
  const local = localOf(makeReturnPath({ messageId, n: 3 }, key, 'example.com'))
  for (let at = 0; at < local.length; at += 1) {
    const letter = local[at] === 'a' ? 'b' : 'a'
    const changed = local.slice(0, at) + letter + local.slice(at + 1)
    assert.equal(readReturnPath(changed, key), undefined, `letter ${at}`)
  }
  assert.equal(readReturnPath(local, secretKey(Buffer.alloc(32, 8))), undefined)
  for (const other of [
    '',
    'b-',
    'postmaster',
    `${local}a`,
    local.slice(1),
    local.replace(/.$/, '1'),
  ]) {
    assert.equal(readReturnPath(other, key), undefined, other)
  }
})

test('each token has one spelling: spare bits must be zero', () => {
  const local = localOf(makeReturnPath({ messageId, n: 3 }, key, 'example.com'))
  const alphabet = 'abcdefghijklmnopqrstuvwxyz234567'
  const last = alphabet.indexOf(local.slice(-1))
  for (const spare of [1, 2, 3]) {
    assert.equal(readReturnPath(local.slice(0, -1) + alphabet[last | spare], key), undefined)
  }
})

test('a return path cannot be made without a UUID and a number that fits', () => {
  for (const bad of [
    { messageId: 'x', n: 0 },
    { messageId, n: -1 },
    { messageId, n: 65_536 },
  ]) {
    assert.throws(() => makeReturnPath(bad, key, 'example.com'), RangeError)
  }
})
