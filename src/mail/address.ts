/** Mailboxes (RFC 5322 §3.4) as Postern takes them: one address, perhaps a display name, no comments or groups. */
import { domainToASCII } from 'node:url'
import { trimBlanks } from './blanks.ts'
import { encodeWords } from './encoded-word.ts'

export interface Mailbox {
  /** The display name as a reader sees it; empty when there is none. */
  name: string
  /** `local@domain`: the local part as given, the domain in lower-case A-labels. */
  address: string
  local: string
  domain: string
}

/** RFC 5321 §4.5.3.1; the whole follows from the path limit of 256 with its angle brackets. */
const localBytesMax = 64
const domainBytesMax = 253
const addressBytesMax = 254
const textLengthMax = 1_000

const faults = {
  empty: 'The address is empty; write it as name@example.com or Name <name@example.com>.',
  tooLong: `The text is longer than ${textLengthMax} characters; shorten the display name.`,
  control: 'The address contains a control character, a line break or half a character; remove it.',
  noAt: 'The address has no @; write it as name@example.com or Name <name@example.com>.',
  twoAts: 'The address has more than one @; give exactly one address, as name@example.com.',
  list: 'The text has a comma or semicolon outside double quotes; give one address for each entry, and put a name that contains commas in double quotes.',
  comment:
    'Comments in parentheses are not accepted; remove them or put the name in double quotes.',
  group: 'Groups and names with a colon are not accepted; put the name in double quotes.',
  angle:
    'The angle brackets do not enclose exactly one address at the end; write Name <name@example.com>.',
  nameAngle: 'The display name contains < or >; remove them.',
  nameSpecial: 'The display name contains @, a bracket or a backslash; put it in double quotes.',
  quote: 'A double quote is not closed; close it, or write \\" for a quote within the name.',
  local:
    'The part before the @ contains a character that is not allowed there, such as a blank; remove it.',
  localDots:
    'The part before the @ is empty, begins or ends with a dot, or has two dots in a row; correct it.',
  localLong: `The part before the @ is longer than ${localBytesMax} bytes; use a shorter address.`,
  domainEmpty: 'The domain after the @ is missing; write it as name@example.com.',
  domainLiteral: 'An IP address in place of the domain is not accepted; use a domain name.',
  domainDot: 'The domain needs at least two labels, such as example.com; complete it.',
  domain:
    'The domain is not a valid host name: labels of letters, digits and inner hyphens, at most 63 characters each; correct it.',
  domainLong: `The domain is longer than ${domainBytesMax} characters in its ASCII form; use a shorter one.`,
  addressLong: `The address is longer than ${addressBytesMax} bytes; use a shorter one.`,
} as const

type Fault = keyof typeof faults

/** RFC 5322 §3.2.3 atext, and RFC 6531 §3.3 for what is beyond ASCII. */
const atoms = /^[A-Za-z0-9!#$%&'*+/=?^_`{|}~.\u0080-\u{10ffff}-]+$/u
const hiddenInLocal = /[\p{Cf}\p{Z}]/u
const unsafeAnywhere = /[\p{Cc}\p{Zl}\p{Zp}]/u
const plainPhrase = /^[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?: [A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*$/
const printableAscii = /^[\x20-\x7e]*$/
const hostName = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?)+$/

/** One mailbox, or undefined; `explainMailbox` then says why. */
export function parseMailbox(text: string): Mailbox | undefined {
  const read = readMailbox(text)
  return typeof read === 'string' ? undefined : read
}

/** Why `parseMailbox` says no: a sentence with rule and fix, without the text itself. Empty when it says yes. */
export function explainMailbox(text: string): string {
  const read = readMailbox(text)
  return typeof read === 'string' ? faults[read] : ''
}

/** The mailbox as it stands in a header: ASCII, save for a local part beyond it (RFC 6532). Not folded. */
export function formatMailbox({ name, address }: Pick<Mailbox, 'name' | 'address'>): string {
  if (name === '') return address
  return `${formatName(name)} <${address}>`
}

/** A name that looks like an encoded-word is encoded itself, so that it is shown as it was given. */
function formatName(name: string): string {
  if (!printableAscii.test(name) || name.includes('=?')) return encodeWords(name).join(' ')
  return plainPhrase.test(name) ? name : quote(name)
}

/**
 * The form under which a recipient is indexed: NFC, lower case throughout, domain in A-labels. Local
 * parts may differ by case (RFC 5321 §2.4), but no host that matters tells `Bob` from `bob`, and a
 * suppression must hold for both. Text that is no address is only lowered.
 */
export function normaliseAddress(address: string): string {
  const read = readMailbox(address)
  const known = typeof read === 'string' ? address : read.address
  return known.normalize('NFC').toLowerCase().normalize('NFC')
}

/**
 * Whether an address that was read can only go to a host that offers SMTPUTF8 (RFC 6531 §3.2). Its domain never asks for
 * that, being in A-labels.
 */
export function needsSmtpUtf8(address: string): boolean {
  return Buffer.byteLength(address) !== address.length
}

/** A domain in lower-case A-labels (RFC 5890), or undefined when it cannot be a mail domain. */
export function asciiDomain(text: string): string | undefined {
  const read = readDomain(text)
  return 'domain' in read ? read.domain : undefined
}

function readMailbox(text: string): Mailbox | Fault {
  if (text.length > textLengthMax) return 'tooLong'
  if (unsafeAnywhere.test(text) || !text.isWellFormed()) return 'control'
  const trimmed = trimBlanks(text)
  if (trimmed === '') return 'empty'
  if (!trimmed.endsWith('>')) return readAddress(trimmed, '')
  const phrase = readPhrase(trimmed)
  if (typeof phrase === 'string') return phrase
  if (/[<>]/.test(phrase.name)) return 'nameAngle'
  return readAddress(trimmed.slice(phrase.end + 1, -1), phrase.name)
}

/** Reads up to the `<` that opens the address. Dots are allowed as in `John Q. Public` (RFC 5322 §4.1). */
function readPhrase(text: string): { name: string; end: number } | Fault {
  let name = ''
  for (let at = 0; at < text.length; at += 1) {
    const char = text.charAt(at)
    if (char === '<') return { name: trimBlanks(name).replace(/ {2,}/g, ' '), end: at }
    if (char === '"') {
      const quoted = readQuoted(text, at)
      if (!quoted) return 'quote'
      name += quoted.content
      at = quoted.end - 1
      continue
    }
    const fault = phraseFault(char)
    if (fault) return fault
    name += char
  }
  return 'angle'
}

function phraseFault(char: string): Fault | undefined {
  if (char === '(' || char === ')') return 'comment'
  if (char === ',' || char === ';') return 'list'
  if (char === ':') return 'group'
  if (char === '>') return 'angle'
  return '@[]\\'.includes(char) ? 'nameSpecial' : undefined
}

/** A quoted-string (RFC 5322 §3.2.4) that opens at `start`; `end` is the place after its last quote. */
function readQuoted(text: string, start: number): { content: string; end: number } | undefined {
  let content = ''
  for (let at = start + 1; at < text.length; at += 1) {
    const char = text.charAt(at)
    if (char === '"') return { content, end: at + 1 }
    if (char === '\\') at += 1
    content += text.charAt(at)
  }
  return undefined
}

function readAddress(text: string, name: string): Mailbox | Fault {
  const split = splitAddress(text)
  if (typeof split === 'string') return split
  const { local } = split
  if (Buffer.byteLength(local) > localBytesMax) return 'localLong'
  const read = readDomain(split.domain)
  if ('fault' in read) return read.fault
  const address = `${local}@${read.domain}`
  if (Buffer.byteLength(address) > addressBytesMax) return 'addressLong'
  return { name, address, local, domain: read.domain }
}

function splitAddress(text: string): { local: string; domain: string } | Fault {
  if (text.startsWith('"')) return splitQuoted(text)
  const at = text.indexOf('@')
  const strange = /[(),;:<>]/.exec(text)
  if (strange) return strange[0] === '<' ? 'angle' : (phraseFault(strange[0]) ?? 'angle')
  if (at === -1) return 'noAt'
  if (text.includes('@', at + 1)) return 'twoAts'
  const local = text.slice(0, at)
  return localFault(local) ?? { local, domain: text.slice(at + 1) }
}

/** `"bob"@…` is `bob@…` (RFC 5321 §4.1.2), so quotes stay only where they are needed. */
function splitQuoted(text: string): { local: string; domain: string } | Fault {
  const quoted = readQuoted(text, 0)
  if (!quoted) return 'quote'
  if (text.charAt(quoted.end) !== '@') return text.includes('<') ? 'angle' : 'noAt'
  const { content } = quoted
  if (/[<>]/.test(content) || content.includes('=?')) return 'local'
  if (hiddenInLocal.test(content.replaceAll(' ', ''))) return 'local'
  const domain = text.slice(quoted.end + 1)
  return { local: localFault(content) ? quote(content) : content, domain }
}

/** An encoded-word is never part of an address (RFC 2047 §5), yet some readers would decode it there. */
function localFault(local: string): Fault | undefined {
  if (local === '' || local.startsWith('.') || local.endsWith('.') || local.includes('..')) {
    return 'localDots'
  }
  if (!atoms.test(local) || hiddenInLocal.test(local) || local.includes('=?')) return 'local'
  return undefined
}

/**
 * The text is checked before `domainToASCII` as well as after: that function reads its argument as
 * the host of a URL, so `a/b`, `a:1`, `%61` and numbers would come out as something else.
 */
function readDomain(text: string): { domain: string } | { fault: Fault } {
  if (text === '') return { fault: 'domainEmpty' }
  if (text.length > domainBytesMax) return { fault: 'domainLong' }
  if (text.startsWith('[')) return { fault: 'domainLiteral' }
  if (!/^[A-Za-z0-9.\u0080-\u{10ffff}-]+$/u.test(text)) return { fault: 'domain' }
  const isPlain = /^[A-Za-z0-9.-]+$/.test(text) && !/(?:^|\.)xn--/i.test(text)
  const domain = isPlain ? text.toLowerCase() : domainToASCII(text)
  if (domain.length > domainBytesMax) return { fault: 'domainLong' }
  if (/^[0-9.]+$/.test(domain)) return { fault: 'domainLiteral' }
  if (!domain.includes('.') && hostName.test(`${domain}.test`)) return { fault: 'domainDot' }
  // A last label of digits alone is never a top-level domain, and resolvers may take it for an IP address.
  if (!hostName.test(domain) || /\.[0-9]+$/.test(domain)) return { fault: 'domain' }
  return { domain }
}

function quote(text: string): string {
  return `"${text.replace(/["\\]/g, '\\$&')}"`
}
