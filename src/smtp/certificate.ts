/** What this process shows as a TLS server; replaced while sessions go on with the one they began with. */
import { createSecureContext, type SecureContext } from 'node:tls'
import type { KeyPair } from '../lib/certificate.ts'

export class Certificate {
  context: SecureContext
  pair: KeyPair
  /** What an authority has issued for the key of the pair, when it has. */
  private issued: string | null = null

  constructor(pair: KeyPair) {
    this.pair = pair
    this.context = contextOf(pair)
  }

  /** What was issued stays in use for as long as the key is the same. */
  use(pair: KeyPair): void {
    const issued = pair.key === this.pair.key ? this.issued : null
    this.context = contextOf(issued === null ? pair : { ...pair, certificate: issued })
    this.pair = pair
    this.issued = issued
  }

  /** True when it was not in use yet. The caller has seen that it fits the key. */
  takeIssued(chain: string): boolean {
    if (chain === this.issued) return false
    this.context = contextOf({ ...this.pair, certificate: chain })
    this.issued = chain
    return true
  }
}

/** TLS 1.0 and 1.1 must not be used (RFC 8996). */
function contextOf({ certificate, key }: KeyPair): SecureContext {
  return createSecureContext({ cert: certificate, key, minVersion: 'TLSv1.2' })
}
