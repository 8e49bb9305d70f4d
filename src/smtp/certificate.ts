/** What this process shows as a TLS server; replaced while sessions go on with the one they began with. */
import { createSecureContext, type SecureContext } from 'node:tls'
import type { KeyPair } from '../lib/certificate.ts'

export class Certificate {
  context: SecureContext

  constructor(pair: KeyPair) {
    this.context = contextOf(pair)
  }

  use(pair: KeyPair): void {
    this.context = contextOf(pair)
  }
}

/** TLS 1.0 and 1.1 must not be used (RFC 8996). */
function contextOf({ certificate, key }: KeyPair): SecureContext {
  return createSecureContext({ cert: certificate, key, minVersion: 'TLSv1.2' })
}
