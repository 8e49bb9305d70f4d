/**
 * Whether a passkey has answered a challenge: WebAuthn (W3C, Level 2) §7.2, with nothing but node:crypto, so that vault
 * can ask it too. That the credential exists and is the person's own is the caller's part, and so is a challenge used once.
 */
import { hash } from 'node:crypto'
import { decodeBase64Url } from './base64.ts'
import {
  type Asked,
  type CeremonyFlaw,
  findClientDataFlaw,
  isSignedBy,
  type PasskeyAlgorithm,
  readAuthenticatorData,
  readPasskeyKey,
} from './webauthn-ceremony.ts'

export interface PasskeyCredential {
  /** SubjectPublicKeyInfo in DER. */
  publicKeySpki: Buffer
  algorithm: PasskeyAlgorithm
  /** The highest count seen so far; 0 for a new one, and for those that never count. */
  signCount: number
}

/** As the browser gives it, each in base64url without padding. */
export interface AssertionResponse {
  authenticatorData: string
  clientDataJSON: string
  signature: string
}

export interface Assertion extends Asked {
  credential: PasskeyCredential
  rpId: string
  requireUserVerification: boolean
  response: AssertionResponse
}

export type AssertionFlaw =
  | CeremonyFlaw
  /** What is kept as the credential's key is none that we verify with. */
  | 'wrong_key'
  | 'bad_signature'
  /** §6.1.1: two authenticators have the same key, so one of them is a copy. */
  | 'count_went_back'

/** `signCount` is to be kept as the credential's. */
export type AssertionVerdict = { signCount: number; flaw?: undefined } | { flaw: AssertionFlaw }

/** More than any browser or authenticator sends, in bytes; extensions nobody asked for come behind the first 37. */
const bytesMax = { authenticatorData: 1024, clientDataJSON: 4096, signature: 1024 }

export function verifyAssertion(assertion: Assertion): AssertionVerdict {
  const { credential, response } = assertion
  const parts = readParts(response)
  if (!parts) return { flaw: 'malformed' }
  const flaw = findClientDataFlaw(parts.clientDataJSON, 'webauthn.get', assertion)
  if (flaw) return { flaw }
  const word = readAuthenticatorData(parts.authenticatorData, assertion)
  if ('flaw' in word) return word
  // §6.1: a new key stands only in a registration.
  if (word.hasAttestedKey) return { flaw: 'malformed' }
  const key = readPasskeyKey(credential.publicKeySpki, credential.algorithm)
  if (!key) return { flaw: 'wrong_key' }
  const signed = Buffer.concat([
    parts.authenticatorData,
    hash('sha256', parts.clientDataJSON, 'buffer'),
  ])
  if (!isSignedBy(key, signed, parts.signature)) return { flaw: 'bad_signature' }
  const isCounting = word.signCount > 0 || credential.signCount > 0
  if (isCounting && word.signCount <= credential.signCount) return { flaw: 'count_went_back' }
  return { signCount: word.signCount }
}

function readParts(
  response: AssertionResponse,
): Record<keyof AssertionResponse, Buffer> | undefined {
  const authenticatorData = readPart(response, 'authenticatorData')
  const clientDataJSON = readPart(response, 'clientDataJSON')
  const signature = readPart(response, 'signature')
  return authenticatorData && clientDataJSON && signature
    ? { authenticatorData, clientDataJSON, signature }
    : undefined
}

function readPart(response: AssertionResponse, name: keyof AssertionResponse): Buffer | undefined {
  const text = response[name]
  return text.length <= Math.ceil((bytesMax[name] * 4) / 3) ? decodeBase64Url(text) : undefined
}
