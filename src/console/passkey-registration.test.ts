import assert from 'node:assert/strict'
import { createHash, generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto'
import { test } from 'node:test'
import fc from 'fast-check'
import { verifyAssertion } from '../lib/webauthn-assertion.ts'
import {
  type PasskeyResponse,
  passkeyOptions,
  type RegistrationFlaw,
  verifyPasskey,
} from './passkey-registration.ts'

const rpId = 'console.example.com'
const asked = { challenge: randomBytes(32), origin: 'https://console.example.com', rpId }
const credentialId = randomBytes(32)
const flags = { present: 0x01, verified: 0x04, eligible: 0x08, backedUp: 0x10, attested: 0x40 }
const usual = flags.present | flags.verified | flags.attested

type Cbor = number | string | Buffer | Cbor[] | Map<number | string, Cbor>

/** As much of CBOR (RFC 8949 §3) as an authenticator speaks. */
function cbor(value: Cbor): Buffer {
  if (typeof value === 'number') return value < 0 ? head(1, -1 - value) : head(0, value)
  if (typeof value === 'string') {
    return Buffer.concat([head(3, Buffer.byteLength(value)), Buffer.from(value)])
  }
  if (Buffer.isBuffer(value)) return Buffer.concat([head(2, value.length), value])
  if (Array.isArray(value)) return Buffer.concat([head(4, value.length), ...value.map(cbor)])
  return Buffer.concat([head(5, value.size), ...[...value].flat().map(cbor)])
}

function head(major: number, value: number): Buffer {
  const kind = major << 5
  if (value < 24) return Buffer.of(kind | value)
  if (value < 256) return Buffer.of(kind | 24, value)
  return Buffer.of(kind | 25, value >> 8, value & 255)
}

interface Authenticator {
  cose: Map<number, Cbor>
  algorithm: number
  privateKey: KeyObject
}

const jwkBytes = (text: string | undefined) => Buffer.from(text ?? '', 'base64url')

function ec(namedCurve: string, algorithm: number, curve: number): Authenticator {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve })
  const { x, y } = publicKey.export({ format: 'jwk' })
  const cose = new Map<number, Cbor>([
    [1, 2],
    [3, algorithm],
    [-1, curve],
    [-2, jwkBytes(x)],
    [-3, jwkBytes(y)],
  ])
  return { cose, algorithm, privateKey }
}

function ed25519(): Authenticator {
  const { publicKey, privateKey } = generateKeyPairSync('ed25519')
  const { x } = publicKey.export({ format: 'jwk' })
  const cose = new Map<number, Cbor>([
    [1, 1],
    [3, -8],
    [-1, 6],
    [-2, jwkBytes(x)],
  ])
  return { cose, algorithm: -8, privateKey }
}

function rsa(modulusLength: number): Authenticator {
  const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength })
  const { n, e } = publicKey.export({ format: 'jwk' })
  const cose = new Map<number, Cbor>([
    [1, 3],
    [3, -257],
    [-1, jwkBytes(n)],
    [-2, jwkBytes(e)],
  ])
  return { cose, algorithm: -257, privateKey }
}

const authenticators = { ES256: ec('P-256', -7, 1), EdDSA: ed25519(), RS256: rsa(2048) }

interface Ceremony {
  clientData: Record<string, unknown>
  rpId: string
  flags: number
  cose: Map<number, Cbor>
  trailing: Buffer
  attestation: (signed: Buffer) => { fmt: string; attStmt: Cbor }
  id: string
  transports: string[]
}

function responseOf(authenticator: Authenticator, changes: Partial<Ceremony> = {}) {
  const ceremony: Ceremony = {
    clientData: {},
    rpId,
    flags: usual,
    cose: authenticator.cose,
    trailing: Buffer.alloc(0),
    attestation: () => ({ fmt: 'none', attStmt: new Map() }),
    id: credentialId.toString('base64url'),
    transports: ['internal', 'hybrid'],
    ...changes,
  }
  const clientDataJSON = Buffer.from(
    JSON.stringify({
      type: 'webauthn.create',
      challenge: asked.challenge.toString('base64url'),
      origin: asked.origin,
      crossOrigin: false,
      ...ceremony.clientData,
    }),
  )
  const authData = Buffer.concat([
    createHash('sha256').update(ceremony.rpId).digest(),
    Buffer.of(ceremony.flags, 0, 0, 0, 5),
    Buffer.from('adce000235bcc60a648b0b25f1f05503', 'hex'),
    Buffer.of(0, credentialId.length),
    credentialId,
    cbor(ceremony.cose),
    ceremony.trailing,
  ])
  const clientDataHash = createHash('sha256').update(clientDataJSON).digest()
  const { fmt, attStmt } = ceremony.attestation(Buffer.concat([authData, clientDataHash]))
  const attestationObject = cbor(
    new Map<string, Cbor>([
      ['fmt', fmt],
      ['attStmt', attStmt],
      ['authData', authData],
    ]),
  )
  const response: PasskeyResponse = {
    id: ceremony.id,
    rawId: ceremony.id,
    response: {
      clientDataJSON: clientDataJSON.toString('base64url'),
      attestationObject: attestationObject.toString('base64url'),
      transports: ceremony.transports,
    },
  }
  return response
}

for (const [name, authenticator] of Object.entries(authenticators)) {
  const hash = name === 'EdDSA' ? null : 'sha256'
  const selfSigned = (signed: Buffer) => ({
    fmt: 'packed',
    attStmt: new Map<string, Cbor>([
      ['alg', authenticator.algorithm],
      ['sig', sign(hash, signed, authenticator.privateKey)],
    ]),
  })

  test(`${name}: what is kept of a new passkey verifies its first assertion`, async () => {
    const { passkey } = await verifyPasskey(responseOf(authenticator), asked)
    assert.ok(passkey)
    const { publicKeySpki, ...rest } = passkey
    assert.deepEqual(rest, {
      credentialId: credentialId.toString('base64url'),
      algorithm: authenticator.algorithm,
      signCount: 5,
      transports: ['hybrid', 'internal'],
      backedUp: false,
      aaguid: 'adce0002-35bc-c60a-648b-0b25f1f05503',
    })
    const challenge = randomBytes(32)
    const { origin } = asked
    const clientData = Buffer.from(
      JSON.stringify({ type: 'webauthn.get', challenge: challenge.toString('base64url'), origin }),
    )
    const data = Buffer.concat([
      createHash('sha256').update(rpId).digest(),
      Buffer.of(flags.present | flags.verified, 0, 0, 0, 6),
    ])
    const signed = Buffer.concat([data, createHash('sha256').update(clientData).digest()])
    const verdict = verifyAssertion({
      credential: { publicKeySpki, algorithm: rest.algorithm, signCount: rest.signCount },
      challenge,
      origin,
      rpId,
      requireUserVerification: true,
      response: {
        authenticatorData: data.toString('base64url'),
        clientDataJSON: clientData.toString('base64url'),
        signature: sign(hash, signed, authenticator.privateKey).toString('base64url'),
      },
    })
    assert.deepEqual(verdict, { signCount: 6 })
  })

  test(`${name}: a statement signed by the new key itself is taken, by another one not`, async () => {
    const own = responseOf(authenticator, { attestation: selfSigned })
    assert.ok((await verifyPasskey(own, asked)).passkey)
    const stranger = { ES256: ec('P-256', -7, 1), EdDSA: ed25519(), RS256: rsa(2048) }[name]!
    const other = responseOf(stranger, { attestation: selfSigned })
    assert.deepEqual(await verifyPasskey(other, asked), { flaw: 'bad_signature' })
  })
}

const { ES256, EdDSA, RS256 } = authenticators
const coseWith = (authenticator: Authenticator, label: number, value: Cbor | undefined) => {
  const cose = new Map(authenticator.cose)
  if (value === undefined) cose.delete(label)
  else cose.set(label, value)
  return { cose }
}
const offCurve = Buffer.alloc(32, 7)
const refused: [string, PasskeyResponse, RegistrationFlaw][] = [
  ['an assertion', responseOf(ES256, { clientData: { type: 'webauthn.get' } }), 'wrong_type'],
  [
    'another challenge',
    responseOf(ES256, { clientData: { challenge: randomBytes(32).toString('base64url') } }),
    'wrong_challenge',
  ],
  [
    'another site',
    responseOf(ES256, { clientData: { origin: 'https://example.org' } }),
    'wrong_origin',
  ],
  ['a page in a frame', responseOf(ES256, { clientData: { crossOrigin: true } }), 'cross_origin'],
  ['another rp id', responseOf(ES256, { rpId: 'example.com' }), 'wrong_rp'],
  ['nobody present', responseOf(ES256, { flags: usual & ~flags.present }), 'user_absent'],
  ['nobody verified', responseOf(ES256, { flags: usual & ~flags.verified }), 'user_unverified'],
  ['no key announced', responseOf(ES256, { flags: usual & ~flags.attested }), 'malformed'],
  ['bytes behind the key', responseOf(ES256, { trailing: Buffer.of(0) }), 'not_verified'],
  ['an id of its own', responseOf(ES256, { id: 'AAAA' }), 'not_verified'],
  [
    'two ids',
    { ...responseOf(ES256), rawId: randomBytes(32).toString('base64url') },
    'not_verified',
  ],
  [
    'a maker’s statement with certificates',
    responseOf(ES256, {
      attestation: () => ({
        fmt: 'packed',
        attStmt: new Map<string, Cbor>([
          ['alg', -7],
          ['sig', randomBytes(70)],
          ['x5c', [randomBytes(200)]],
        ]),
      }),
    }),
    'attested',
  ],
  [
    'a statement that names another algorithm',
    responseOf(ES256, {
      attestation: (signed) => ({
        fmt: 'packed',
        attStmt: new Map<string, Cbor>([
          ['alg', -257],
          ['sig', sign('sha256', signed, ES256.privateKey)],
        ]),
      }),
    }),
    'bad_signature',
  ],
  [
    'a statement without a signature',
    responseOf(ES256, { attestation: () => ({ fmt: 'packed', attStmt: new Map([['alg', -7]]) }) }),
    'attested',
  ],
  [
    'a statement of no known kind, well signed',
    responseOf(ES256, {
      attestation: (signed) => ({
        fmt: 'packed2',
        attStmt: new Map<string, Cbor>([
          ['alg', -7],
          ['sig', sign('sha256', signed, ES256.privateKey)],
        ]),
      }),
    }),
    'attested',
  ],
  [
    'none with a statement',
    responseOf(ES256, { attestation: () => ({ fmt: 'none', attStmt: new Map([['alg', -7]]) }) }),
    'attested',
  ],
  ...['tpm', 'android-key', 'android-safetynet', 'fido-u2f', 'apple', 'other'].map(
    (fmt): [string, PasskeyResponse, RegistrationFlaw] => [
      `a statement of kind ${fmt}`,
      responseOf(ES256, { attestation: () => ({ fmt, attStmt: new Map() }) }),
      'attested',
    ],
  ),
  ['a key of ES384', responseOf(ec('P-384', -35, 2)), 'not_verified'],
  ['a key of another curve', responseOf(ec('secp256k1', -7, 8)), 'wrong_key'],
  ['a point off its curve', responseOf(ES256, coseWith(ES256, -3, offCurve)), 'not_verified'],
  ['half a point', responseOf(ES256, coseWith(ES256, -3, undefined)), 'not_verified'],
  ['a key of another kind', responseOf(ES256, coseWith(RS256, 3, -7)), 'wrong_key'],
  ['a short key', responseOf(EdDSA, coseWith(EdDSA, -2, Buffer.alloc(31))), 'not_verified'],
  ['RSA of 1024 bits', responseOf(rsa(1024)), 'wrong_key'],
  ['RSA with exponent 1', responseOf(RS256, coseWith(RS256, -2, Buffer.of(1))), 'wrong_key'],
]
for (const [what, response, flaw] of refused) {
  test(`refused as ${flaw}: ${what}`, async () => {
    assert.deepEqual(await verifyPasskey(response, asked), { flaw })
  })
}

test('a passkey kept by a password manager says so', async () => {
  const backedUp = usual | flags.eligible | flags.backedUp
  const { passkey } = await verifyPasskey(responseOf(ES256, { flags: backedUp }), asked)
  assert.equal(passkey?.backedUp, true)
})

test('a browser’s transports are kept once each, and only those that exist', async () => {
  const transports = ['usb', 'usb', 'carrier-pigeon', 'nfc']
  const { passkey } = await verifyPasskey(responseOf(ES256, { transports }), asked)
  assert.deepEqual(passkey?.transports, ['usb', 'nfc'])
})

test('whatever is sent is answered with a flaw, never with an error', async () => {
  const honest = responseOf(ES256)
  const whole = Buffer.from(honest.response.attestationObject, 'base64url')
  const bytes = fc.uint8Array({ maxLength: 200 }).map((array) => Buffer.from(array))
  // Changed inside what stands before the key: the format, its statement, and who was there.
  const cut = fc.nat({ max: whole.length - 1 }).map((length) => whole.subarray(0, length))
  const deep = fc.nat({ max: 8000 }).map((depth) => Buffer.alloc(depth, 0x81))
  const objects = fc.oneof(bytes, cut, deep).map((one) => one.toString('base64url'))
  await fc.assert(
    fc.asyncProperty(
      fc.oneof(objects, fc.string({ unit: 'binary' })),
      async (attestationObject) => {
        const response = { ...honest.response, attestationObject }
        assert.ok((await verifyPasskey({ ...honest, response }, asked)).flaw)
      },
    ),
  )
})

test('more bytes than a registration has are refused before they are read', async () => {
  const padded = (bytes: number) => responseOf(ES256, coseWith(ES256, 99, Buffer.alloc(bytes)))
  assert.ok((await verifyPasskey(padded(7000), asked)).passkey)
  assert.deepEqual(await verifyPasskey(padded(9000), asked), { flaw: 'malformed' })
})

test('the browser is asked for a verified person, three algorithms, and no attestation', async () => {
  const options = await passkeyOptions({
    rp: { id: rpId, name: 'Postern' },
    person: { id: Buffer.alloc(16, 1), name: 'ada@example.com', displayName: 'Ada' },
    challenge: asked.challenge,
    existing: [{ id: 'AAAA', transports: ['usb'] }],
  })
  assert.deepEqual(options.rp, { id: rpId, name: 'Postern' })
  assert.deepEqual(options.user, {
    id: Buffer.alloc(16, 1).toString('base64url'),
    name: 'ada@example.com',
    displayName: 'Ada',
  })
  assert.equal(options.challenge, asked.challenge.toString('base64url'))
  assert.deepEqual(
    options.pubKeyCredParams.map(({ alg }) => alg),
    [-7, -8, -257],
  )
  assert.equal(options.attestation, 'none')
  assert.equal(options.authenticatorSelection?.userVerification, 'required')
  assert.equal(options.authenticatorSelection?.residentKey, 'preferred')
  assert.deepEqual(options.excludeCredentials, [
    { id: 'AAAA', transports: ['usb'], type: 'public-key' },
  ])
})
