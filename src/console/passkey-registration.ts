/** A person's new passkey: what the browser is asked to make, and what is kept of its answer (WebAuthn Level 2 §7.1). */
import { createPublicKey, hash, type JsonWebKey } from 'node:crypto'
import {
  generateRegistrationOptions,
  type PublicKeyCredentialCreationOptionsJSON,
  verifyRegistrationResponse,
} from '@simplewebauthn/server'
import { decodeAttestationObject, isoCBOR } from '@simplewebauthn/server/helpers'
import { decodeBase64Url } from '../lib/base64.ts'
import {
  type Asked,
  type CeremonyFlaw,
  findClientDataFlaw,
  isSignedBy,
  type PasskeyAlgorithm,
  passkeyAlgorithms,
  readAuthenticatorData,
  readPasskeyKey,
} from '../lib/webauthn-ceremony.ts'

/** §15.1: five minutes, as recommended where the person is to be verified. */
const timeoutMs = 300_000
/** Bytes; an RSA key and a statement signed by it fit well. */
const attestationObjectBytesMax = 8192
const clientDataBytesMax = 4096
/** §5.8.4 and its registry; a browser's word about itself, so others are dropped. */
const knownTransports = ['usb', 'nfc', 'ble', 'smart-card', 'hybrid', 'internal']

export interface NewPasskey extends Pick<Asked, 'challenge'> {
  rp: { id: string; name: string }
  /** `id` is random bytes, at most 64: an authenticator shows it to whoever holds it (§14.6.1). */
  person: { id: Buffer; name: string; displayName: string }
  /** The passkeys this person has already. */
  existing: { id: string; transports: string[] }[]
}

export async function passkeyOptions(
  wanted: NewPasskey,
): Promise<PublicKeyCredentialCreationOptionsJSON> {
  return generateRegistrationOptions({
    rpID: wanted.rp.id,
    rpName: wanted.rp.name,
    userID: Uint8Array.from(wanted.person.id),
    userName: wanted.person.name,
    userDisplayName: wanted.person.displayName,
    challenge: Uint8Array.from(wanted.challenge),
    timeout: timeoutMs,
    attestationType: 'none',
    excludeCredentials: wanted.existing,
    authenticatorSelection: { residentKey: 'preferred', userVerification: 'required' },
    supportedAlgorithmIDs: [...passkeyAlgorithms],
  })
}

/** As the browser gives it; bytes in base64url without padding. */
export interface PasskeyResponse {
  id: string
  rawId: string
  response: { clientDataJSON: string; attestationObject: string; transports?: string[] }
}

export interface Passkey {
  /** Base64url. */
  credentialId: string
  publicKeySpki: Buffer
  algorithm: PasskeyAlgorithm
  signCount: number
  transports: string[]
  backedUp: boolean
  /** The model of the authenticator, as it says; all zeros for one that does not. */
  aaguid: string
}

export type RegistrationFlaw =
  | CeremonyFlaw
  /** A statement of a maker, which was not asked for; checking one would fetch lists from the maker's hosts. */
  | 'attested'
  /** Of an algorithm we did not ask for, or no key of it. */
  | 'wrong_key'
  /** The new key has not signed itself, though it says so. */
  | 'bad_signature'
  /** Something else does not agree. */
  | 'not_verified'

export type RegistrationVerdict =
  | { passkey: Passkey; flaw?: undefined }
  | { flaw: RegistrationFlaw; passkey?: undefined }

type Ceremony = Asked & { rpId: string }

export async function verifyPasskey(
  given: PasskeyResponse,
  asked: Ceremony,
): Promise<RegistrationVerdict> {
  const parts = readParts(given, asked)
  if ('flaw' in parts) return parts
  try {
    return await verifyWhole(given, parts, asked)
  } catch {
    // The library throws at whatever it does not like, and its message quotes what was sent.
    return { flaw: 'not_verified' }
  }
}

interface Parts {
  clientDataJSON: Buffer
  authenticatorData: Buffer
  /** Of the key by itself, over the two above. */
  selfSignature: { algorithm: unknown; bytes: Buffer } | undefined
}

/** What can be refused by name, before the library is asked. */
function readParts(
  { response }: PasskeyResponse,
  asked: Ceremony,
): Parts | { flaw: RegistrationFlaw } {
  const clientDataJSON = readBytes(response.clientDataJSON, clientDataBytesMax)
  const attestation = readBytes(response.attestationObject, attestationObjectBytesMax)
  if (!clientDataJSON || !attestation) return { flaw: 'malformed' }
  const flaw = findClientDataFlaw(clientDataJSON, 'webauthn.create', asked)
  if (flaw) return { flaw }
  try {
    const decoded = decodeAttestationObject(Uint8Array.from(attestation))
    const authenticatorData = Buffer.from(decoded.get('authData'))
    const { rpId } = asked
    const word = readAuthenticatorData(authenticatorData, { rpId, requireUserVerification: true })
    if ('flaw' in word) return word
    const statement = readStatement(decoded)
    return statement ? { clientDataJSON, authenticatorData, ...statement } : { flaw: 'attested' }
  } catch {
    return { flaw: 'malformed' }
  }
}

function readBytes(text: string, bytesMax: number): Buffer | undefined {
  return text.length <= Math.ceil((bytesMax * 4) / 3) ? decodeBase64Url(text) : undefined
}

/** None (§8.7), or self attestation (§8.2), which browsers pass on even when nothing is asked for (§5.1.3). */
function readStatement(
  decoded: ReturnType<typeof decodeAttestationObject>,
): Pick<Parts, 'selfSignature'> | undefined {
  const statement = decoded.get('attStmt')
  const format = decoded.get('fmt')
  if (format === 'none') return statement.size === 0 ? { selfSignature: undefined } : undefined
  const signature = statement.get('sig')
  if (format !== 'packed' || statement.get('x5c') !== undefined || !signature) return undefined
  return { selfSignature: { algorithm: statement.get('alg'), bytes: Buffer.from(signature) } }
}

async function verifyWhole(
  { id, rawId, response }: PasskeyResponse,
  parts: Parts,
  { challenge, origin, rpId }: Ceremony,
): Promise<RegistrationVerdict> {
  const { verified, registrationInfo } = await verifyRegistrationResponse({
    response: {
      id,
      rawId,
      type: 'public-key',
      response: {
        clientDataJSON: response.clientDataJSON,
        attestationObject: unattested(parts.authenticatorData),
      },
      clientExtensionResults: {},
    },
    expectedChallenge: challenge.toString('base64url'),
    expectedOrigin: origin,
    expectedRPID: rpId,
    requireUserPresence: true,
    requireUserVerification: true,
    supportedAlgorithmIDs: [...passkeyAlgorithms],
  })
  // What the browser calls it must be what the authenticator does, or the passkey is never found again.
  if (!verified || registrationInfo.credential.id !== id) return { flaw: 'not_verified' }
  const kept = readCoseKey(registrationInfo.credential.publicKey)
  if (!kept) return { flaw: 'wrong_key' }
  if (!isSelfSigned(parts, kept)) return { flaw: 'bad_signature' }
  return {
    passkey: {
      ...kept,
      credentialId: id,
      signCount: registrationInfo.credential.counter,
      transports: knownTransports.filter((one) => response.transports?.includes(one)),
      backedUp: registrationInfo.credentialBackedUp,
      aaguid: registrationInfo.aaguid,
    },
  }
}

/** Without its statement, which is checked here: none of the library's attestation code ever runs. */
function unattested(authenticatorData: Buffer): string {
  const object = new Map<string, Uint8Array | string | Map<string, string>>([
    ['fmt', 'none'],
    ['attStmt', new Map()],
    ['authData', Uint8Array.from(authenticatorData)],
  ])
  return Buffer.from(isoCBOR.encode(object)).toString('base64url')
}

function isSelfSigned(
  { clientDataJSON, authenticatorData, selfSignature }: Parts,
  { publicKeySpki, algorithm }: Pick<Passkey, 'publicKeySpki' | 'algorithm'>,
): boolean {
  if (!selfSignature) return true
  const key = readPasskeyKey(publicKeySpki, algorithm)
  const signed = Buffer.concat([authenticatorData, hash('sha256', clientDataJSON, 'buffer')])
  return (
    key !== undefined &&
    selfSignature.algorithm === algorithm &&
    isSignedBy(key, signed, selfSignature.bytes)
  )
}

/** From COSE (RFC 9053 §7, RFC 8230 §4) to what node:crypto takes, and vault keeps. */
function readCoseKey(
  bytes: Uint8Array<ArrayBuffer>,
): Pick<Passkey, 'publicKeySpki' | 'algorithm'> | undefined {
  const cose = isoCBOR.decodeFirst<Map<number, unknown>>(bytes)
  const algorithm = passkeyAlgorithms.find((one) => one === cose.get(3))
  if (algorithm === undefined) return undefined
  const jwk = jwkOf(cose, algorithm)
  if (!jwk) return undefined
  const publicKeySpki = createPublicKey({ key: jwk, format: 'jwk' }).export({
    format: 'der',
    type: 'spki',
  })
  return readPasskeyKey(publicKeySpki, algorithm) ? { publicKeySpki, algorithm } : undefined
}

function jwkOf(cose: Map<number, unknown>, algorithm: PasskeyAlgorithm): JsonWebKey | undefined {
  const [kind, first, second, third] = [1, -1, -2, -3].map((label) => cose.get(label))
  switch (algorithm) {
    case -7:
      return kind === 2 && first === 1
        ? { kty: 'EC', crv: 'P-256', x: base64Url(second), y: base64Url(third) }
        : undefined
    case -8:
      return kind === 1 && first === 6
        ? { kty: 'OKP', crv: 'Ed25519', x: base64Url(second) }
        : undefined
    case -257:
      return kind === 3 ? { kty: 'RSA', n: base64Url(first), e: base64Url(second) } : undefined
  }
}

/** Empty for what is no bytes; no key can be made of that. */
function base64Url(value: unknown): string {
  return value instanceof Uint8Array ? Buffer.from(value).toString('base64url') : ''
}
