/**
 * Sealing to an account: whoever seals cannot open again. One ephemeral X25519 key serves a short session; each record
 * gets its own AES-256-GCM key, derived from the session's secret and the record's id, and is bound by additional data to
 * its account, id and class, so that bytes moved to another row do not open.
 */
import {
  createCipheriv,
  createDecipheriv,
  createHmac,
  createPublicKey,
  createSecretKey,
  diffieHellman,
  generateKeyPairSync,
  hkdfSync,
  type KeyObject,
  randomFillSync,
} from 'node:crypto'
import { uuidBytes, uuidFromBytes } from './uuid.ts'

/** What a sealed blob is; part of its additional data. */
export const sealClass = {
  envelope: 1,
  content: 2,
  conversation: 3,
  name: 4,
  profile: 5,
  client: 6,
  attachment: 7,
  /** File name, type and place of an attachment. */
  attachmentDescription: 8,
  /** An address that is suppressed. */
  address: 9,
  /** The bodies of a request and its answer. */
  bodies: 10,
} as const
export type SealClass = (typeof sealClass)[keyof typeof sealClass]

const nonceBytes = 12
const tagBytes = 16
/** Bytes that sealing adds to a plaintext: nonce and tag. */
export const sealOverheadBytes = nonceBytes + tagBytes

/** DER before the 32 raw bytes of an X25519 public key (RFC 8410 §4). */
const x25519Prefix = Buffer.from('302a300506032b656e032100', 'hex')
const sessionInfo = Buffer.from('postern sealing session 1')
const recordInfo = Buffer.from('postern record key 1')
const attachmentInfo = Buffer.from('postern attachment key 1')

export function x25519PublicKey(raw: Buffer): KeyObject {
  if (raw.length !== 32) throw new RangeError('an X25519 public key has 32 bytes')
  return createPublicKey({ key: Buffer.concat([x25519Prefix, raw]), format: 'der', type: 'spki' })
}

export function rawPublicKey(key: KeyObject): Buffer {
  return key.export({ format: 'der', type: 'spki' }).subarray(x25519Prefix.length)
}

/** The secret both sides of a sealing session arrive at; vault calls it with the account's private key. */
export function sessionSecret(
  privateKey: KeyObject,
  peerPublic: Buffer,
  { sessionPublic, accountPublic }: { sessionPublic: Buffer; accountPublic: Buffer },
): KeyObject {
  const shared = diffieHellman({ privateKey, publicKey: x25519PublicKey(peerPublic) })
  const salt = Buffer.concat([sessionPublic, accountPublic])
  return secretKey(Buffer.from(hkdfSync('sha256', shared, salt, sessionInfo, 32)))
}

/**
 * A key as the ciphers and HMAC should be given it: bytes passed instead cost 20 µs a call in Node 24, which throws and
 * catches inside to tell them from a key object.
 */
export function secretKey(bytes: Buffer): KeyObject {
  return createSecretKey(bytes)
}

/** HKDF-Expand (RFC 5869 §2.3) with one block: the key of one record of a session. */
export function recordKey(secret: KeyObject, recordId: string): Buffer {
  const block = Buffer.concat([recordInfo, uuidBytes(recordId), Buffer.of(1)])
  return createHmac('sha256', secret).update(block).digest()
}

/**
 * The key of one attachment, from its message's: whoever may open the message opens all of them, and one of them can be
 * opened without the rest.
 */
export function attachmentKey(messageKey: KeyObject, attachmentId: string): Buffer {
  const block = Buffer.concat([attachmentInfo, uuidBytes(attachmentId), Buffer.of(1)])
  return createHmac('sha256', messageKey).update(block).digest()
}

export interface SealingSession {
  accountId: string
  keyVersion: number
  /** The ephemeral public key, 32 raw bytes, stored beside what was sealed. */
  publicKey: Buffer
  keyFor(recordId: string): KeyObject
}

export function beginSession(account: {
  accountId: string
  keyVersion: number
  publicKey: Buffer
}): SealingSession {
  const pair = generateKeyPairSync('x25519')
  const publicKey = rawPublicKey(pair.publicKey)
  const secret = sessionSecret(pair.privateKey, account.publicKey, {
    sessionPublic: publicKey,
    accountPublic: account.publicKey,
  })
  return {
    accountId: account.accountId,
    keyVersion: account.keyVersion,
    publicKey,
    keyFor: (recordId) => secretKey(recordKey(secret, recordId)),
  }
}

export interface RecordName {
  accountId: string
  recordId: string
  class: SealClass
}

function additionalData({ accountId, recordId, class: kind }: RecordName): Buffer {
  return Buffer.concat([uuidBytes(accountId), uuidBytes(recordId), Buffer.of(kind)])
}

const nonces = Buffer.allocUnsafe(nonceBytes * 256)
let nonceOffset = nonces.length

function freshNonce(): Buffer {
  if (nonceOffset >= nonces.length) {
    randomFillSync(nonces)
    nonceOffset = 0
  }
  const nonce = Buffer.from(nonces.subarray(nonceOffset, nonceOffset + nonceBytes))
  nonceOffset += nonceBytes
  return nonce
}

/** nonce, ciphertext, tag. */
export function seal(key: KeyObject, name: RecordName, plaintext: Buffer): Buffer {
  return sealBytes(key, additionalData(name), plaintext)
}

/** Throws when key, name or bytes are not the ones it was sealed with. */
export function unseal(key: KeyObject, name: RecordName, sealed: Buffer): Buffer {
  return unsealBytes(key, additionalData(name), sealed)
}

export function sealBytes(key: KeyObject, additional: Buffer, plaintext: Buffer): Buffer {
  const nonce = freshNonce()
  const cipher = createCipheriv('aes-256-gcm', key, nonce).setAAD(additional)
  return Buffer.concat([nonce, cipher.update(plaintext), cipher.final(), cipher.getAuthTag()])
}

export function unsealBytes(key: KeyObject, additional: Buffer, sealed: Buffer): Buffer {
  if (sealed.length < sealOverheadBytes) throw new RangeError('the sealed bytes are too short')
  const nonce = sealed.subarray(0, nonceBytes)
  const tag = sealed.subarray(sealed.length - tagBytes)
  const decipher = createDecipheriv('aes-256-gcm', key, nonce, { authTagLength: tagBytes })
    .setAAD(additional)
    .setAuthTag(tag)
  const body = sealed.subarray(nonceBytes, sealed.length - tagBytes)
  return Buffer.concat([decipher.update(body), decipher.final()])
}

/** A sealed value that says itself which session and record its key derives from: names, profiles, client addresses. */
export interface SelfNamed {
  keyVersion: number
  sessionPublic: Buffer
  recordId: string
  sealed: Buffer
}

export function sealNamed(
  session: SealingSession,
  name: Omit<RecordName, 'accountId'>,
  plaintext: Buffer,
): Buffer {
  const version = Buffer.allocUnsafe(4)
  version.writeUInt32BE(session.keyVersion)
  const full = { ...name, accountId: session.accountId }
  const sealed = seal(session.keyFor(name.recordId), full, plaintext)
  return Buffer.concat([version, session.publicKey, uuidBytes(name.recordId), sealed])
}

export function readNamed(blob: Buffer): SelfNamed {
  if (blob.length < 4 + 32 + 16 + sealOverheadBytes)
    throw new RangeError('the sealed value is too short')
  return {
    keyVersion: blob.readUInt32BE(0),
    sessionPublic: blob.subarray(4, 36),
    recordId: uuidFromBytes(blob.subarray(36, 52)),
    sealed: blob.subarray(52),
  }
}
