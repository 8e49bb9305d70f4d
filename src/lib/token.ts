/**
 * API keys: `pst_live_` or `pst_test_`, 30 random base62 characters, 6 base62 characters of CRC32 over all before them, so
 * that a scanner can tell a key from a random string offline. `SG.` before the same key is accepted everywhere.
 */
import { hash, randomInt } from 'node:crypto'
import { crc32 } from 'node:zlib'

const alphabet = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'
const shape = /^(pst_(?:live|test)_[0-9A-Za-z]{30})([0-9A-Za-z]{6})$/

export function makeToken(mode: 'live' | 'test'): string {
  let token = `pst_${mode}_`
  for (let i = 0; i < 30; i++) token += alphabet[randomInt(alphabet.length)]
  return token + checksum(token)
}

function checksum(text: string): string {
  let rest = crc32(text)
  let digits = ''
  for (let i = 0; i < 6; i++) {
    digits = alphabet[rest % alphabet.length] + digits
    rest = Math.floor(rest / alphabet.length)
  }
  return digits
}

/** The token without a dialect's prefix, or undefined when it cannot be one of ours. */
export function readToken(text: string): string | undefined {
  const token = text.startsWith('SG.') ? text.slice(3) : text
  const match = shape.exec(token)
  return match?.[1] !== undefined && checksum(match[1]) === match[2] ? token : undefined
}

/** What is shown to the database and to vault as proof: h1 = SHA-256(token). */
export function tokenProof(token: string): Buffer {
  return hash('sha256', token, 'buffer')
}

/** What the database keeps: h2 = SHA-256(h1). It opens nothing when replayed. */
export function storedHash(proof: Buffer): Buffer {
  return hash('sha256', proof, 'buffer')
}
