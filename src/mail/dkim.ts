/** DKIM signing (RFC 6376), relaxed/relaxed with rsa-sha256 or ed25519-sha256 (RFC 8463), without the key: each function gives exact bytes. */
import { hash } from 'node:crypto'
import { parseMailbox } from './address.ts'
import { decodeWords } from './encoded-word.ts'
import { type Header, relaxHeader } from './headers.ts'
import { relaxBody } from './relaxed-body.ts'

export { relaxBody } from './relaxed-body.ts'

/** In the order of `h=`. RFC 6376 §5.4.1, and the two of RFC 8058 §4 that one-click unsubscribing needs. */
const signedNames = [
  'from',
  'to',
  'cc',
  'subject',
  'date',
  'message-id',
  'reply-to',
  'in-reply-to',
  'references',
  'mime-version',
  'content-type',
  'content-transfer-encoding',
  'list-unsubscribe',
  'list-unsubscribe-post',
] as const

/** Named once more than they occur, so that nobody can add another one (RFC 6376 §8.15). */
const oversignedNames = ['from', 'to', 'cc', 'subject', 'date', 'reply-to'] as const

const canonicalLengthMax = 256 * 1024
const lineCountMax = 200
const lineLengthWanted = 76

const canonicalName = /^[\x21-\x39\x3b-\x40\x5b-\x7e]+$/
const hiddenInName = /[<>\p{Cc}\p{Zl}\p{Zp}]/u

/** SHA-256 of the relaxed canonical form of the body. */
export function bodyHash(body: Buffer): Buffer {
  return hash('sha256', relaxBody(body), 'buffer')
}

/** The canonical lines of the headers to be signed, each ended by CRLF, in the order of `h=`. */
export function headersToSign(headers: readonly Header[]): string {
  const linesOf = new Map<string, string[]>()
  for (const [name, value] of headers) {
    const key = name.toLowerCase()
    const lines = linesOf.get(key)
    if (lines) lines.push(relaxHeader(name, value))
    else linesOf.set(key, [relaxHeader(name, value)])
  }
  let canonical = ''
  for (const name of signedNames) {
    // RFC 6376 §5.4.2: of several with one name, the last is signed first.
    for (const line of linesOf.get(name)?.toReversed() ?? []) canonical += `${line}\r\n`
  }
  return canonical
}

export interface SignedHeaders {
  /** In the order of the lines. */
  names: string[]
  /**
   * The domain of the header From, or undefined unless there is exactly one such line with exactly one
   * plain mailbox whose name hides no other address, in plain sight or in encoded-words.
   */
  fromDomain: string | undefined
}

/** What canonical lines say; undefined when the text is not made of such lines. */
export function readSignedHeaders(canonical: string): SignedHeaders | undefined {
  const fields = readCanonical(canonical)
  return fields && { names: fields.map(({ name }) => name), fromDomain: fromDomainOf(fields) }
}

function fromDomainOf(fields: readonly { name: string; value: string }[]): string | undefined {
  const froms = fields.filter(({ name }) => name === 'from')
  const [from] = froms
  if (!from || froms.length > 1) return undefined
  const mailbox = parseMailbox(from.value)
  return mailbox && shownName(mailbox.name) !== undefined ? mailbox.domain : undefined
}

/** A display name with its encoded-words decoded; undefined when it hides an address or cannot be read. */
export function shownName(name: string): string | undefined {
  const shown = decodeWords(name)
  return shown === undefined || hiddenInName.test(shown) ? undefined : shown
}

/** The value of a DKIM-Signature with an empty `b=`, folded. `headerNames` are those of the canonical lines. */
export function signatureHeader({
  domain,
  selector,
  headerNames,
  bodyHash,
  timestamp,
  algorithm,
}: {
  domain: string
  selector: string
  algorithm: 'rsa-sha256' | 'ed25519-sha256'
  headerNames: readonly string[]
  bodyHash: Buffer
  /** Seconds since the epoch. */
  timestamp: number
}): string {
  const names = foldNames([...headerNames, ...oversignedNames])
  return `v=1; a=${algorithm}; c=relaxed/relaxed; d=${domain};\r\n\ts=${selector}; t=${timestamp};\r\n\th=${names};\r\n\tbh=${bodyHash.toString('base64')};\r\n\tb=`
}

/** What is signed: the canonical lines, then the signature's own line without a CRLF (RFC 6376 §3.7). */
export function signatureInput(canonical: string, value: string): Buffer {
  return Buffer.from(canonical + relaxHeader('DKIM-Signature', value), 'utf8')
}

/** The final value; blanks within `b=` do not count (RFC 6376 §3.5). */
export function withSignature(value: string, signature: Buffer): string {
  const encoded = signature.toString('base64')
  let folded = value
  for (let start = 0; start < encoded.length; start += lineLengthWanted - 4) {
    const separator = start === 0 ? '' : '\r\n\t'
    folded += separator + encoded.slice(start, start + lineLengthWanted - 4)
  }
  return folded
}

/** The TXT record of a key (RFC 6376 §3.6.1); `bare` leaves out the tags whose defaults say the same. */
export function publicKeyRecord(publicKeyDer: Buffer, { bare }: { bare: boolean }): string {
  const key = `p=${publicKeyDer.toString('base64')}`
  return bare ? key : `v=DKIM1; k=rsa; ${key}`
}

const ed25519KeyBytes = 32

/** The key itself and not its DER form, which ends with it; RSA is what a record without `k=` has (RFC 8463 §4). */
export function ed25519KeyRecord(publicKeyDer: Buffer): string {
  return `k=ed25519; p=${publicKeyDer.subarray(-ed25519KeyBytes).toString('base64')}`
}

/** Strict: whoever asks for a signature writes these lines, and what is signed must mean one thing only. */
function readCanonical(canonical: string): { name: string; value: string }[] | undefined {
  if (canonical.length > canonicalLengthMax || !canonical.endsWith('\r\n')) return undefined
  const lines = canonical.slice(0, -2).split('\r\n')
  if (lines.length > lineCountMax) return undefined
  const fields: { name: string; value: string }[] = []
  for (const line of lines) {
    const colon = line.indexOf(':')
    const name = line.slice(0, Math.max(colon, 0))
    if (!canonicalName.test(name) || /[\r\n\0\t]/.test(line)) return undefined
    const value = line.slice(colon + 1)
    if (relaxHeader(name, value) !== line) return undefined
    fields.push({ name, value })
  }
  return fields
}

/** RFC 6376 §3.5 allows a fold on either side of the colon between two names. */
function foldNames(names: readonly string[]): string {
  let folded = ''
  let column = 0
  for (const name of names) {
    if (folded !== '') {
      folded += ':'
      column += 1
    }
    if (column + name.length + 2 > lineLengthWanted) {
      folded += '\r\n\t'
      column = 0
    }
    folded += name
    column += name.length
  }
  return folded
}
