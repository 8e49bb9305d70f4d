import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { base32, matchingStep, newTotpSecret, otpauthUri, totpCode } from './totp.ts'

const rfcSecret = Buffer.from('12345678901234567890')
const skewSteps = 1
const stepMs = 30_000
const secrets = fc.uint8Array({ minLength: 20, maxLength: 20 }).map((bytes) => Buffer.from(bytes))
const steps = fc.integer({ min: 1, max: 2 ** 40 })

/** RFC 4226, appendix D. */
const hotpCodes = '755224 287082 359152 969429 338314 254676 287922 162583 399871 520489'
for (const [counter, code] of hotpCodes.split(' ').entries()) {
  test(`RFC 4226 appendix D: the code of counter ${counter} is ${code}`, () => {
    assert.equal(totpCode(rfcSecret, counter), code)
  })
}

/** RFC 6238, appendix B, the lines of SHA-1, without the first two of eight digits. */
for (const [seconds, code] of [
  [59, '287082'],
  [1_111_111_109, '081804'],
  [1_111_111_111, '050471'],
  [1_234_567_890, '005924'],
  [2_000_000_000, '279037'],
  [20_000_000_000, '353130'],
] as const) {
  test(`RFC 6238 appendix B: ${code} belongs to second ${seconds}`, () => {
    const step = matchingStep(rfcSecret, code, { nowMs: seconds * 1000, skewSteps: 0 })
    assert.equal(step, Math.floor(seconds / 30))
  })
}

/** RFC 4648 §10, without padding. */
for (const [text, encoded] of [
  ['', ''],
  ['f', 'MY'],
  ['fo', 'MZXQ'],
  ['foo', 'MZXW6'],
  ['foob', 'MZXW6YQ'],
  ['fooba', 'MZXW6YTB'],
  ['foobar', 'MZXW6YTBOI'],
] as const) {
  test(`RFC 4648 §10: base32 of "${text}" is "${encoded}"`, () => {
    assert.equal(base32(Buffer.from(text)), encoded)
  })
}

test('a code is taken one step early and one step late, and no more', () => {
  fc.assert(
    fc.property(secrets, steps, fc.integer({ min: -4, max: 4 }), (secret, step, late) => {
      const codes = [step + late - 1, step + late, step + late + 1].map((one) =>
        one < 0 ? undefined : totpCode(secret, one),
      )
      const code = totpCode(secret, step)
      const found = matchingStep(secret, code, { nowMs: (step + late) * stepMs, skewSteps })
      const expected = codes.lastIndexOf(code)
      assert.equal(found, expected < 0 ? undefined : step + late - 1 + expected)
      if (Math.abs(late) <= 1) assert.ok(found !== undefined)
    }),
  )
})

test('the step is the same from its first millisecond to its last', () => {
  const code = totpCode(rfcSecret, 100)
  const at = (nowMs: number) => matchingStep(rfcSecret, code, { nowMs, skewSteps: 0 })
  assert.deepEqual(
    [at(100 * stepMs - 1), at(100 * stepMs), at(101 * stepMs - 1), at(101 * stepMs)],
    [undefined, 100, 100, undefined],
  )
})

test('nothing before the epoch is asked for', () => {
  assert.equal(matchingStep(rfcSecret, '755224', { nowMs: 0, skewSteps }), 0)
})

test('a code of another secret is refused', () => {
  const other = Buffer.from('09876543210987654321')
  const code = totpCode(other, 1_000_000)
  assert.equal(matchingStep(rfcSecret, code, { nowMs: 1_000_000 * stepMs, skewSteps }), undefined)
})

for (const typed of ['755224', '755 224', '755-224', ' 755224\n']) {
  test(`a code may be typed as ${JSON.stringify(typed)}`, () => {
    assert.equal(matchingStep(rfcSecret, typed, { nowMs: 0, skewSteps }), 0)
  })
}

for (const typed of [
  '',
  '75522',
  '7552240',
  '84755224',
  '+75522',
  '7.5522',
  '75522４',
  '٧٥٥٢٢٤',
  '755224\0',
  'undefined',
]) {
  test(`no code: ${JSON.stringify(typed)}`, () => {
    assert.equal(matchingStep(rfcSecret, typed, { nowMs: 0, skewSteps }), undefined)
  })
}

test('text of any kind is answered, never thrown at', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      const step = matchingStep(rfcSecret, text, { nowMs: 30_000, skewSteps })
      assert.ok(step === undefined || text.includes(totpCode(rfcSecret, step).slice(0, 3)))
    }),
  )
})

test('a new secret has 160 bits and is another each time', () => {
  const made = Array.from({ length: 100 }, newTotpSecret)
  assert.ok(made.every((secret) => secret.length === 20))
  assert.equal(new Set(made.map(base32)).size, 100)
})

test('what an app scans says issuer, account, secret and how codes are made', () => {
  assert.equal(
    otpauthUri({ issuer: 'Postern', account: 'ada@example.com', secret: base32(rfcSecret) }),
    'otpauth://totp/Postern:ada%40example.com?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ' +
      '&issuer=Postern&algorithm=SHA1&digits=6&period=30',
  )
})

test('whatever issuer and account are, the URI is read back as them, colons apart', () => {
  const odd = fc.constantFrom(':', '%3A', '?', '&', '/', '\ud800', 'é')
  const texts = fc.string({ unit: fc.oneof(odd, fc.string({ unit: 'binary', maxLength: 2 })) })
  fc.assert(
    fc.property(texts, texts, (issuer, account) => {
      const uri = otpauthUri({ issuer, account, secret: base32(rfcSecret) })
      const [, label = '', query = ''] = /^otpauth:\/\/totp\/([^?]*)\?(.*)$/.exec(uri)!
      const wanted = (text: string) => text.toWellFormed().replaceAll(':', ' ')
      assert.deepEqual(label.split(':').map(decodeURIComponent), [wanted(issuer), wanted(account)])
      const parameters = new URLSearchParams(query)
      assert.equal(parameters.get('issuer'), wanted(issuer))
      assert.deepEqual(
        [...parameters.keys()],
        ['secret', 'issuer', 'algorithm', 'digits', 'period'],
      )
    }),
  )
})
