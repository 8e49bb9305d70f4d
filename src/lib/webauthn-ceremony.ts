/**
 * What both ceremonies of WebAuthn (W3C, Level 2) check alike: what the browser says it was asked (§5.8.1), what the
 * authenticator says (§6.1), and that a key is one of the three kinds we verify. Everything here comes from outside: it is
 * bounded, read and answered with a flaw, never thrown at.
 */
import { createPublicKey, hash, type KeyObject, timingSafeEqual, verify } from 'node:crypto'

/** COSE's numbers (RFC 9053 §2, RFC 8812 §2): ES256, EdDSA and RS256. */
export const passkeyAlgorithms = [-7, -8, -257] as const
export type PasskeyAlgorithm = (typeof passkeyAlgorithms)[number]

export type CeremonyFlaw =
  /** A part is not base64url, too long, cut off, or not what it must consist of. */
  | 'malformed'
  | 'wrong_type'
  | 'wrong_challenge'
  | 'wrong_origin'
  /** Asked for by a page inside another's frame, which none of ours is. */
  | 'cross_origin'
  /** Bound to a connection (RFC 8471) by a protocol that Postern does not speak. */
  | 'token_bound'
  | 'wrong_rp'
  | 'user_absent'
  | 'user_unverified'

export interface Asked {
  /** The random bytes that were handed out for this one ceremony. */
  challenge: Buffer
  /** As in `https://console.example.com`. */
  origin: string
}

/** §13.4.3: at least 16 bytes. A shorter one is nobody's, so that an empty one never equals an empty one. */
const challengeBytesMin = 16
const authenticatorDataBytesMin = 37
const flagsAt = 32
const countAt = 33
const flag = { userPresent: 0x01, userVerified: 0x04, attested: 0x40, extended: 0x80 }
/** A DER sequence of two integers of at most 33 bytes (RFC 3279 §2.2.3). */
const ecdsaBytes = { min: 8, max: 72 }
const ed25519Bytes = 64
const rsaBits = { min: 2048, max: 8192 }
/** FIPS 186-5 §5.4: a smaller one makes forging easier, and 1 makes it nothing. */
const rsaExponentMin = 65_537n

/** §7.1 and §7.2: type, challenge, origin and token binding of `clientDataJSON`. */
export function findClientDataFlaw(
  bytes: Buffer,
  type: 'webauthn.create' | 'webauthn.get',
  { challenge, origin }: Asked,
): CeremonyFlaw | undefined {
  const said = readJsonObject(bytes)
  if (!said) return 'malformed'
  if (said.type !== type) return 'wrong_type'
  if (!isChallenge(said.challenge, challenge)) return 'wrong_challenge'
  if (said.origin !== origin) return 'wrong_origin'
  if (said.crossOrigin !== undefined && said.crossOrigin !== false) return 'cross_origin'
  return isTokenBound(said.tokenBinding) ? 'token_bound' : undefined
}

function readJsonObject(bytes: Buffer): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes))
    // Any object of JSON has strings as its names; its values are looked at one by one.
    return typeof value === 'object' && value !== null
      ? (value as Record<string, unknown>)
      : undefined
  } catch {
    return undefined
  }
}

function isChallenge(said: unknown, challenge: Buffer): boolean {
  if (typeof said !== 'string' || challenge.length < challengeBytesMin) return false
  const expected = Buffer.from(challenge.toString('base64url'))
  const given = Buffer.from(said)
  return given.length === expected.length && timingSafeEqual(given, expected)
}

function isTokenBound(said: unknown): boolean {
  if (said === undefined) return false
  // A property is asked for of what may be anything; of a string or number it is undefined.
  const status = said === null ? undefined : (said as { status?: unknown }).status
  return status !== 'supported' && status !== 'not-supported'
}

export interface AuthenticatorWord {
  signCount: number
  hasAttestedKey: boolean
  hasExtensions: boolean
}

/** The fixed part of authenticator data (§6.1), once it is for us and the person was there. */
export function readAuthenticatorData(
  bytes: Buffer,
  { rpId, requireUserVerification }: { rpId: string; requireUserVerification: boolean },
): AuthenticatorWord | { flaw: CeremonyFlaw } {
  if (bytes.length < authenticatorDataBytesMin) return { flaw: 'malformed' }
  if (!timingSafeEqual(bytes.subarray(0, flagsAt), hash('sha256', rpId, 'buffer'))) {
    return { flaw: 'wrong_rp' }
  }
  const flags = bytes.readUInt8(flagsAt)
  if (!(flags & flag.userPresent)) return { flaw: 'user_absent' }
  if (requireUserVerification && !(flags & flag.userVerified)) return { flaw: 'user_unverified' }
  const word = {
    signCount: bytes.readUInt32BE(countAt),
    hasAttestedKey: (flags & flag.attested) !== 0,
    hasExtensions: (flags & flag.extended) !== 0,
  }
  const isLonger = bytes.length > authenticatorDataBytesMin
  return isLonger === (word.hasAttestedKey || word.hasExtensions) ? word : { flaw: 'malformed' }
}

/** The key of a credential; undefined when it is not whole, not of its algorithm's kind, or too weak. */
export function readPasskeyKey(
  publicKeySpki: Buffer,
  algorithm: PasskeyAlgorithm,
): KeyObject | undefined {
  try {
    const key = createPublicKey({ key: publicKeySpki, format: 'der', type: 'spki' })
    return isOfKind(key, algorithm) ? key : undefined
  } catch {
    return undefined
  }
}

/** ES256 on P-256 and EdDSA on Ed25519 only (§5.8.5). */
function isOfKind(key: KeyObject, algorithm: PasskeyAlgorithm): boolean {
  const kind = key.asymmetricKeyType
  const { namedCurve, modulusLength = 0, publicExponent = 0n } = key.asymmetricKeyDetails ?? {}
  switch (algorithm) {
    case -7:
      return kind === 'ec' && namedCurve === 'prime256v1'
    case -8:
      return kind === 'ed25519'
    case -257:
      return (
        kind === 'rsa' &&
        modulusLength >= rsaBits.min &&
        modulusLength <= rsaBits.max &&
        publicExponent >= rsaExponentMin
      )
  }
}

/** §6.5.6: ECDSA in DER, Ed25519 as 64 bytes, RSA with PKCS #1 v1.5. Sizes are checked before OpenSSL sees them. */
export function isSignedBy(key: KeyObject, signed: Buffer, signature: Buffer): boolean {
  const { length } = signature
  switch (key.asymmetricKeyType) {
    case 'ec':
      return (
        length >= ecdsaBytes.min &&
        length <= ecdsaBytes.max &&
        verify('sha256', signed, { key, dsaEncoding: 'der' }, signature)
      )
    case 'ed25519':
      return length === ed25519Bytes && verify(null, signed, key, signature)
    default: {
      const modulusBits = key.asymmetricKeyDetails?.modulusLength ?? 0
      return length === Math.ceil(modulusBits / 8) && verify('sha256', signed, key, signature)
    }
  }
}
