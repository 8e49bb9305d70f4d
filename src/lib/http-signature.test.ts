import assert from 'node:assert/strict'
import { generateKeyPairSync, hash, type KeyObject, sign } from 'node:crypto'
import { test } from 'node:test'
import fc from 'fast-check'
import {
  derivedComponent,
  fieldValue,
  isDigested,
  isSignedBy,
  type MessageSignature,
  readContentDigest,
  readSignatures,
  signatureBase,
} from './http-signature.ts'
import { readPublicKey, type SignatureKey, signatureKeyOf } from './signature-key.ts'

/** RFC 9421 appendix B.1.3, B.1.4. */
const p256Pem = `-----BEGIN PUBLIC KEY-----
MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEqIVYZVLCrPZHGHjP17CTW0/+D9Lf
w0EkjqF7xB4FivAxzic30tMM4GF+hR6Dxh71Z50VGGdldkkDXZCnTNnoXQ==
-----END PUBLIC KEY-----`
const ed25519Pem = `-----BEGIN PUBLIC KEY-----
MCowBQYDK2VwAyEAJrQLj5P/89iXES9+vFgrIy29clF9CC/oPPsw3c5D0bs=
-----END PUBLIC KEY-----`

/** Appendix B.2: the request and the response that are signed there. */
const requestDigest =
  'sha-512=:WZDPaVn/7XgHaAy8pmojAkGWoRx2UFChF41A2svX+TaPm+AbwAgBWnrIiYllu7BNNyealdVLvRwEmTHWXvJwew==:'
const responseDigest =
  'sha-512=:mEWXIS7MaLRuGgxOBdODa3xqM1XdEvxoYhvlCFJ41QJgJc4GTsPp29l5oGX69wWdXymyU0rjJuahq4l5aGgfLQ==:'
const requestHeaders = [
  ...['Host', 'example.com'],
  ...['Date', 'Tue, 20 Apr 2021 02:07:55 GMT'],
  ...['Content-Type', 'application/json'],
  ...['Content-Digest', requestDigest],
  ...['Content-Length', '18'],
]
const responseHeaders = [
  ...['Date', 'Tue, 20 Apr 2021 02:07:56 GMT'],
  ...['Content-Type', 'application/json'],
  ...['Content-Digest', responseDigest],
  ...['Content-Length', '23'],
]
const target = {
  method: 'POST',
  scheme: 'https',
  authority: 'example.com',
  target: '/foo?param=Value&Pet=dog',
}
const ofRequest = (name: string) =>
  name.startsWith('@') ? derivedComponent(target, name) : fieldValue(requestHeaders, name)
const ofResponse = (name: string) =>
  name === '@status' ? '200' : fieldValue(responseHeaders, name)

const b24 = {
  input:
    'sig-b24=("@status" "content-type" "content-digest" "content-length");created=1618884473;keyid="test-key-ecc-p256"',
  signature:
    'sig-b24=:wNmSUAhwb5LxtOtOpNa6W5xj067m5hFrj0XQ4fvpaCLx0NKocgPquLgyahnzDnDAUy5eCdlYUEkLIj+32oiasw==:',
}
const b26 = {
  input:
    'sig-b26=("date" "@method" "@path" "@authority" "content-type" "content-length");created=1618884473;keyid="test-key-ed25519"',
  signature:
    'sig-b26=:wqcAqbmYJ2ji2glfAMaRy4gruYYnx2nEFN2HN6jrnDnQCK1u02Gb04v9EDgwUPiu4A0w6vuQv5lIp5WPpBKRCw==:',
}

function keyOf(pem: string): SignatureKey {
  const read = readPublicKey(pem)
  assert.ok('kept' in read)
  const key = signatureKeyOf(read.kept)
  assert.ok(key)
  return key
}

function onlyOne(input: string, signature: string): MessageSignature {
  const found = readSignatures(input, signature)
  assert.ok(Array.isArray(found), JSON.stringify(found))
  assert.equal(found.length, 1)
  return found[0]!
}

function baseOf(
  signature: Pick<MessageSignature, 'components' | 'described'>,
  componentOf: (name: string) => string | undefined,
) {
  const made = signatureBase(signature, componentOf)
  assert.ok('base' in made, JSON.stringify(made))
  return made.base
}

test('RFC 9421 B.2.4: the response signed with ecdsa-p256-sha256', () => {
  const read = onlyOne(b24.input, b24.signature)
  const base = baseOf(read, ofResponse)
  assert.equal(
    base,
    [
      '"@status": 200',
      '"content-type": application/json',
      `"content-digest": ${responseDigest}`,
      '"content-length": 23',
      `"@signature-params": ${b24.input.slice('sig-b24='.length)}`,
    ].join('\n'),
  )
  const key = keyOf(p256Pem)
  assert.equal(key.algorithm, 'ecdsa-p256-sha256')
  assert.ok(isSignedBy(key, base, read.signature))
  assert.ok(!isSignedBy(key, base.replace('200', '201'), read.signature))
  assert.ok(!isSignedBy(keyOf(ed25519Pem), base, read.signature))
})

test('RFC 9421 B.2.6: the request signed with ed25519', () => {
  const read = onlyOne(b26.input, b26.signature)
  const base = baseOf(read, ofRequest)
  assert.equal(
    base,
    [
      '"date": Tue, 20 Apr 2021 02:07:55 GMT',
      '"@method": POST',
      '"@path": /foo',
      '"@authority": example.com',
      '"content-type": application/json',
      '"content-length": 18',
      `"@signature-params": ${b26.input.slice('sig-b26='.length)}`,
    ].join('\n'),
  )
  const key = keyOf(ed25519Pem)
  assert.equal(key.algorithm, 'ed25519')
  assert.ok(isSignedBy(key, base, read.signature))
  assert.ok(!isSignedBy(key, base.replace('POST', 'GET'), read.signature))
})

test('the digests of RFC 9421 B.2 are those of its contents', () => {
  const wanted = [
    [requestDigest, '{"hello": "world"}'],
    [responseDigest, '{"message": "good dog"}'],
  ] as const
  for (const [field, content] of wanted) {
    const digests = readContentDigest(field)
    assert.ok(digests && digests.length === 1)
    assert.ok(isDigested(digests, Buffer.from(content)))
    assert.ok(!isDigested(digests, Buffer.from(`${content} `)))
  }
})

test('of two digests both must be right, and one that is not known proves nothing', () => {
  const content = Buffer.from('hello')
  const right = `sha-256=:${hash('sha256', content, 'base64')}:`
  const wrong = `sha-512=:${hash('sha512', 'other', 'base64')}:`
  const both = readContentDigest(`${right}, ${wrong}`)
  assert.ok(both && both.length === 2 && !isDigested(both, content))
  assert.deepEqual(readContentDigest('md5=:AAAA:'), [])
  for (const bad of ['sha-256=hello', 'sha-256', 'sha-256=:%:', 'sha-256=(:AAAA:)', '=']) {
    assert.equal(readContentDigest(bad), undefined, bad)
  }
})

test('derived components are those of RFC 9421 2.2', () => {
  const of = (name: string, changed: object = {}) =>
    derivedComponent({ ...target, ...changed }, name)
  assert.equal(of('@query'), '?param=Value&Pet=dog')
  assert.equal(of('@query', { target: '/foo' }), '?')
  assert.equal(of('@query', { target: '/foo?' }), '?')
  assert.equal(of('@path', { target: '/a%20b?x?y' }), '/a%20b')
  assert.equal(of('@authority', { authority: 'Example.COM:443' }), 'example.com')
  assert.equal(of('@authority', { authority: 'example.com:8443' }), 'example.com:8443')
  assert.equal(of('@target-uri'), 'https://example.com/foo?param=Value&Pet=dog')
  assert.equal(of('@request-target'), '/foo?param=Value&Pet=dog')
  assert.equal(of('@scheme'), 'https')
  assert.equal(of('@status'), undefined)
  assert.equal(of('@path', { target: 'http://example.com/foo' }), undefined)
})

test('a field that came in several lines is one value, and blanks around each are none of it', () => {
  const lines = ['X-A', ' one ', 'x-b', 'no', 'x-a', '\ttwo,  three']
  assert.equal(fieldValue(lines, 'x-a'), 'one, two,  three')
  assert.equal(fieldValue(lines, 'x-c'), undefined)
})

for (const [title, input, signature] of [
  ['no dictionary', 'sig=("@method"', 'sig=:AAAA:'],
  ['no inner list', 'sig="@method"', 'sig=:AAAA:'],
  ['a component twice', 'sig=("@method" "@method")', 'sig=:AAAA:'],
  ['a component in capitals', 'sig=("Date")', 'sig=:AAAA:'],
  ['a component that is a token', 'sig=(date)', 'sig=:AAAA:'],
  ['a component with parameters', 'sig=("date";sf)', 'sig=:AAAA:'],
  ['a signature of another label', 'sig=("@method")', 'other=:AAAA:'],
  ['a signature that is a string', 'sig=("@method")', 'sig="AAAA"'],
  ['a signature that is a list', 'sig=("@method")', 'sig=(:AAAA:)'],
  ['nine signatures', [...'abcdefghi'].map((one) => `${one}=()`).join(), ''],
] as const) {
  test(`it is not read with ${title}`, () => {
    assert.ok('fault' in readSignatures(input, signature))
  })
}

test('a base is not made over what the message lacks, nor over a value with a line end', () => {
  const signature = { components: ['x-a'], described: '("x-a")' }
  assert.deepEqual(
    signatureBase(signature, () => undefined),
    { missing: 'x-a' },
  )
  const smuggled = 'one\n"@method": GET'
  assert.deepEqual(
    signatureBase(signature, () => smuggled),
    { missing: 'x-a' },
  )
})

const pairs = {
  ed25519: generateKeyPairSync('ed25519'),
  p256: generateKeyPairSync('ec', { namedCurve: 'P-256' }),
}

function signed(privateKey: KeyObject, base: string): Buffer {
  const bytes = Buffer.from(base, 'latin1')
  return privateKey.asymmetricKeyType === 'ed25519'
    ? sign(null, bytes, privateKey)
    : sign('sha256', bytes, { key: privateKey, dsaEncoding: 'ieee-p1363' })
}

const printable = fc.string({ unit: fc.constantFrom(...'abc=":;, \\()/?&%20'), maxLength: 40 })
const fieldName = fc.stringMatching(/^x-[a-z0-9]{1,8}$/)

test('what was signed is believed, and nothing that differs in one value is', () => {
  const fields = fc.uniqueArray(fc.tuple(fieldName, printable), {
    minLength: 1,
    maxLength: 6,
    selector: ([name]) => name,
  })
  const chosen = fc.constantFrom<keyof typeof pairs>('ed25519', 'p256')
  fc.assert(
    fc.property(fields, chosen, fc.nat(), (values, kind, which) => {
      const { privateKey, publicKey } = pairs[kind]
      const key = keyOf(publicKey.export({ type: 'spki', format: 'pem' }).toString())
      const described = `(${values.map(([name]) => `"${name}"`).join(' ')});created=1;keyid="k"`
      const headers = values.flat()
      const componentOf = (name: string) => fieldValue(headers, name)
      const components = values.map(([name]) => name)
      const base = baseOf({ components, described }, componentOf)
      const signature = signed(privateKey, base)
      const read = onlyOne(`sig=${described}`, `sig=:${signature.toString('base64')}:`)
      assert.equal(read.described, described)
      assert.ok(isSignedBy(key, baseOf(read, componentOf), read.signature))
      const changed = values[which % values.length]![0]
      const otherwise = (name: string) =>
        name === changed ? `${componentOf(name)}x` : componentOf(name)
      assert.ok(!isSignedBy(key, baseOf(read, otherwise), read.signature))
    }),
    { numRuns: 60 },
  )
})

test('no header makes the reading throw', () => {
  const text = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 80 }),
    fc.string({ unit: fc.constantFrom(...'sig=("@method");:,created1?-"\\ '), maxLength: 80 }),
  )
  fc.assert(
    fc.property(text, text, (input, signature) => {
      readSignatures(input, signature)
      readContentDigest(input)
    }),
    { numRuns: 2_000 },
  )
})
