/**
 * The public half of the key pair that the requests of an API key are signed with: Ed25519, or ECDSA on P-256. It is kept
 * as its SPKI (RFC 5280 §4.1.2.7) in base64url, which says by itself of which kind it is.
 */
import { createPublicKey, type JsonWebKey, type KeyObject } from 'node:crypto'
import { decodeBase64Url } from './base64.ts'

/** By their names in the registry of RFC 9421 §6.2. */
export type SignatureAlgorithm = 'ed25519' | 'ecdsa-p256-sha256'

export interface SignatureKey {
  algorithm: SignatureAlgorithm
  key: KeyObject
}

/** What one may be, with room to spare. */
export const publicKeyLengthMax = 2_000

export type PublicKeyFault = 'unreadable' | 'private' | 'other_kind'

/** Takes PEM (`BEGIN PUBLIC KEY`) or a JWK as JSON text; answers what is kept of it. */
export function readPublicKey(text: string): { kept: string } | { fault: PublicKeyFault } {
  const trimmed = text.trim()
  if (trimmed.length > publicKeyLengthMax) return { fault: 'unreadable' }
  const key = trimmed.startsWith('{') ? fromJwk(trimmed) : fromPem(trimmed)
  if (typeof key === 'string') return { fault: key }
  if (!algorithmOf(key)) return { fault: 'other_kind' }
  return { kept: key.export({ type: 'spki', format: 'der' }).toString('base64url') }
}

/** Of what was kept; undefined for anything else. */
export function signatureKeyOf(kept: string): SignatureKey | undefined {
  const der = decodeBase64Url(kept)
  if (!der || der.length === 0) return undefined
  const key = made(() => createPublicKey({ key: der, format: 'der', type: 'spki' }))
  const algorithm = key && algorithmOf(key)
  return key && algorithm && { algorithm, key }
}

/** As it is shown: PEM of what was kept. */
export function publicKeyPem(kept: string): string {
  const lines = Buffer.from(kept, 'base64url')
    .toString('base64')
    .replaceAll(/(.{64})(?=.)/g, '$1\n')
  return `-----BEGIN PUBLIC KEY-----\n${lines}\n-----END PUBLIC KEY-----\n`
}

/** Node would also take the public half out of a private key; whoever hands in one of those must learn of it. */
function fromPem(text: string): KeyObject | PublicKeyFault {
  if (/-----BEGIN [A-Z ]*PRIVATE KEY-----/.test(text)) return 'private'
  if (!/^-----BEGIN PUBLIC KEY-----\r?\n[A-Za-z0-9+/=\s]+-----END PUBLIC KEY-----$/.test(text)) {
    return 'unreadable'
  }
  return made(() => createPublicKey({ key: text, format: 'pem' })) ?? 'unreadable'
}

function fromJwk(text: string): KeyObject | PublicKeyFault {
  const jwk = made(() => JSON.parse(text) as JsonWebKey) // Node looks at each member itself
  if (!jwk) return 'unreadable'
  if ('d' in jwk) return 'private'
  return made(() => createPublicKey({ key: jwk, format: 'jwk' })) ?? 'unreadable'
}

function algorithmOf(key: KeyObject): SignatureAlgorithm | undefined {
  if (key.asymmetricKeyType === 'ed25519') return 'ed25519'
  const isP256 =
    key.asymmetricKeyType === 'ec' && key.asymmetricKeyDetails?.namedCurve === 'prime256v1'
  return isP256 ? 'ecdsa-p256-sha256' : undefined
}

/** What cannot be made throws in Node; here that is an answer. */
function made<Value>(make: () => Value): Value | undefined {
  try {
    return make()
  } catch {
    return undefined
  }
}
