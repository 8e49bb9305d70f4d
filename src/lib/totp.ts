/** Codes from an authenticator app: TOTP (RFC 6238) with SHA-1, 30 seconds and 6 digits, which every such app speaks. */
import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto'

/** RFC 4226 §4 R6 recommends 160 bits, the length of what SHA-1 gives. */
const secretBytes = 20
const stepMs = 30_000
const digits = 6
const base32Alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'

export function newTotpSecret(): Buffer {
  return randomBytes(secretBytes)
}

/** Base32 (RFC 4648 §6) without padding: how apps take a secret, typed or scanned. */
export function base32(bytes: Buffer): string {
  let text = ''
  let bits = 0
  let waiting = 0
  for (const byte of bytes) {
    waiting = (waiting << 8) | byte
    bits += 8
    while (bits >= 5) {
      bits -= 5
      text += base32Alphabet[(waiting >> bits) & 31]
    }
    waiting &= (1 << bits) - 1
  }
  return bits > 0 ? text + base32Alphabet[(waiting << (5 - bits)) & 31] : text
}

/** What an app scans; the secret in base32. A colon parts issuer and account in its label, so neither keeps one of its own. */
export function otpauthUri(of: { issuer: string; account: string; secret: string }): string {
  const issuer = labelPart(of.issuer)
  const parameters = `issuer=${issuer}&algorithm=SHA1&digits=${digits}&period=${stepMs / 1000}`
  const label = `${issuer}:${labelPart(of.account)}`
  return `otpauth://totp/${label}?secret=${of.secret}&${parameters}`
}

function labelPart(text: string): string {
  return encodeURIComponent(text.toWellFormed().replaceAll(':', ' '))
}

/** The code of one step, counted from the epoch. */
export function totpCode(secret: Buffer, step: number): string {
  const counter = Buffer.alloc(8)
  counter.writeBigUInt64BE(BigInt(step))
  const mac = createHmac('sha1', secret).update(counter).digest()
  // RFC 4226 §5.3: the last four bits say where 31 bits are taken from.
  const offset = mac.readUInt8(mac.length - 1) & 15
  const number = mac.readUInt32BE(offset) & 0x7fffffff
  return String(number % 10 ** digits).padStart(digits, '0')
}

/**
 * The step whose code this is, among the present one and `skewSteps` on each side; undefined for none. All steps are
 * computed and compared whatever matches. RFC 6238 §5.2: a code counts once, so whoever calls keeps the step and
 * refuses one that is not later than the last.
 */
export function matchingStep(
  secret: Buffer,
  code: string,
  { nowMs, skewSteps }: { nowMs: number; skewSteps: number },
): number | undefined {
  const shown = readCode(code)
  if (shown === undefined) return undefined
  const present = Math.floor(nowMs / stepMs)
  let matching: number | undefined
  for (let step = Math.max(0, present - skewSteps); step <= present + skewSteps; step++) {
    const isEqual = timingSafeEqual(Buffer.from(totpCode(secret, step)), shown)
    matching = isEqual ? step : matching
  }
  return matching
}

/** Apps show a code in two groups, and people type it so. */
function readCode(code: string): Buffer | undefined {
  const match = /^\s{0,8}([0-9]{3})[\s-]?([0-9]{3})\s{0,8}$/.exec(code)
  return match ? Buffer.from(`${match[1]}${match[2]}`) : undefined
}
