/** The two sealed parts of a message, and their bytes: what the doors write and deliver and the readers read. */
import { constants as zlib, zstdCompressSync, zstdDecompressSync } from 'node:zlib'
import { ByteReader, ByteWriter } from '../../lib/bytes.ts'

/** Addresses, names, subject, custom headers and tags. Header-ready mailboxes are as `formatMailbox` writes them. */
export interface Envelope {
  /** Header-ready mailbox of the header From. */
  from: string
  /** Domain of the header From, lower case, A-labels: the signing domain. */
  fromDomain: string
  to: string[]
  cc: string[]
  bcc: string[]
  replyTo: string[]
  subject: string
  headers: Record<string, string>
  tags: { name: string; value: string }[]
  /** Address of each delivery, by its number n: to, cc, bcc without repetition. */
  recipients: string[]
  /** The Message-ID of a raw message, with its brackets; absent where it is made of our own id. */
  messageId?: string
  /** How many attachments stand beside the content; absent where there are none. */
  attachments?: number
  /** Present when the sending domain wants no host to get it without TLS. */
  requiresTls?: true
  /** Present when each recipient's copy gets a link to unsubscribe, whose hash stands with the delivery. */
  unsubscribes?: true
}

/** What the parts of a message are made of. */
export interface PartsContent {
  html: string | null
  text: string | null
}

/** A whole message as its sender wrote it, but for what a submission adds and takes away (RFC 6409 §8). */
export interface RawContent {
  raw: Buffer
}

export type Content = PartsContent | RawContent

/** No part may unpack to more than this, whatever the sealed bytes say. */
const unpackedBytesMax = 64 * 1024 * 1024
/** Below this, compressing costs more than the bytes it saves. */
const compressFromBytes = 1024
/** Where the parts begin with whether there is html: 0 or 1. */
const rawMark = 2
const zstdMagic = Buffer.from('28b52ffd', 'hex')
/** Most messages fit into one; larger ones cost more to allocate than to fill. */
const chunkSize = 16 * 1024
const level = { chunkSize, params: { [zlib.ZSTD_c_compressionLevel]: 1 } }

export function packEnvelope(envelope: Envelope): Buffer {
  return pack(Buffer.from(JSON.stringify(envelope)))
}

export function unpackEnvelope(packed: Buffer): Envelope {
  return JSON.parse(unpack(packed).toString('utf8')) as Envelope // packEnvelope wrote it, the seal proves it
}

/** Length-prefixed rather than JSON: escaping 10 KB of html twice would cost more than sealing it. */
export function packContent(content: Content): Buffer {
  const writer = new ByteWriter()
  if ('raw' in content) return pack(writer.u8(rawMark).field(content.raw).done())
  for (const part of [content.html, content.text]) {
    writer.u8(part === null ? 0 : 1).text(part ?? '')
  }
  return pack(writer.done())
}

export function unpackContent(packed: Buffer): Content {
  const reader = new ByteReader(unpack(packed))
  const mark = reader.u8()
  if (mark === rawMark) return { raw: reader.field() }
  const part = (present: number) => {
    const text = reader.text()
    return present === 1 ? text : null
  }
  const html = part(mark)
  return { html, text: part(reader.u8()) }
}

function pack(bytes: Buffer): Buffer {
  if (bytes.length < compressFromBytes) return bytes
  // Told the size, it sets up tables for that size: a third less time for 10 KB.
  return zstdCompressSync(bytes, { ...level, pledgedSrcSize: bytes.length })
}

/** What was left as it is begins with `{` or a flag, never with the mark of a zstd frame (RFC 8878 §3.1.1). */
function unpack(packed: Buffer): Buffer {
  if (!packed.subarray(0, 4).equals(zstdMagic)) return packed
  return zstdDecompressSync(packed, { chunkSize, maxOutputLength: unpackedBytesMax })
}
