/**
 * Whether files that every visitor may read hold a secret. What is looked for: forms that are secrets whatever they say,
 * values that are secrets here, and long random texts beside a word such as `password`. Each file is read as it is, with
 * its escapes undone, and with what stands in it as base64 decoded once.
 */
import { findTokens } from '../../lib/find-tokens.ts'
import { decodedBlobs, unescaped } from './decoded-text.ts'

export interface BundleFile {
  /** Below the folder of the bundle, with `/`. */
  path: string
  bytes: Buffer
}

/** Says where, never what. */
export interface BundleFinding {
  file: string
  /** In bytes. */
  offset: number
  kind: string
  /** How the secret was hidden, if it was. */
  hidden?: 'escaped' | 'base64'
}

/** Secrets of the environment by name. */
export type KnownSecrets = ReadonlyMap<string, string>

const forms: readonly [kind: string, pattern: RegExp][] = [
  [
    'database URL',
    /\b(?:postgres(?:ql)?|mysql|mariadb|mongodb(?:\+srv)?|rediss?|amqps?):\/\/[^\s'"`<>\\]+/g,
  ],
  ['private key', /-----BEGIN (?:[A-Z0-9]+ )*PRIVATE KEY-----/g],
  ['AWS access key', /\b(?:AKIA|ASIA)[0-9A-Z]{16}\b/g],
  ['GitHub token', /\b(?:gh[pousr]_[0-9A-Za-z]{36,}|github_pat_[0-9A-Za-z_]{22,})/g],
  ['Slack token', /\bxox[abprs]-[0-9A-Za-z-]{20,}/g],
  ['payment key', /\b[rs]k_live_[0-9A-Za-z]{16,}/g],
  ['Google API key', /\bAIza[0-9A-Za-z_-]{35}\b/g],
  ['signed token', /\beyJ[0-9A-Za-z_-]{15,}\.eyJ[0-9A-Za-z_-]{15,}\.[0-9A-Za-z_-]{20,}/g],
]
const sourceMap = /[#@]\s*sourceMappingURL=/g
const besideWord =
  /(?:secret|passw(?:or)?d|passphrase|token|api[_-]?key|private[_-]?key|credential)s?[\w-]{0,24}["'`]?\s*[:=]\s*["'`]([A-Za-z0-9+/_=.~-]{20,512})["'`]/gi
/** Bits a character: hexadecimal digits reach 4, words about 3, base62 of 20 characters about 4. */
const entropyMin = 3.4
/** Shorter values, such as `on` or `8025`, stand in many files and open nothing. */
const secretCharactersMin = 8

export function checkBundle(files: readonly BundleFile[], known: KnownSecrets): BundleFinding[] {
  return files.flatMap((file) => checkFile(file, searchedTexts(known)))
}

/** A value, and the password inside when it is a URL, as it stands there and as it is meant. */
function searchedTexts(known: KnownSecrets): [kind: string, text: string][] {
  return [...known].flatMap(([name, value]) => {
    const password = URL.parse(value)?.password ?? ''
    const texts = new Set([value, password, unescaped(password).text].map(latin1))
    return [...texts]
      .filter((text) => text.length >= secretCharactersMin)
      .map((text): [string, string] => [`value of ${name}`, text])
  })
}

function checkFile({ path, bytes }: BundleFile, searched: [string, string][]): BundleFinding[] {
  const text = bytes.toString('latin1')
  const found: BundleFinding[] = [
    ...(path.endsWith('.map') ? [{ file: path, offset: 0, kind: 'source map' }] : []),
    ...[...text.matchAll(sourceMap)].map(({ index }) => ({
      file: path,
      offset: index,
      kind: 'source map',
    })),
    ...secretsIn(text, searched).map((one) => ({ file: path, ...one })),
  ]
  const { text: plain, sourceOffset } = unescaped(text)
  if (plain !== text) {
    for (const { offset, kind } of secretsIn(plain, searched)) {
      found.push({ file: path, offset: sourceOffset(offset), kind, hidden: 'escaped' })
    }
  }
  for (const blob of decodedBlobs(text)) {
    for (const { kind } of secretsIn(blob.text, searched)) {
      found.push({ file: path, offset: blob.offset, kind, hidden: 'base64' })
    }
  }
  return withoutRepeats(found)
}

function secretsIn(text: string, searched: [string, string][]): { offset: number; kind: string }[] {
  return [
    ...findTokens(text).map(({ offset }) => ({ offset, kind: 'Postern API key' })),
    ...forms.flatMap(([kind, pattern]) =>
      [...text.matchAll(pattern)].map(({ index }) => ({ offset: index, kind })),
    ),
    ...searched.flatMap(([kind, value]) =>
      offsetsOf(text, value).map((offset) => ({ offset, kind })),
    ),
    ...[...text.matchAll(besideWord)]
      .filter(([, literal]) => looksRandom(literal ?? ''))
      .map(({ index }) => ({ offset: index, kind: 'random text beside a word for a secret' })),
  ]
}

function offsetsOf(text: string, value: string): number[] {
  const offsets: number[] = []
  for (let at = text.indexOf(value); at >= 0; at = text.indexOf(value, at + value.length)) {
    offsets.push(at)
  }
  return offsets
}

/** Letters and digits mixed, without the rhythm of words. */
function looksRandom(literal: string): boolean {
  const digits = literal.match(/[0-9]/g)?.length ?? 0
  return digits >= 2 && /[A-Za-z]/.test(literal) && entropy(literal) >= entropyMin
}

function entropy(text: string): number {
  const counts = new Map<string, number>()
  for (const character of text) counts.set(character, (counts.get(character) ?? 0) + 1)
  return [...counts.values()].reduce((bits, count) => {
    const share = count / text.length
    return bits - share * Math.log2(share)
  }, 0)
}

/** What was found as it stands is not found again with its escapes undone. */
function withoutRepeats(found: BundleFinding[]): BundleFinding[] {
  const plain = new Set(
    found.filter(({ hidden }) => !hidden).map(({ offset, kind }) => `${offset} ${kind}`),
  )
  return found.filter(({ hidden, offset, kind }) => !hidden || !plain.has(`${offset} ${kind}`))
}

function latin1(text: string): string {
  return Buffer.from(text, 'utf8').toString('latin1')
}
