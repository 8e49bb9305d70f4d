/**
 * One sealed message of a segment file, and the file's own head.
 *
 * Record: u32 length of what follows · id (16) · nonce (12) · AES-256-GCM of (u32 length, summary
 * as JSON, source) · tag (16). The id is the additional data. Nonces are random: 2^32 records under
 * one key keep the chance of a repeated one below 2^-32 (NIST SP 800-38D §8.3), which is weeks of
 * full load.
 */
import {
  createCipheriv,
  createDecipheriv,
  createHmac,
  type KeyObject,
  randomFillSync,
  timingSafeEqual,
} from 'node:crypto'
import { ByteReader } from '../lib/bytes.ts'
import { uuidBytes, uuidFromBytes } from '../lib/uuid.ts'
import { smtpLimits } from './limits.ts'

export interface Summary {
  id: string
  /** As in the header From, decoded; the return path when there is none. */
  from: string
  /** Recipients of the envelope. */
  to: string[]
  subject: string
  receivedAt: Date
  /** Of the source. */
  sizeBytes: number
  /** One of the recipients was `complained@` at the sandbox domain. */
  isComplaint: boolean
}

export interface StoredMessage extends Summary {
  returnPath: string
  source: Buffer
}

const algorithm = 'aes-256-gcm'
/** Of the length in front of each record. */
export const lengthBytes = 4
const idBytes = 16
const nonceBytes = 12
const tagBytes = 16
const overheadBytes = idBytes + nonceBytes + tagBytes
/** The summary with 1,000 recipients fits twice. */
export const recordBytesMax = smtpLimits.messageBytesMax + 1024 * 1024

const magic = Buffer.from('PSTNIBX1')
export const segmentHeadBytes = magic.length + 16

/** What a segment begins with: the format, and a mark that tells under which key it was written. */
export function segmentHead(key: KeyObject): Buffer {
  const mark = createHmac('sha256', key).update('postern inbox segment').digest().subarray(0, 16)
  return Buffer.concat([magic, mark])
}

export function isSegmentOf(head: Buffer, bytes: Buffer): boolean {
  const own = bytes.subarray(0, head.length)
  return own.length === head.length && timingSafeEqual(own, head)
}

const nonces = Buffer.allocUnsafe(nonceBytes * 512)
let nonceOffset = nonces.length

function nextNonce(): Buffer {
  if (nonceOffset >= nonces.length) {
    randomFillSync(nonces)
    nonceOffset = 0
  }
  nonceOffset += nonceBytes
  return Buffer.from(nonces.subarray(nonceOffset - nonceBytes, nonceOffset))
}

/** The pieces of a record, to be written one after another. */
export function sealRecord(key: KeyObject, message: StoredMessage): Buffer[] {
  const { source, ...rest } = message
  const summary = Buffer.from(JSON.stringify(rest))
  const plainBytes = 4 + summary.length + source.length
  const head = Buffer.allocUnsafe(lengthBytes + idBytes)
  head.writeUInt32BE(overheadBytes + plainBytes)
  const id = uuidBytes(message.id)
  id.copy(head, lengthBytes)
  const summaryLength = Buffer.allocUnsafe(4)
  summaryLength.writeUInt32BE(summary.length)

  const nonce = nextNonce()
  const cipher = createCipheriv(algorithm, key, nonce)
  cipher.setAAD(id)
  const sealedHead = cipher.update(Buffer.concat([summaryLength, summary]))
  const sealedSource = cipher.update(source)
  cipher.final()
  return [head, nonce, sealedHead, sealedSource, cipher.getAuthTag()]
}

/** The message of a record. Throws when it was not written under this key, or was changed. */
export function openRecord(key: KeyObject, record: Buffer): StoredMessage {
  const reader = new ByteReader(record)
  reader.take(lengthBytes)
  const id = reader.take(idBytes)
  const nonce = reader.take(nonceBytes)
  const sealed = reader.take(reader.remaining - tagBytes)
  const cipher = createDecipheriv(algorithm, key, nonce, { authTagLength: tagBytes })
  cipher.setAAD(id)
  cipher.setAuthTag(reader.take(tagBytes))
  const plain = Buffer.concat([cipher.update(sealed), cipher.final()])
  const opened = new ByteReader(plain)
  // The tag proves that sealRecord wrote this, so it has that shape.
  const rest = JSON.parse(opened.text()) as Omit<StoredMessage, 'source' | 'receivedAt'> & {
    receivedAt: string
  }
  return {
    ...rest,
    // Records of version 0.1 do not say.
    isComplaint: rest.isComplaint ?? false,
    id: uuidFromBytes(id),
    receivedAt: new Date(rest.receivedAt),
    source: opened.take(opened.remaining),
  }
}

export interface Extent {
  offset: number
  bytes: number
}

/**
 * Finds the records of a segment by their lengths alone; what follows the last whole one is a torn
 * tail.
 */
export function findRecords(segment: Buffer): { extents: Extent[]; endOffset: number } {
  const extents: Extent[] = []
  let offset = segmentHeadBytes
  while (offset + lengthBytes <= segment.length) {
    const bytes = lengthBytes + segment.readUInt32BE(offset)
    const isPlausible = bytes > lengthBytes + overheadBytes && bytes <= recordBytesMax
    if (!isPlausible || offset + bytes > segment.length) break
    extents.push({ offset, bytes })
    offset += bytes
  }
  return { extents, endOffset: offset }
}
