/** A throw-away certificate authority: a root, an intermediate, and certificates for the keys of others. */
import {
  createHash,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  randomBytes,
  sign,
  verify,
} from 'node:crypto'
import {
  bitString,
  boolean,
  integer,
  objectIdentifier,
  octetString,
  sequence,
  set,
  tagged,
  time,
  utf8String,
} from '../../src/lib/der.ts'

export interface Validity {
  from: Date
  until: Date
}

export interface TestAuthority {
  /** PEM, to be trusted. */
  root: string
  /** The certificate and that of the intermediate, in PEM. */
  issue(publicKey: KeyObject, dnsName: string, validity: Validity): string
}

const ecdsaWithSha256 = sequence(objectIdentifier('1.2.840.10045.4.3.2'))
const dayMs = 24 * 3_600_000

interface Party {
  name: Buffer
  publicKey: KeyObject
  privateKey: KeyObject
}

export function makeAuthority(name = 'Throw-away'): TestAuthority {
  const now = Date.now()
  const years = { from: new Date(now - 3650 * dayMs), until: new Date(now + 3650 * dayMs) }
  const root = party(`${name} root`)
  const middle = party(`${name} intermediate`)
  const middlePem = certify(middle, root, { ...years, extensions: authorityExtensions })
  return {
    root: certify(root, root, { ...years, extensions: authorityExtensions }),
    issue(publicKey, dnsName, validity) {
      const subject = { name: sequence(), publicKey }
      const extensions = [
        extension('2.5.29.15', bitString(Buffer.of(0x80), 7), true),
        extension('2.5.29.37', sequence(objectIdentifier('1.3.6.1.5.5.7.3.1'))),
        extension('2.5.29.17', sequence(tagged(0x82, Buffer.from(dnsName, 'ascii'))), true),
      ]
      return certify(subject, middle, { ...validity, extensions }) + middlePem
    },
  }
}

function party(commonName: string): Party {
  const name = sequence(set(sequence(objectIdentifier('2.5.4.3'), utf8String(commonName))))
  return { name, ...generateKeyPairSync('ec', { namedCurve: 'P-256' }) }
}

const authorityExtensions = [
  extension('2.5.29.19', sequence(boolean(true)), true),
  extension('2.5.29.15', bitString(Buffer.of(0x06), 1), true),
]

function extension(oid: string, value: Buffer, isCritical = false): Buffer {
  const critical = isCritical ? [boolean(true)] : []
  return sequence(objectIdentifier(oid), ...critical, octetString(value))
}

function certify(
  subject: Pick<Party, 'name' | 'publicKey'>,
  issuer: Party,
  { from, until, extensions }: Validity & { extensions: readonly Buffer[] },
): string {
  const body = sequence(
    tagged(0xa0, integer(Buffer.of(2))),
    integer(Buffer.concat([Buffer.of(1), randomBytes(15)])),
    ecdsaWithSha256,
    issuer.name,
    sequence(time(from), time(until)),
    subject.name,
    subject.publicKey.export({ format: 'der', type: 'spki' }),
    tagged(0xa3, sequence(...extensions)),
  )
  const signature = bitString(sign('sha256', body, issuer.privateKey))
  const lines = sequence(body, ecdsaWithSha256, signature)
    .toString('base64')
    .match(/.{1,64}/g)
  return `-----BEGIN CERTIFICATE-----\n${lines!.join('\n')}\n-----END CERTIFICATE-----\n`
}

export interface SigningRequest {
  publicKey: KeyObject
  dnsNames: string[]
}

/** Reads a request (RFC 2986) whose signature is good; throws for any other. */
export function readSigningRequest(der: Buffer): SigningRequest {
  const [body, , signature] = childrenOf(elementAt(der, 0).content)
  const [version, , spki, attributes] = childrenOf(body!.content)
  if (version!.content.toString('hex') !== '00') throw new Error('not version 1')
  const publicKey = createPublicKey({ key: spki!.whole, format: 'der', type: 'spki' })
  if (!verify('sha256', body!.whole, publicKey, signature!.content.subarray(1))) {
    throw new Error('the request is not signed by its key')
  }
  const [attribute] = childrenOf(attributes!.content)
  const [, values] = childrenOf(attribute!.content)
  const [extensions] = childrenOf(values!.content)
  const wanted = objectIdentifier('2.5.29.17').toString('hex')
  const alternative = childrenOf(extensions!.content).find(
    ({ content }) => elementAt(content, 0).whole.toString('hex') === wanted,
  )
  const inner = childrenOf(alternative!.content).at(-1)!.content
  const dnsNames = childrenOf(elementAt(inner, 0).content).map(({ content }) => content.toString())
  return { publicKey, dnsNames }
}

interface Element {
  whole: Buffer
  content: Buffer
}

function childrenOf(bytes: Buffer): Element[] {
  const found: Element[] = []
  for (let at = 0; at < bytes.length; ) {
    const element = elementAt(bytes, at)
    found.push(element)
    at += element.whole.length
  }
  return found
}

function elementAt(bytes: Buffer, at: number): Element {
  const first = bytes.readUInt8(at + 1)
  const digits = first < 0x80 ? 0 : first & 0x7f
  const length = digits === 0 ? first : bytes.readUIntBE(at + 2, digits)
  const start = at + 2 + digits
  return {
    whole: bytes.subarray(at, start + length),
    content: bytes.subarray(start, start + length),
  }
}

/** RFC 7638 of a P-256 key. */
export function thumbprint({ crv, kty, x, y }: JsonWebKeyOfEc): string {
  return createHash('sha256').update(JSON.stringify({ crv, kty, x, y })).digest('base64url')
}

export interface JsonWebKeyOfEc {
  crv: string
  kty: string
  x: string
  y: string
}
