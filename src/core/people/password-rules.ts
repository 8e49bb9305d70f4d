/**
 * Whether a password may be chosen (NIST SP 800-63B-4 §3.1.1.2): long, not about its owner, and not among those that are
 * guessed first. Nothing is said of capitals, digits or signs; any character counts, spaces too.
 */
import { ZxcvbnFactory } from '@zxcvbn-ts/core'
import { adjacencyGraphs, dictionary } from '@zxcvbn-ts/language-common'
import { Refusal } from '../../lib/refusal.ts'
import { normalisedPassword } from './password.ts'

export const passwordLength = { min: 15, max: 128 }

export interface PasswordOwner {
  address: string
  name: string
}

/** Of zxcvbn's five: 3 needs more than 10^8 guesses by one who knows how people choose. */
const scoreMin = 3
/** Keep the cost of any password within some tens of milliseconds; more characters only add to what was found strong. */
const estimatorLimits = { maxLength: 64, l33tMaxSubstitutions: 20 }
/** Shorter names are parts of too many words. */
const nameLengthMin = 3
/** As many repeated characters may end a password by chance. */
const repeatedMax = 3
/** What is a listed password of this length or more, with so few different characters around it, is padded. */
const padded = { coreLengthMin: 4, differentMax: 4 }

const wayOut = 'Take four or five words picked at random, or let a password manager make one.'

/** Everything is imported with the process; what is made of it is made at the first call, once. */
export class PasswordRules {
  private judges: { estimator: ZxcvbnFactory; listed: ReadonlySet<string> } | undefined

  /** Throws a refusal that names the rule. The first call takes a moment longer. */
  demand(password: string, owner: PasswordOwner): void {
    const text = normalisedPassword(password)
    demandLength(text)
    const folded = text.normalize('NFKC').toLowerCase()
    const names = namesOf(owner)
    if (isMostly(folded, names)) {
      refuse(`must not be made of your name, your address or this service's name. ${wayOut}`)
    }
    if (repeatsItself(folded)) refuse(`must not repeat itself. ${wayOut}`)
    this.judges ??= makeJudges()
    const { estimator, listed } = this.judges
    const unnamed = names.reduce((rest, name) => rest.replaceAll(name, ''), folded)
    const isListed = isPadded(folded, listed) || isPadded(unnamed, listed)
    if (isListed || estimator.check(text, names).score < scoreMin) {
      refuse(`is like those that are guessed first. ${wayOut}`)
    }
  }
}

function makeJudges() {
  return {
    estimator: new ZxcvbnFactory({ dictionary, graphs: adjacencyGraphs, ...estimatorLimits }),
    listed: new Set(dictionary['passwords-common'].map((one) => String(one).toLowerCase())),
  }
}

function demandLength(text: string): void {
  if (!text.isWellFormed()) {
    refuse('must be text: it holds half of a character. Type it anew.')
  }
  // NIST SP 800-63B-4 §3.1.1.2: each code point counts as one character.
  const length = [...text].length
  if (length < passwordLength.min) {
    refuse(`must have at least ${passwordLength.min} characters. ${wayOut}`)
  }
  if (length > passwordLength.max) {
    refuse(`must have at most ${passwordLength.max} characters. Shorten it.`)
  }
}

function refuse(rule: string): never {
  throw new Refusal('invalid_input', `The \`password\` field ${rule}`, { field: 'password' })
}

/** The words that say who one is: of the name, of the address but for its top-level domain, and ours. */
function namesOf({ address, name }: PasswordOwner): string[] {
  const at = address.lastIndexOf('@')
  const local = address.slice(0, Math.max(at, 0))
  const labels = address.slice(at + 1).split('.')
  const parts = [name, local, ...name.split(/\P{L}+/u), ...local.split(/\P{L}+/u)]
  const names = ['postern', ...parts, ...labels.slice(0, -1)]
    .map((one) => one.normalize('NFKC').toLowerCase().trim())
    .filter((one) => one.length >= nameLengthMin)
  return [...new Set(names)]
}

/** Whether names cover half of the letters and digits, or more. */
function isMostly(folded: string, names: string[]): boolean {
  const isCovered = new Array<boolean>(folded.length).fill(false)
  for (const name of names) {
    for (let at = folded.indexOf(name); at >= 0; at = folded.indexOf(name, at + 1)) {
      isCovered.fill(true, at, at + name.length)
    }
  }
  const isWord = (unit: string) => /[\p{L}\p{N}\p{M}\p{Cs}]/u.test(unit)
  const words = folded.split('').map(isWord)
  const total = words.filter(Boolean).length
  const covered = words.filter((isOne, index) => isOne && isCovered[index]).length
  return covered > 0 && covered * 2 >= total
}

/** Whether it is a shorter text, too short itself, over and over, the last time perhaps in part. */
function repeatsItself(folded: string): boolean {
  const characters = [...folded]
  const lastPeriod = Math.min(passwordLength.min, characters.length - repeatedMax) - 1
  for (let period = 1; period <= lastPeriod; period++) {
    if (characters.every((one, n) => n < period || one === characters[n - period])) return true
  }
  return false
}

/** Whether it is a listed password that was made long enough: `!!!!!dragon!!!!`, `baseball1baseball2`. */
function isPadded(folded: string, listed: ReadonlySet<string>): boolean {
  const lastStart = folded.length - padded.coreLengthMin
  for (let start = 0; start <= lastStart; start++) {
    for (let end = start + padded.coreLengthMin; end <= folded.length; end++) {
      const core = folded.slice(start, end)
      if (!listed.has(core)) continue
      const around = new Set(folded.replaceAll(core, ''))
      if (around.size <= padded.differentMax) return true
    }
  }
  return false
}
