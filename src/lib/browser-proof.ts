/**
 * The proof that a request comes from the browser a session was begun in. That browser keeps a P-256 key which cannot be
 * taken out of it and signs each request; a cookie carried elsewhere is worth nothing without it.
 *
 *     Postern-Proof: <unix ms>.<signature, base64url>
 */
import { createPublicKey, hash, type KeyObject, verify } from 'node:crypto'
import { decodeBase64Url } from './base64.ts'

/** How far the browser's clock may be off, in either direction. */
const skewMsMax = 60_000
/** A proof is good from 60 s before its time to 60 s after, so this outlives any. */
const rememberedMs = 120_000
const shape = /^([1-9][0-9]{11,14})\.([A-Za-z0-9_-]{86})$/
const signatureBytes = 64
const pointBytes = 65
/** DER before the uncompressed point of a P-256 key (RFC 5480 §2). */
const p256Prefix = Buffer.from('3059301306072a8648ce3d020106082a8648ce3d030107034200', 'hex')

export interface ProvenRequest {
  method: string
  /** As it was sent: path and query. */
  target: string
  /** The bytes as they came; empty when there is none. */
  body: Buffer
}

export type ProofFlaw =
  /** No header, or none of the form above. */
  | 'malformed'
  /** More than 60 s from the server's time. */
  | 'stale'
  /** The session's key is no point of P-256. */
  | 'wrong_key'
  | 'bad_signature'
  /** The same signature was shown within the last two minutes. */
  | 'replayed'
  /** More proofs are remembered than may be; nothing is let in unremembered. */
  | 'memory_full'

/** What the browser signs. */
export function signedText({ method, target, body }: ProvenRequest, unixMs: string): string {
  return `${method}\n${target}\n${unixMs}\n${hash('sha256', body, 'base64url')}`
}

/** `publicKey` is the raw point of 65 bytes in base64url. True, or why not. Replays are `ReplayMemory`'s part. */
export function checkBrowserProof(
  header: string | undefined,
  request: ProvenRequest,
  { publicKey, nowMs }: { publicKey: string; nowMs: number },
): true | Exclude<ProofFlaw, 'replayed' | 'memory_full'> {
  const [, unixMs = '', text = ''] = shape.exec(header ?? '') ?? []
  const signature = decodeBase64Url(text)
  if (signature?.length !== signatureBytes) return 'malformed'
  if (Math.abs(Number(unixMs) - nowMs) > skewMsMax) return 'stale'
  const key = readPoint(publicKey)
  if (!key) return 'wrong_key'
  const signed = Buffer.from(signedText(request, unixMs))
  const isSigned = verify('sha256', signed, { key, dsaEncoding: 'ieee-p1363' }, signature)
  return isSigned || 'bad_signature'
}

/** Undefined for what is no point of the curve. Ask it, too, before a browser's key is kept. */
export function readPoint(publicKey: string): KeyObject | undefined {
  const point = decodeBase64Url(publicKey)
  if (point?.length !== pointBytes || point[0] !== 4) return undefined
  try {
    return createPublicKey({
      key: Buffer.concat([p256Prefix, point]),
      format: 'der',
      type: 'spki',
    })
  } catch {
    return undefined
  }
}

/**
 * Refuses a proof that was shown before. Of a signature (r, s) its first half is remembered: anyone can make (r, n - s) of
 * it, which is as good. Ask only after `checkBrowserProof`, so that strangers cannot fill it.
 */
export class ReplayMemory {
  private readonly entriesMax: number
  /** Until when each is kept, oldest first. */
  private readonly until = new Map<string, number>()

  constructor({ entriesMax }: { entriesMax: number }) {
    this.entriesMax = entriesMax
  }

  get size(): number {
    return this.until.size
  }

  /** `header` as it was checked. */
  admit(header: string, nowMs: number): true | 'replayed' | 'memory_full' {
    this.forget(nowMs)
    const name = firstHalf(header)
    if (this.until.has(name)) return 'replayed'
    if (this.until.size >= this.entriesMax) return 'memory_full'
    this.until.set(name, nowMs + rememberedMs)
    return true
  }

  private forget(nowMs: number): void {
    for (const [name, until] of this.until) {
      if (until >= nowMs) return
      this.until.delete(name)
    }
  }
}

function firstHalf(header: string): string {
  const signature = Buffer.from(header.slice(header.indexOf('.') + 1), 'base64url')
  return signature.toString('base64url', 0, signatureBytes / 2)
}
