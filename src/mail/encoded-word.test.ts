import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { decodeWords, encodeWords } from './encoded-word.ts'

test('any text survives encoding, in words of at most 75 characters that decode on their own', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme', minLength: 1, maxLength: 200 }), (text) => {
      const words = encodeWords(text)
      assert.equal(decodeWords(words.join('\r\n ')), text)
      assert.equal(words.map((word) => decodeWords(word)).join(''), text)
      for (const word of words) {
        assert.ok(word.length <= 75)
        assert.match(word, /^=\?utf-8\?[QB]\?[\x21-\x3e\x40-\x7e]*\?=$/)
      }
    }),
  )
})

test('the shorter of Q and B is taken', () => {
  assert.deepEqual(encodeWords('Zoë and friends'), ['=?utf-8?Q?Zo=C3=AB_and_friends?='])
  assert.deepEqual(encodeWords('日本語'), ['=?utf-8?B?5pel5pys6Kqe?='])
})

test('words in other known character sets are read, in unknown ones not', () => {
  assert.equal(decodeWords('=?iso-8859-1?q?Zo=EB?= x'), 'Zoë x')
  assert.equal(decodeWords('=?utf-8*en?q?a?='), 'a')
  assert.equal(decodeWords('=?x-secret?q?a?='), undefined)
})

test('blanks are dropped between two words only', () => {
  assert.equal(decodeWords('=?utf-8?q?a?=  \r\n\t=?utf-8?q?b?='), 'ab')
  assert.equal(decodeWords(' =?utf-8?q?a?= b =?utf-8?q?c?= '), ' a b c ')
  assert.equal(decodeWords('what?=  =?utf-8?q?b?='), 'what?=  b')
})
