/**
 * The link by which one recipient leaves an account's bulk mail. Its secret derives from the message's key, so that the
 * door and deliver arrive at it apart, and the database can neither make one nor read it.
 */
import { createHmac, hash, type KeyObject } from 'node:crypto'
import { seal, sealClass, sealOverheadBytes } from '../../lib/seal.ts'
import { storedHash } from '../../lib/token.ts'
import { uuidBytes, uuidFromBytes } from '../../lib/uuid.ts'

export interface UnsubscribeLink {
  accountId: string
  messageId: string
  /** Number of the delivery. */
  n: number
  /** What is shown to the database as proof. */
  h1: Buffer
  /**
   * The recipient's address under the message's key, for the account to read in its list: the database has it nowhere
   * that outlives the message. Whoever has the link may have changed it. null where the link has none.
   */
  addressSealed: Buffer | null
}

export interface LinkedDelivery {
  accountId: string
  messageId: string
  n: number
  recipient: string
}

const secretInfo = Buffer.from('postern unsubscribe 1')
const secretBytes = 32
const idBytes = 16
const secretAt = 2 * idBytes + 2
const addressAt = secretAt + secretBytes
/** An address has up to 254 bytes; some in UTF-8 are let through longer. */
export const addressSealedBytesMax = 320 + sealOverheadBytes
const tokenForm = /^[A-Za-z0-9_-]{88,552}$/

function secretOf(messageKey: KeyObject, n: number): Buffer {
  const number = Buffer.alloc(2)
  number.writeUInt16BE(n)
  return createHmac('sha256', messageKey).update(secretInfo).update(number).digest()
}

/** What the database keeps of the link of delivery `n`. */
export function unsubscribeHash(messageKey: KeyObject, n: number): Buffer {
  return storedHash(proofOf(secretOf(messageKey, n)))
}

/** The part of the link that is the recipient's own. */
export function unsubscribeToken(
  messageKey: KeyObject,
  { accountId, messageId, n, recipient }: LinkedDelivery,
): string {
  const number = Buffer.alloc(2)
  number.writeUInt16BE(n)
  const name = { accountId, recordId: messageId, class: sealClass.address }
  const address = seal(messageKey, name, Buffer.from(recipient))
  const names = [uuidBytes(accountId), uuidBytes(messageId), number]
  const fits = address.length <= addressSealedBytesMax ? [address] : []
  const parts = [...names, secretOf(messageKey, n), ...fits]
  return Buffer.concat(parts).toString('base64url')
}

/** Undefined for what cannot be one of ours; whether it is one, the database says. */
export function readUnsubscribeToken(token: string): UnsubscribeLink | undefined {
  if (!tokenForm.test(token)) return undefined
  const bytes = Buffer.from(token, 'base64url')
  // One spelling only: the last character of another one could hide bits.
  if (bytes.toString('base64url') !== token) return undefined
  const n = bytes.readUInt16BE(2 * idBytes)
  if (n > 0x7fff) return undefined
  const address = bytes.subarray(addressAt)
  return {
    accountId: uuidFromBytes(bytes.subarray(0, idBytes)),
    messageId: uuidFromBytes(bytes.subarray(idBytes, 2 * idBytes)),
    n,
    h1: proofOf(bytes.subarray(secretAt, addressAt)),
    addressSealed: address.length < sealOverheadBytes ? null : address,
  }
}

function proofOf(secret: Buffer): Buffer {
  return hash('sha256', secret, 'buffer')
}
