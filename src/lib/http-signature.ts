/**
 * HTTP Message Signatures (RFC 9421) as a verifier needs them, and digests of content (RFC 9530). Structured fields are
 * read by a library; the signature base and what it takes to believe one are here.
 */
import { hash, verify } from 'node:crypto'
import {
  type BareItem,
  isInnerList,
  type Parameters,
  parseDictionary,
  serializeInnerList,
} from 'structured-headers'
import type { SignatureKey } from './signature-key.ts'

/** One signature of a message, as the message describes it. */
export interface MessageSignature {
  label: string
  /** Names of what it covers, in its order. */
  components: readonly string[]
  parameters: ReadonlyMap<string, BareItem>
  /** The value of `@signature-params`: the last line of the base. */
  described: string
  signature: Buffer
}

/** The value of a component, or undefined where the message has none of that name. */
export type ComponentValue = (name: string) => string | undefined

export type SignatureFault =
  /** A field is no dictionary of structured fields, or a member of it not what RFC 9421 §4 says. */
  | { fault: 'unreadable'; field: 'signature-input' | 'signature' }
  /** A component has parameters (`;sf`, `;req` and such), which are not known here. */
  | { fault: 'component_parameters'; component: string }

/** Of more than these the message is not read: whoever signs needs one. */
const signaturesMax = 8
const componentsMax = 50

export function readSignatures(
  inputField: string,
  signatureField: string,
): MessageSignature[] | SignatureFault {
  const inputs = readDictionary(inputField)
  if (!inputs || inputs.size > signaturesMax)
    return { fault: 'unreadable', field: 'signature-input' }
  const values = readDictionary(signatureField)
  if (!values) return { fault: 'unreadable', field: 'signature' }
  const found: MessageSignature[] = []
  for (const [label, input] of inputs) {
    if (!isInnerList(input)) return { fault: 'unreadable', field: 'signature-input' }
    const components = componentsOf(input[0])
    if (!Array.isArray(components)) return components
    const [value] = values.get(label) ?? []
    if (!(value instanceof ArrayBuffer)) return { fault: 'unreadable', field: 'signature' }
    const described = serializeInnerList(input)
    const signature = Buffer.from(value)
    found.push({ label, components, parameters: input[1], described, signature })
  }
  return found
}

function componentsOf(items: readonly [BareItem, Parameters][]): string[] | SignatureFault {
  const names: string[] = []
  for (const [name, parameters] of items) {
    // Each once (RFC 9421 §2), and field names in lower case.
    const isName = typeof name === 'string' && name !== '' && name === name.toLowerCase()
    if (!isName || names.includes(name) || names.length >= componentsMax) {
      return { fault: 'unreadable', field: 'signature-input' }
    }
    if (parameters.size > 0) return { fault: 'component_parameters', component: name }
    names.push(name)
  }
  return names
}

/** RFC 9421 §2.5; or the component that the message does not have. */
export function signatureBase(
  { components, described }: Pick<MessageSignature, 'components' | 'described'>,
  componentOf: ComponentValue,
): { base: string } | { missing: string } {
  const lines: string[] = []
  for (const name of components) {
    const value = componentOf(name)
    // A value with a line end would be read as another line.
    if (value === undefined || /[\r\n]/.test(value)) return { missing: name }
    lines.push(`"${name}": ${value}`)
  }
  return { base: [...lines, `"@signature-params": ${described}`].join('\n') }
}

/** RFC 9421 §3.3.4 and §3.3.6: an ECDSA signature is r and s, one after the other. */
export function isSignedBy(
  { algorithm, key }: SignatureKey,
  base: string,
  signature: Buffer,
): boolean {
  const bytes = Buffer.from(base, 'latin1')
  if (algorithm === 'ed25519') return verify(null, bytes, key, signature)
  return verify('sha256', bytes, { key, dsaEncoding: 'ieee-p1363' }, signature)
}

/** The value of a field (RFC 9421 §2.1): all its lines, without blanks around them. `rawHeaders` as Node has them. */
export function fieldValue(rawHeaders: readonly string[], name: string): string | undefined {
  const lines: string[] = []
  for (let at = 0; at + 1 < rawHeaders.length; at += 2) {
    if (rawHeaders[at]?.toLowerCase() === name) lines.push((rawHeaders[at + 1] ?? '').trim())
  }
  return lines.length === 0 ? undefined : lines.join(', ')
}

export interface RequestTarget {
  method: string
  scheme: string
  /** Host and port, as the caller named them. */
  authority: string
  /** Path and query, as they were sent. */
  target: string
}

/** Derived components of a request (RFC 9421 §2.2); undefined for what is none. */
export function derivedComponent(
  { method, scheme, authority, target }: RequestTarget,
  name: string,
): string | undefined {
  // Another form than path and query (RFC 9112 §3.2) would be read in two ways.
  if (!target.startsWith('/')) return undefined
  const queryAt = target.indexOf('?')
  const host = plainAuthority(authority, scheme)
  switch (name) {
    case '@method':
      return method
    case '@path':
      return queryAt < 0 ? target : target.slice(0, queryAt)
    case '@query':
      return queryAt < 0 ? '?' : target.slice(queryAt)
    case '@authority':
      return host
    case '@scheme':
      return scheme
    case '@request-target':
      return target
    case '@target-uri':
      return `${scheme}://${host}${target}`
    default:
      return undefined
  }
}

/** Lower case, and without the port that goes without saying. */
function plainAuthority(authority: string, scheme: string): string {
  const port = scheme === 'https' ? ':443' : ':80'
  const lower = authority.toLowerCase()
  return lower.endsWith(port) ? lower.slice(0, -port.length) : lower
}

export interface ContentDigest {
  algorithm: 'sha256' | 'sha512'
  bytes: Buffer
}

const digestNames: ReadonlyMap<string, ContentDigest['algorithm']> = new Map([
  ['sha-256', 'sha256'],
  ['sha-512', 'sha512'],
])

/** All that is known of it (RFC 9530 §2), which may be nothing; undefined when it cannot be read. */
export function readContentDigest(field: string): ContentDigest[] | undefined {
  const dictionary = readDictionary(field)
  if (!dictionary) return undefined
  const digests: ContentDigest[] = []
  for (const [name, [value]] of dictionary) {
    const algorithm = digestNames.get(name)
    if (!algorithm) continue
    if (!(value instanceof ArrayBuffer)) return undefined
    digests.push({ algorithm, bytes: Buffer.from(value) })
  }
  return digests
}

/** Whether these are the bytes that every one of the digests was made of. */
export function isDigested(digests: readonly ContentDigest[], content: Buffer): boolean {
  return digests.every(({ algorithm, bytes }) => hash(algorithm, content, 'buffer').equals(bytes))
}

function readDictionary(field: string): ReturnType<typeof parseDictionary> | undefined {
  try {
    return parseDictionary(field)
  } catch {
    // Whatever is wrong with it: it cannot be read.
    return undefined
  }
}
