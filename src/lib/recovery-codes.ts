/** Codes a person keeps on paper for the day the other factors are lost: 80 random bits each, so guessing is hopeless. */
import { hash, randomBytes } from 'node:crypto'

const codeCount = 10
const groupCount = 4
const groupLength = 4
/** A code that one person reads out to another: 40 random bits, good for half an hour and with counted guesses. */
const spokenGroupCount = 2
/** 32 characters without I, L, O and U: what is misread is still understood, and no word is spelt. */
const alphabet = '0123456789ABCDEFGHJKMNPQRSTVWXYZ'
const canonical = /^[0-9A-HJKMNP-TV-Z]{4}(?:-[0-9A-HJKMNP-TV-Z]{4}){3}$/
const canonicalSpoken = /^[0-9A-HJKMNP-TV-Z]{4}-[0-9A-HJKMNP-TV-Z]{4}$/
const typedLengthMax = 64
/** Sets the hashes of codes apart from those of anything else that is kept as SHA-256. */
const hashPrefix = 'postern recovery code 1\0'

/** Ten different codes such as `7KQ2-M0XV-9RTD-41HB`. */
export function newRecoveryCodes(): string[] {
  const codes = new Set<string>()
  while (codes.size < codeCount) codes.add(newCode(groupCount))
  return [...codes]
}

/** Such as `7KQ2-M0XV`. */
export function newSpokenCode(): string {
  return newCode(spokenGroupCount)
}

function newCode(groups: number): string {
  // 32 divides 256, so each character is as likely as the others.
  const characters = [...randomBytes(groups * groupLength)].map((byte) => alphabet[byte & 31])
  return grouped(characters.join(''))
}

function grouped(characters: string): string {
  const groups = Math.ceil(characters.length / groupLength)
  const starts = Array.from({ length: groups }, (_, n) => n * groupLength)
  return starts.map((start) => characters.slice(start, start + groupLength)).join('-')
}

/**
 * The code as it was made, whatever its case, spaces and dashes; O is read as 0, I and L as 1. Undefined when the text
 * can be none of ours.
 */
export function readRecoveryCode(text: string): string | undefined {
  return readTyped(text, canonical)
}

/** As `readRecoveryCode`, of what `newSpokenCode` makes. */
export function readSpokenCode(text: string): string | undefined {
  return readTyped(text, canonicalSpoken)
}

function readTyped(text: string, wanted: RegExp): string | undefined {
  if (text.length > typedLengthMax) return undefined
  // Upper case is asked for after the check that all is ASCII: 'ı' would become an I.
  const characters = text.replace(/[\s\p{Dash_Punctuation}]/gu, '')
  if (!/^[0-9A-Za-z]+$/.test(characters)) return undefined
  const read = grouped(characters.toUpperCase().replaceAll('O', '0').replace(/[IL]/g, '1'))
  return wanted.test(read) ? read : undefined
}

/** What is kept of a code, in hex. It takes what `readRecoveryCode` answers, and throws at anything else. */
export function recoveryHash(code: string): string {
  if (!canonical.test(code)) throw new RangeError('a recovery code is hashed as it was read')
  return hash('sha256', hashPrefix + code, 'hex')
}
