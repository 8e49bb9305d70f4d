/** The binary bodies of the operations on the hot path; the others travel as JSON. Shared by vault and its clients. */
import { ByteReader, ByteWriter } from '../lib/bytes.ts'
import { secretKey } from '../lib/seal.ts'
import { uuidBytes, uuidFromBytes } from '../lib/uuid.ts'
import type {
  AccountKeys,
  OpenItem,
  Signed,
  SignItem,
  SigningRefusal,
  WaitingAttachment,
} from './contract.ts'
import { itemsMax } from './protocol.ts'

const hashBytes = 32
const keyBytes = 32

function countOf(reader: ByteReader): number {
  const count = reader.u16()
  if (count > itemsMax) throw new RangeError(`at most ${itemsMax} items at a time`)
  return count
}

function listOf<Item>(bytes: Buffer, read: (reader: ByteReader) => Item): Item[] {
  const reader = new ByteReader(bytes)
  const items = Array.from({ length: countOf(reader) }, () => read(reader))
  if (reader.remaining > 0) throw new RangeError('the body is longer than its items')
  return items
}

export interface LeasedItem {
  accountId: string
  messageId: string
}

export function writeLeasedItems(items: LeasedItem[]): Buffer {
  const writer = new ByteWriter().u16(items.length)
  for (const { accountId, messageId } of items) {
    writer.raw(uuidBytes(accountId)).raw(uuidBytes(messageId))
  }
  return writer.done()
}

export function readLeasedItems(body: Buffer): LeasedItem[] {
  return listOf(body, (reader) => ({
    accountId: uuidFromBytes(reader.take(16)),
    messageId: uuidFromBytes(reader.take(16)),
  }))
}

export function writeWaitingAttachments(items: WaitingAttachment[]): Buffer {
  const writer = new ByteWriter().u16(items.length)
  for (const { accountId, messageId, attachmentId } of items) {
    writer.raw(uuidBytes(accountId)).raw(uuidBytes(messageId)).raw(uuidBytes(attachmentId))
  }
  return writer.done()
}

export function readWaitingAttachments(body: Buffer): WaitingAttachment[] {
  return listOf(body, (reader) => ({
    accountId: uuidFromBytes(reader.take(16)),
    messageId: uuidFromBytes(reader.take(16)),
    attachmentId: uuidFromBytes(reader.take(16)),
  }))
}

export function writeKeys(keys: (Buffer | null)[]): Buffer {
  const writer = new ByteWriter().u16(keys.length)
  for (const key of keys) writer.u8(key ? 1 : 0).raw(key ?? Buffer.alloc(keyBytes))
  return writer.done()
}

export function readKeys(body: Buffer): (Buffer | null)[] {
  return listOf(body, (reader) => {
    const present = reader.u8() === 1
    const key = Buffer.from(reader.take(keyBytes))
    return present ? key : null
  })
}

const openKinds = ['message', 'record'] as const

export function writeOpenFor(h1: Buffer, items: OpenItem[]): Buffer {
  const writer = new ByteWriter().raw(h1).u16(items.length)
  for (const item of items) {
    writer.u8(openKinds.indexOf(item.kind)).raw(uuidBytes(item.id))
    writer.u32(item.kind === 'record' ? item.keyVersion : 0)
    writer.raw(item.kind === 'record' ? item.sessionPublic : Buffer.alloc(keyBytes))
  }
  return writer.done()
}

export function readOpenFor(body: Buffer): { h1: Buffer; items: OpenItem[] } {
  const h1 = body.subarray(0, hashBytes)
  const items = listOf(body.subarray(hashBytes), (reader): OpenItem => {
    const kind = openKinds[reader.u8()]
    const id = uuidFromBytes(reader.take(16))
    const keyVersion = reader.u32()
    const sessionPublic = reader.take(keyBytes)
    if (kind === undefined) throw new RangeError('an item of unknown kind')
    return kind === 'message' ? { kind, id } : { kind, id, keyVersion, sessionPublic }
  })
  return { h1, items }
}

export function writeSignItems(items: SignItem[]): Buffer {
  const writer = new ByteWriter().u16(items.length)
  for (const { messageId, domain, headers, bodyHash } of items) {
    writer.raw(uuidBytes(messageId)).raw(bodyHash).text(domain).text(headers)
  }
  return writer.done()
}

export function readSignItems(body: Buffer): SignItem[] {
  return listOf(body, (reader) => {
    const messageId = uuidFromBytes(reader.take(16))
    const bodyHash = reader.take(hashBytes)
    return { messageId, bodyHash, domain: reader.text(), headers: reader.text() }
  })
}

const refusals: readonly SigningRefusal[] = [
  'account_blocked',
  'domain_not_verified',
  'domain_unknown',
  'domain_untrusted',
  'not_leased',
  'malformed',
]
/** Less that number of signatures: one or two. */
const signedMark = 255
const headersMax = 2

export function writeSigned(results: Signed[]): Buffer {
  const writer = new ByteWriter().u16(results.length)
  for (const result of results) {
    if ('refused' in result) writer.u8(refusals.indexOf(result.refused))
    else {
      writer.u8(signedMark - result.headers.length)
      for (const header of result.headers) writer.text(header)
      writer.text(result.selector).text(result.returnPath ?? '')
    }
  }
  return writer.done()
}

export function readSigned(body: Buffer): Signed[] {
  return listOf(body, (reader): Signed => {
    const mark = reader.u8()
    if (mark >= signedMark - headersMax) {
      const headers = Array.from({ length: signedMark - mark }, () => reader.text())
      const selector = reader.text()
      return { headers, selector, returnPath: reader.text() || null }
    }
    const refused = refusals[mark]
    if (refused === undefined) throw new RangeError('an answer of unknown kind')
    return { refused }
  })
}

export function writeAccountKeys(
  keys: Omit<AccountKeys, 'indexKey'> & { indexKey: Buffer },
): Buffer {
  return new ByteWriter()
    .raw(uuidBytes(keys.accountId))
    .u32(keys.keyVersion)
    .raw(keys.publicKey)
    .raw(keys.indexKey)
    .done()
}

export function readAccountKeys(body: Buffer): AccountKeys {
  const reader = new ByteReader(body)
  return {
    accountId: uuidFromBytes(reader.take(16)),
    keyVersion: reader.u32(),
    publicKey: Buffer.from(reader.take(keyBytes)),
    indexKey: secretKey(Buffer.from(reader.take(keyBytes))),
  }
}
