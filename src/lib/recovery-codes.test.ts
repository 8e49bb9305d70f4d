import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { test } from 'node:test'
import fc from 'fast-check'
import { newRecoveryCodes, readRecoveryCode, recoveryHash } from './recovery-codes.ts'

const alphabet = '0123456789ABCDEFGHJKMNPQRSTVWXYZ'
const codes = fc
  .array(fc.constantFrom(...alphabet), { minLength: 16, maxLength: 16 })
  .map((characters) => characters.join('').replace(/(.{4})(?=.)/g, '$1-'))

test('ten different codes are made, of four groups of four characters', () => {
  const made = newRecoveryCodes()
  assert.equal(new Set(made).size, 10)
  for (const code of made) assert.match(code, /^[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{4}$/)
})

test('each place of a code takes all 32 characters, which makes 80 bits', () => {
  // Of 6,000 draws a character is missing with a chance of about 10^-83.
  const made = Array.from({ length: 600 }, newRecoveryCodes).flat()
  const places = [...made[0]!.replaceAll('-', '')].map(
    (_, place) => new Set(made.map((code) => code.replaceAll('-', '')[place])),
  )
  assert.equal(places.length, 16)
  for (const seen of places) assert.deepEqual([...seen].sort(), [...alphabet])
})

test('what was made is read back as it is', () => {
  for (const code of newRecoveryCodes()) assert.equal(readRecoveryCode(code), code)
})

test('case, spaces and dashes do not matter, nor O for 0 and I or L for 1', () => {
  const separators = fc.constantFrom('', ' ', '-', ' - ', '–', '—', '\t', '\u00a0')
  const misread = { '0': ['0', 'o', 'O'], '1': ['1', 'i', 'I', 'l', 'L'] }
  fc.assert(
    fc.property(codes, separators, fc.infiniteStream(fc.nat()), (code, separator, choices) => {
      const typed = [...code].map((character) => {
        const choice = choices.next().value
        if (character === '-') return separator
        const spellings = misread[character as '0'] ?? [character, character.toLowerCase()]
        return spellings[choice % spellings.length]
      })
      assert.equal(readRecoveryCode(` ${typed.join('')}\n`), code)
    }),
  )
})

for (const text of [
  '',
  '7KQ2-M0XV-9RTD-41H',
  '7KQ2-M0XV-9RTD-41HBB',
  '7KQ2-M0XV-9RTD-41HU',
  '7KQ2_M0XV_9RTD_41HB',
  '7KQ2.M0XV.9RTD.41HB',
  '7KQ2-M0XV-9RTD-41Hé',
  '7KQ2-M0XV-9RTD-41Hı',
  '７KQ2-M0XV-9RTD-41HB',
  `${' '.repeat(100)}7KQ2-M0XV-9RTD-41HB`,
]) {
  test(`no recovery code: ${JSON.stringify(text)}`, () => {
    assert.equal(readRecoveryCode(text), undefined)
  })
}

test('text of any kind is read to a code that reads as itself, or refused', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      const code = readRecoveryCode(text)
      assert.ok(code === undefined || readRecoveryCode(code) === code)
    }),
  )
})

test('the hash is SHA-256 of a prefix of its own and the code', () => {
  const code = '7KQ2-M0XV-9RTD-41HB'
  const expected = createHash('sha256').update(`postern recovery code 1\0${code}`).digest('hex')
  assert.equal(recoveryHash(code), expected)
  assert.notEqual(recoveryHash(code), createHash('sha256').update(code).digest('hex'))
})

test('what was not read first is not hashed, so that one code has one hash', () => {
  for (const text of ['7kq2-m0xv-9rtd-41hb', '7KQ2M0XV9RTD41HB', '']) {
    assert.throws(() => recoveryHash(text), RangeError)
  }
})
