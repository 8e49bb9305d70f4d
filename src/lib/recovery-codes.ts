/** Codes a person keeps on paper for the day the other factors are lost: 80 random bits each, so guessing is hopeless. */
import { hash, randomBytes } from 'node:crypto'

const codeCount = 10
const groupCount = 4
const groupLength = 4
/** 32 characters without I, L, O and U: what is misread is still understood, and no word is spelt. */
const alphabet = '0123456789ABCDEFGHJKMNPQRSTVWXYZ'
const canonical = /^[0-9A-HJKMNP-TV-Z]{4}(?:-[0-9A-HJKMNP-TV-Z]{4}){3}$/
const typedLengthMax = 64
/** Sets the hashes of codes apart from those of anything else that is kept as SHA-256. */
const hashPrefix = 'postern recovery code 1\0'

/** Ten different codes such as `7KQ2-M0XV-9RTD-41HB`. */
export function newRecoveryCodes(): string[] {
  const codes = new Set<string>()
  while (codes.size < codeCount) codes.add(newCode())
  return [...codes]
}

function newCode(): string {
  // 32 divides 256, so each character is as likely as the others.
  const characters = [...randomBytes(groupCount * groupLength)].map((byte) => alphabet[byte & 31])
  return grouped(characters.join(''))
}

function grouped(characters: string): string {
  const starts = Array.from({ length: groupCount }, (_, n) => n * groupLength)
  return starts.map((start) => characters.slice(start, start + groupLength)).join('-')
}

/**
 * The code as it was made, whatever its case, spaces and dashes; O is read as 0, I and L as 1. Undefined when the text
 * can be none of ours.
 */
export function readRecoveryCode(text: string): string | undefined {
  if (text.length > typedLengthMax) return undefined
  // Upper case is asked for after the check that all is ASCII: 'ı' would become an I.
  const characters = text.replace(/[\s\p{Dash_Punctuation}]/gu, '')
  if (!/^[0-9A-Za-z]{16}$/.test(characters)) return undefined
  const read = grouped(characters.toUpperCase().replaceAll('O', '0').replace(/[IL]/g, '1'))
  return canonical.test(read) ? read : undefined
}

/** What is kept of a code, in hex. It takes what `readRecoveryCode` answers, and throws at anything else. */
export function recoveryHash(code: string): string {
  if (!canonical.test(code)) throw new RangeError('a recovery code is hashed as it was read')
  return hash('sha256', hashPrefix + code, 'hex')
}
