/**
 * Looks at a chain before it is stored and again before it is used: whoever issued or stored it is not believed that it
 * is for our key and name.
 */
import { createHash, X509Certificate } from 'node:crypto'

export interface WantedOfChain {
  hostname: string
  /** SHA-256 of the public key. */
  keyHash: Buffer
  nowMs: number
}

export type ChainFault =
  | 'too_large'
  | 'unreadable'
  | 'other_key'
  | 'other_name'
  | 'not_valid_now'
  | 'broken_chain'

export interface GoodChain {
  fault: null
  validFromMs: number
  validUntilMs: number
}

const lengthMax = 65_536
const certificatesMax = 10
/** An authority whose clock is a little ahead has not issued in vain. */
const clocksApartMaxMs = 5 * 60_000
const block = /-----BEGIN CERTIFICATE-----[A-Za-z0-9+/=\s]+-----END CERTIFICATE-----/g

export function examineChain(
  chain: string,
  { hostname, keyHash, nowMs }: WantedOfChain,
): GoodChain | { fault: ChainFault } {
  if (chain.length > lengthMax) return { fault: 'too_large' }
  const certificates = read(chain)
  const [own] = certificates
  if (!own) return { fault: 'unreadable' }
  const spki = own.publicKey.export({ format: 'der', type: 'spki' })
  if (!createHash('sha256').update(spki).digest().equals(keyHash)) return { fault: 'other_key' }
  if (own.checkHost(hostname) === undefined) return { fault: 'other_name' }
  const validFromMs = own.validFromDate.getTime()
  const validUntilMs = own.validToDate.getTime()
  if (validFromMs > nowMs + clocksApartMaxMs || validUntilMs <= nowMs)
    return { fault: 'not_valid_now' }
  if (!isChain(certificates)) return { fault: 'broken_chain' }
  return { fault: null, validFromMs, validUntilMs }
}

/** Empty when one of them cannot be read, or there are too many. */
function read(chain: string): X509Certificate[] {
  const blocks = chain.match(block) ?? []
  // Nothing else may stand there, such as a key.
  if (blocks.length > certificatesMax || chain.replace(block, '').trim() !== '') return []
  try {
    return blocks.map((text) => new X509Certificate(text))
  } catch {
    return []
  }
}

/** Each has signed the one before it (RFC 8555 §9.1); the last is left to who knows its issuer. */
function isChain(certificates: readonly X509Certificate[]): boolean {
  return certificates.every((certificate, index) => {
    const issuer = certificates[index + 1]
    return !issuer || (certificate.checkIssued(issuer) && certificate.verify(issuer.publicKey))
  })
}
