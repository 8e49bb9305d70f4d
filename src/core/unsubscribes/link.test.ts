import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { sealClass, secretKey, unseal } from '../../lib/seal.ts'
import { storedHash } from '../../lib/token.ts'
import { bringsUnsubscribe } from './brings-unsubscribe.ts'
import { readUnsubscribeToken, unsubscribeHash, unsubscribeToken } from './link.ts'

const key = secretKey(Buffer.alloc(32, 7))
const accountId = '0190a0a0-0000-7000-8000-0000000000ab'
const messageId = '0190a0a0-0000-7000-8000-0000000000cd'
const delivery = { accountId, messageId, n: 3, recipient: 'ada@example.com' }

test('what deliver writes into a link is what the door keeps the hash of, for that delivery alone', () => {
  const link = readUnsubscribeToken(unsubscribeToken(key, delivery))!
  assert.deepEqual([link.accountId, link.messageId, link.n], [accountId, messageId, 3])
  assert.deepEqual(storedHash(link.h1), unsubscribeHash(key, 3))
  assert.notDeepEqual(unsubscribeHash(key, 4), unsubscribeHash(key, 3))
  assert.notDeepEqual(unsubscribeHash(secretKey(Buffer.alloc(32, 8)), 3), unsubscribeHash(key, 3))
})

test('the address in a link opens with the key of its message only', () => {
  const { addressSealed } = readUnsubscribeToken(unsubscribeToken(key, delivery))!
  const name = { accountId, recordId: messageId, class: sealClass.address }
  assert.equal(unseal(key, name, addressSealed!).toString(), delivery.recipient)
  assert.throws(() => unseal(secretKey(Buffer.alloc(32, 8)), name, addressSealed!))
})

test('a link of the longest address fits its header and its path, and of a longer one it has none', () => {
  const long = unsubscribeToken(key, { ...delivery, recipient: 'x'.repeat(320) })
  assert.equal(long.length, 552)
  assert.ok(readUnsubscribeToken(long)?.addressSealed)
  const longer = unsubscribeToken(key, { ...delivery, recipient: 'x'.repeat(321) })
  assert.equal(readUnsubscribeToken(longer)?.addressSealed, null)
})

test('what cannot be a link is none, and each link has one spelling', () => {
  const whole = unsubscribeToken(key, delivery)
  const bare = Buffer.from(whole, 'base64url').subarray(0, 66).toString('base64url')
  const { addressSealed } = readUnsubscribeToken(bare)!
  assert.equal(addressSealed, null)
  const largeN = Buffer.from(bare, 'base64url')
  largeN.writeUInt16BE(0x8000, 32)
  const wrong = ['', 'short', bare.slice(1), `${bare}=`, `${bare}!`, 'A'.repeat(553)]
  for (const text of [...wrong, largeN.toString('base64url')]) {
    assert.equal(readUnsubscribeToken(text), undefined, text)
  }
  const spelling = fc.string({ unit: fc.constantFrom(...'AZaz09_-'), minLength: 88, maxLength: 99 })
  fc.assert(
    fc.property(spelling, (text) => {
      if (!readUnsubscribeToken(text)) return
      assert.equal(Buffer.from(text, 'base64url').toString('base64url'), text)
    }),
  )
})

test('what a sender says of unsubscribing is seen in headers and in whole messages', () => {
  const parts = { html: null, text: 'Hello' }
  const raw = (field: string) => ({
    raw: Buffer.from(`From: a@example.com\r\n${field}\r\n\r\nList-Unsubscribe: <no>\r\n`),
  })
  const own = { 'list-unsubscribe': '<mailto:u@example.com>' }
  assert.equal(bringsUnsubscribe({ headers: own }, parts), true)
  assert.equal(bringsUnsubscribe({ headers: { 'X-A': 'b' } }, parts), false)
  assert.equal(
    bringsUnsubscribe({ headers: {} }, raw('LIST-Unsubscribe:\r\n <mailto:u@a.test>')),
    true,
  )
  assert.equal(bringsUnsubscribe({ headers: {} }, raw('Precedence: bulk')), false)
})
