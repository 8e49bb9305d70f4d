/** Return paths that say which delivery bounced (VERP), and that nobody else can make up. */
import { createHmac, type KeyObject, timingSafeEqual } from 'node:crypto'
import { isUuid, uuidBytes, uuidFromBytes } from '../lib/uuid.ts'

export interface BouncedDelivery {
  messageId: string
  /** The delivery's number within its message. */
  n: number
}

const prefix = 'b-'
const idLength = 16
const dataLength = idLength + 2
/** 64 bits: each guess is a message sent to us, so this cannot be searched. */
const tagLength = 8
const tokenLength = Math.ceil(((dataLength + tagLength) * 8) / 5)
const numberMax = 0xffff

/** RFC 4648 §6 in lower case, without padding: hosts on the way may change the case of a local part. */
const alphabet = 'abcdefghijklmnopqrstuvwxyz234567'

/** `messageId` is the UUID of the message; `n` goes up to 65,535. */
export function makeReturnPath(
  { messageId, n }: BouncedDelivery,
  key: KeyObject,
  domain: string,
): string {
  if (!isUuid(messageId) || !Number.isInteger(n) || n < 0 || n > numberMax) {
    throw new RangeError('a return path needs a UUID and a number up to 65,535')
  }
  const data = Buffer.allocUnsafe(dataLength)
  uuidBytes(messageId).copy(data)
  data.writeUInt16BE(n, idLength)
  return `${prefix}${encodeBase32(Buffer.concat([data, tagOf(data, key)]))}@${domain}`
}

/** The delivery that a local part of ours names; undefined when it is not ours or was changed. */
export function readReturnPath(local: string, key: KeyObject): BouncedDelivery | undefined {
  const lower = local.toLowerCase()
  if (!lower.startsWith(prefix) || lower.length !== prefix.length + tokenLength) return undefined
  const token = decodeBase32(lower.slice(prefix.length))
  if (!token) return undefined
  const data = token.subarray(0, dataLength)
  if (!timingSafeEqual(token.subarray(dataLength), tagOf(data, key))) return undefined
  return { messageId: uuidFromBytes(data.subarray(0, idLength)), n: data.readUInt16BE(idLength) }
}

/** The prefix is part of what is authenticated, so another use of the key can never make a token. */
function tagOf(data: Buffer, key: KeyObject): Buffer {
  return createHmac('sha256', key).update(prefix).update(data).digest().subarray(0, tagLength)
}

function encodeBase32(bytes: Buffer): string {
  let text = ''
  let bits = 0
  let held = 0
  for (const byte of bytes) {
    held = ((held << 8) | byte) & 0xfff
    bits += 8
    while (bits >= 5) {
      bits -= 5
      text += alphabet.charAt((held >> bits) & 31)
    }
  }
  return bits === 0 ? text : text + alphabet.charAt((held << (5 - bits)) & 31)
}

/** Refuses other letters, and spare bits that are set: each token has one spelling. */
function decodeBase32(text: string): Buffer | undefined {
  const bytes = Buffer.allocUnsafe(Math.floor((text.length * 5) / 8))
  let length = 0
  let bits = 0
  let held = 0
  for (const letter of text) {
    const value = alphabet.indexOf(letter)
    if (value === -1) return undefined
    held = ((held << 5) | value) & 0xfff
    bits += 5
    if (bits >= 8) {
      bits -= 8
      length = bytes.writeUInt8((held >> bits) & 0xff, length)
    }
  }
  return (held & ((1 << bits) - 1)) === 0 ? bytes : undefined
}
