import assert from 'node:assert/strict'
import { createHash, generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto'
import { test } from 'node:test'
import fc from 'fast-check'
import { type Assertion, type AssertionFlaw, verifyAssertion } from './webauthn-assertion.ts'
import type { PasskeyAlgorithm } from './webauthn-ceremony.ts'

const origin = 'https://console.example.com'
const rpId = 'console.example.com'
const challenge = randomBytes(32)
const present = 0x01
const verified = 0x04
const attested = 0x40
const extended = 0x80

interface Authenticator {
  algorithm: PasskeyAlgorithm
  publicKey: KeyObject
  privateKey: KeyObject
}

const authenticators: Record<string, Authenticator> = {
  ES256: { algorithm: -7, ...generateKeyPairSync('ec', { namedCurve: 'P-256' }) },
  EdDSA: { algorithm: -8, ...generateKeyPairSync('ed25519') },
  RS256: { algorithm: -257, ...generateKeyPairSync('rsa', { modulusLength: 2048 }) },
}
const ecdsa = authenticators.ES256!

interface Ceremony {
  clientData: Record<string, unknown> | unknown[] | null
  clientDataBytes?: Buffer
  rpId: string
  flags: number
  signCount: number
  trailing: Buffer
  signatureOf: (signature: Buffer) => Buffer
}

const honest: Ceremony = {
  clientData: {
    type: 'webauthn.get',
    challenge: challenge.toString('base64url'),
    origin,
    crossOrigin: false,
  },
  rpId,
  flags: present | verified,
  signCount: 8,
  trailing: Buffer.alloc(0),
  signatureOf: (signature) => signature,
}

/** What an authenticator and its browser would send, and what the server knows of them. */
function assertionOf(authenticator: Authenticator, changes: Partial<Ceremony> = {}): Assertion {
  const ceremony = { ...honest, ...changes }
  const count = Buffer.alloc(4)
  count.writeUInt32BE(ceremony.signCount)
  const authenticatorData = Buffer.concat([
    createHash('sha256').update(ceremony.rpId).digest(),
    Buffer.of(ceremony.flags),
    count,
    ceremony.trailing,
  ])
  const clientDataJSON =
    ceremony.clientDataBytes ?? Buffer.from(JSON.stringify(ceremony.clientData))
  const clientDataHash = createHash('sha256').update(clientDataJSON).digest()
  const signature = sign(
    authenticator.algorithm === -8 ? null : 'sha256',
    Buffer.concat([authenticatorData, clientDataHash]),
    authenticator.privateKey,
  )
  return {
    credential: {
      publicKeySpki: authenticator.publicKey.export({ format: 'der', type: 'spki' }),
      algorithm: authenticator.algorithm,
      signCount: 7,
    },
    challenge,
    origin,
    rpId,
    requireUserVerification: true,
    response: {
      authenticatorData: authenticatorData.toString('base64url'),
      clientDataJSON: clientDataJSON.toString('base64url'),
      signature: ceremony.signatureOf(signature).toString('base64url'),
    },
  }
}

const clientDataWith = (changes: Record<string, unknown>) => ({
  clientData: { ...honest.clientData, ...changes },
})

for (const [name, authenticator] of Object.entries(authenticators)) {
  test(`${name}: an authenticator's answer is verified, and its count given`, () => {
    assert.deepEqual(verifyAssertion(assertionOf(authenticator)), { signCount: 8 })
  })

  test(`${name}: any bit changed in what was signed or in the signature is refused`, () => {
    const assertion = assertionOf(authenticator)
    const parts = ['authenticatorData', 'clientDataJSON', 'signature'] as const
    fc.assert(
      fc.property(fc.constantFrom(...parts), fc.nat(), (part, position) => {
        const bytes = Buffer.from(assertion.response[part], 'base64url')
        const bit = position % (bytes.length * 8)
        bytes[bit >> 3]! ^= 1 << (bit & 7)
        const response = { ...assertion.response, [part]: bytes.toString('base64url') }
        assert.ok(verifyAssertion({ ...assertion, response }).flaw)
      }),
    )
  })

  test(`${name}: a signature cut short or with bytes behind it is refused`, () => {
    for (const signatureOf of [
      (signature: Buffer) => signature.subarray(0, -1),
      (signature: Buffer) => Buffer.concat([signature, Buffer.of(0)]),
      (signature: Buffer) => Buffer.concat([Buffer.of(0), signature]),
      () => Buffer.alloc(0),
      (signature: Buffer) => Buffer.alloc(signature.length),
    ]) {
      const assertion = assertionOf(authenticator, { signatureOf })
      assert.deepEqual(verifyAssertion(assertion), { flaw: 'bad_signature' })
    }
  })

  test(`${name}: another authenticator's signature is refused`, () => {
    for (const other of Object.values(authenticators)) {
      if (other === authenticator) continue
      const { credential } = assertionOf(authenticator)
      const verdict = verifyAssertion({ ...assertionOf(other), credential })
      assert.deepEqual(verdict, { flaw: 'bad_signature' })
    }
  })
}

/** Each is signed as it should be, so that nothing but the check named can refuse it. */
const refused: [string, Partial<Ceremony>, AssertionFlaw][] = [
  ['a registration', clientDataWith({ type: 'webauthn.create' }), 'wrong_type'],
  ['no type', clientDataWith({ type: undefined }), 'wrong_type'],
  [
    'another challenge',
    clientDataWith({ challenge: randomBytes(32).toString('base64url') }),
    'wrong_challenge',
  ],
  [
    'a challenge with more behind it',
    clientDataWith({ challenge: `${challenge.toString('base64url')}A` }),
    'wrong_challenge',
  ],
  [
    'a challenge in another spelling',
    clientDataWith({ challenge: `${challenge.toString('base64url')}=` }),
    'wrong_challenge',
  ],
  ['no challenge', clientDataWith({ challenge: undefined }), 'wrong_challenge'],
  ['an empty challenge', clientDataWith({ challenge: '' }), 'wrong_challenge'],
  ['a challenge that is no text', clientDataWith({ challenge: [1] }), 'wrong_challenge'],
  ['another site', clientDataWith({ origin: 'https://example.org' }), 'wrong_origin'],
  ['another port', clientDataWith({ origin: `${origin}:8443` }), 'wrong_origin'],
  ['no encryption', clientDataWith({ origin: origin.replace('https', 'http') }), 'wrong_origin'],
  ['a slash behind the origin', clientDataWith({ origin: `${origin}/` }), 'wrong_origin'],
  ['no origin', clientDataWith({ origin: undefined }), 'wrong_origin'],
  ['a page in another one’s frame', clientDataWith({ crossOrigin: true }), 'cross_origin'],
  [
    'a token binding',
    clientDataWith({ tokenBinding: { status: 'present', id: 'AA' } }),
    'token_bound',
  ],
  ['a token binding of null', clientDataWith({ tokenBinding: null }), 'token_bound'],
  ['another rp id', { rpId: 'example.com' }, 'wrong_rp'],
  ['nobody present', { flags: verified }, 'user_absent'],
  ['nobody verified', { flags: present }, 'user_unverified'],
  ['a new key inside', { flags: honest.flags | attested, trailing: randomBytes(90) }, 'malformed'],
  ['bytes that no flag announces', { trailing: Buffer.of(0) }, 'malformed'],
  ['extensions announced and absent', { flags: honest.flags | extended }, 'malformed'],
  [
    'extensions beyond measure',
    { flags: honest.flags | extended, trailing: randomBytes(1000) },
    'malformed',
  ],
  ['client data beyond measure', clientDataWith({ more: 'x'.repeat(4000) }), 'malformed'],
  ['client data that is no object', { clientData: null }, 'malformed'],
  ['client data that is a list', { clientData: [] }, 'wrong_type'],
  ['client data that is no JSON', { clientDataBytes: Buffer.from('{"type":') }, 'malformed'],
  ['client data of depth', { clientDataBytes: Buffer.from('['.repeat(4000)) }, 'malformed'],
  [
    'client data that is no UTF-8',
    {
      clientDataBytes: Buffer.concat([
        Buffer.from(JSON.stringify(honest.clientData).slice(0, -1)),
        Buffer.from(',"more":"'),
        Buffer.of(0xff),
        Buffer.from('"}'),
      ]),
    },
    'malformed',
  ],
  ['the count kept', { signCount: 7 }, 'count_went_back'],
  ['a lower count', { signCount: 6 }, 'count_went_back'],
  ['no count from one that counted', { signCount: 0 }, 'count_went_back'],
]
for (const [what, changes, flaw] of refused) {
  test(`${what} is refused, though well signed: ${flaw}`, () => {
    assert.deepEqual(verifyAssertion(assertionOf(ecdsa, changes)), { flaw })
  })
}

test('a browser’s further words, and extensions that nobody asked for, do no harm', () => {
  for (const changes of [
    clientDataWith({ crossOrigin: undefined }),
    clientDataWith({ tokenBinding: { status: 'supported' } }),
    clientDataWith({ other_keys_can_be_added_here: 'do not compare clientDataJSON' }),
    { clientDataBytes: Buffer.from(`\uFEFF${JSON.stringify(honest.clientData)}`) },
    { flags: honest.flags | extended, trailing: Buffer.from('a1637072660a', 'hex') },
    // Backup eligible and backed up.
    { flags: honest.flags | 0x18 },
  ]) {
    assert.deepEqual(verifyAssertion(assertionOf(ecdsa, changes)), { signCount: 8 })
  }
})

test('verification of the person is asked for only where it is required', () => {
  const assertion = assertionOf(ecdsa, { flags: present })
  const verdict = verifyAssertion({ ...assertion, requireUserVerification: false })
  assert.deepEqual(verdict, { signCount: 8 })
})

test('an authenticator that never counts is taken again and again', () => {
  const assertion = assertionOf(ecdsa, { signCount: 0 })
  const credential = { ...assertion.credential, signCount: 0 }
  assert.deepEqual(verifyAssertion({ ...assertion, credential }), { signCount: 0 })
})

test('a challenge too short to be random is nobody’s', () => {
  for (const short of [Buffer.alloc(0), randomBytes(15)]) {
    const said = clientDataWith({ challenge: short.toString('base64url') })
    const verdict = verifyAssertion({ ...assertionOf(ecdsa, said), challenge: short })
    assert.deepEqual(verdict, { flaw: 'wrong_challenge' })
  }
})

test('a key that is weak, broken or of another kind verifies nothing', () => {
  const spki = (key: KeyObject) => key.export({ format: 'der', type: 'spki' })
  const otherCurve = generateKeyPairSync('ec', { namedCurve: 'secp256k1' })
  const weak = generateKeyPairSync('rsa', { modulusLength: 1024 })
  const cube = generateKeyPairSync('rsa', { modulusLength: 2048, publicExponent: 3 })
  const pss = generateKeyPairSync('rsa-pss', { modulusLength: 2048 })
  const { publicKeySpki } = assertionOf(ecdsa).credential
  for (const [algorithm, key, privateKey] of [
    [-7, spki(otherCurve.publicKey), otherCurve.privateKey],
    [-257, spki(weak.publicKey), weak.privateKey],
    [-257, spki(cube.publicKey), cube.privateKey],
    [-257, spki(pss.publicKey), pss.privateKey],
    [-257, publicKeySpki, ecdsa.privateKey],
    [-8, publicKeySpki, ecdsa.privateKey],
    [-7, spki(authenticators.RS256!.publicKey), authenticators.RS256!.privateKey],
    [-7, publicKeySpki.subarray(0, -1), ecdsa.privateKey],
    [-7, Buffer.alloc(0), ecdsa.privateKey],
    [-7, Buffer.alloc(91, 1), ecdsa.privateKey],
  ] as const) {
    const assertion = assertionOf({ ...ecdsa, privateKey })
    const credential = { algorithm, publicKeySpki: key, signCount: 0 }
    assert.deepEqual(verifyAssertion({ ...assertion, credential }), { flaw: 'wrong_key' })
  }
})

test('whatever is sent is answered with a flaw, never with an error', () => {
  const base64url = fc.uint8Array({ maxLength: 120 }).map((array) => {
    return Buffer.from(array).toString('base64url')
  })
  const json = fc.json().map((text) => Buffer.from(text).toString('base64url'))
  const anything = fc.oneof(base64url, json, fc.string({ unit: 'binary' }))
  const honestResponse = assertionOf(ecdsa).response
  fc.assert(
    fc.property(
      fc.record(
        { authenticatorData: anything, clientDataJSON: anything, signature: anything },
        { requiredKeys: [] },
      ),
      (changed) => {
        fc.pre(Object.keys(changed).length > 0)
        const response = { ...honestResponse, ...changed }
        assert.ok(verifyAssertion({ ...assertionOf(ecdsa), response }).flaw)
      },
    ),
  )
})

test('each part is refused in any spelling but its own', () => {
  const assertion = assertionOf(ecdsa)
  for (const part of ['authenticatorData', 'clientDataJSON', 'signature'] as const) {
    for (const ending of ['=', '==', '\n', ' ', '!']) {
      const response = { ...assertion.response, [part]: assertion.response[part] + ending }
      assert.deepEqual(verifyAssertion({ ...assertion, response }), { flaw: 'malformed' })
    }
  }
})
