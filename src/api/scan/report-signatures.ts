/** Who has signed a report of leaked keys: one of the scanners that the operator has named, or nobody. */
import { createPublicKey, generateKeyPairSync, type KeyObject, verify } from 'node:crypto'
import type { Scanner } from '../../process/handover.ts'

export interface SignedReport {
  keyId: string
  /** Base64: DER for P-256 (with SHA-256), 64 bytes for Ed25519. */
  signature: string
  /** The body as it came. */
  body: Buffer
}

export class ReportSignatures {
  private readonly keys: Map<string, KeyObject>
  /** Checked for a stranger, so that an unknown id takes as long as a wrong signature. */
  private readonly nobodys = generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey

  constructor(scanners: readonly Scanner[]) {
    this.keys = new Map(scanners.map(({ id, publicKey }) => [id, keyOf(publicKey)]))
  }

  isSigned({ keyId, signature, body }: SignedReport): boolean {
    const known = this.keys.get(keyId)
    const isRight = isSignedWith(known ?? this.nobodys, body, Buffer.from(signature, 'base64'))
    return known !== undefined && isRight
  }
}

function keyOf(publicKey: string): KeyObject {
  return createPublicKey({ key: Buffer.from(publicKey, 'base64'), format: 'der', type: 'spki' })
}

function isSignedWith(key: KeyObject, body: Buffer, signature: Buffer): boolean {
  return verify(key.asymmetricKeyType === 'ed25519' ? null : 'sha256', body, key, signature)
}
