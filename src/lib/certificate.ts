/**
 * A certificate that signs itself (RFC 5280), which a door shows until it has a real one, and the request for that one
 * (RFC 2986).
 */
import {
  createHash,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  randomBytes,
  sign,
} from 'node:crypto'
import { isIPv4 } from 'node:net'
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
} from './der.ts'

export interface KeyPair {
  /** PEM; a real one has the certificates of its issuers behind it. */
  certificate: string
  /** PEM. */
  key: string
}

export interface SelfSigned {
  /** The first one is also the subject's common name. */
  dnsNames: readonly string[]
  addresses: readonly string[]
  from: Date
  days: number
}

const oids = {
  ecdsaWithSha256: '1.2.840.10045.4.3.2',
  extensionRequest: '1.2.840.113549.1.9.14',
  commonName: '2.5.4.3',
  subjectKeyIdentifier: '2.5.29.14',
  keyUsage: '2.5.29.15',
  subjectAltName: '2.5.29.17',
  basicConstraints: '2.5.29.19',
  extendedKeyUsage: '2.5.29.37',
  serverAuth: '1.3.6.1.5.5.7.3.1',
}
const dayMs = 24 * 3600 * 1000
/** RFC 5280 appendix A, ub-common-name. */
const commonNameLengthMax = 64
const dnsNameTag = 0x82
const addressTag = 0x87
const requestVersion = integer(Buffer.of(0))
const versionThree = tagged(0xa0, integer(Buffer.of(2)))
const algorithm = sequence(objectIdentifier(oids.ecdsaWithSha256))

export function makeSelfSigned(wanted: SelfSigned): KeyPair {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const spki = publicKey.export({ format: 'der', type: 'spki' })
  const name = nameOf(wanted.dnsNames[0] ?? '')
  const until = new Date(wanted.from.getTime() + wanted.days * dayMs)
  const body = sequence(
    versionThree,
    // RFC 5280 §4.1.2.2: positive, at most 20 bytes.
    integer(Buffer.concat([Buffer.of(1), randomBytes(15)])),
    algorithm,
    name,
    sequence(time(wanted.from), time(until)),
    name,
    spki,
    tagged(0xa3, sequence(...extensions(wanted, spki))),
  )
  const signature = bitString(sign('sha256', body, privateKey))
  return {
    certificate: pem('CERTIFICATE', sequence(body, algorithm, signature)),
    key: privateKey.export({ format: 'pem', type: 'pkcs8' }).toString(),
  }
}

/** For a key of `makeSelfSigned`. The subject stays empty: what counts is the alternative name (RFC 8555 §7.4). */
export function makeSigningRequest(keyPem: string, dnsName: string): string {
  const key = createPrivateKey(keyPem)
  const names = sequence(tagged(dnsNameTag, Buffer.from(dnsName, 'ascii')))
  const wanted = set(sequence(extension(oids.subjectAltName, names)))
  const body = sequence(
    requestVersion,
    sequence(),
    publicKeyDer(keyPem),
    tagged(0xa0, sequence(objectIdentifier(oids.extensionRequest), wanted)),
  )
  const signature = bitString(sign('sha256', body, key))
  return pem('CERTIFICATE REQUEST', sequence(body, algorithm, signature))
}

/** SHA-256 of the public half: by which one knows whose certificate it is. */
export function publicKeyHash(keyPem: string): Buffer {
  return createHash('sha256').update(publicKeyDer(keyPem)).digest()
}

function publicKeyDer(keyPem: string): Buffer {
  return createPublicKey(keyPem).export({ format: 'der', type: 'spki' })
}

function nameOf(text: string): Buffer {
  const commonName = utf8String(text.slice(0, commonNameLengthMax))
  return sequence(set(sequence(objectIdentifier(oids.commonName), commonName)))
}

function extensions({ dnsNames, addresses }: SelfSigned, spki: Buffer): Buffer[] {
  const names = [
    ...dnsNames.map((name) => tagged(dnsNameTag, Buffer.from(name, 'ascii'))),
    ...addresses.map((address) => tagged(addressTag, addressBytes(address))),
  ]
  const keyId = createHash('sha1').update(spki).digest()
  return [
    extension(oids.basicConstraints, sequence(), true),
    // digitalSignature alone.
    extension(oids.keyUsage, bitString(Buffer.of(0x80), 7), true),
    extension(oids.extendedKeyUsage, sequence(objectIdentifier(oids.serverAuth))),
    extension(oids.subjectAltName, sequence(...names)),
    extension(oids.subjectKeyIdentifier, octetString(keyId)),
  ]
}

function extension(oid: string, value: Buffer, isCritical = false): Buffer {
  const critical = isCritical ? [boolean(true)] : []
  return sequence(objectIdentifier(oid), ...critical, octetString(value))
}

/** An IPv4 address, or an IPv6 one with at most one `::`. */
function addressBytes(address: string): Buffer {
  if (isIPv4(address)) return Buffer.from(address.split('.').map(Number))
  const [head = '', tail] = address.split('::')
  const groups = (text: string | undefined) => (text ? text.split(':') : [])
  const first = groups(head)
  const last = groups(tail)
  const zeros = Array<string>(8 - first.length - last.length).fill('0')
  const digits = [...first, ...zeros, ...last].map((group) => group.padStart(4, '0'))
  return Buffer.from(digits.join(''), 'hex')
}

function pem(label: string, der: Buffer): string {
  const lines = der.toString('base64').match(/.{1,64}/g) ?? []
  return `-----BEGIN ${label}-----\n${lines.join('\n')}\n-----END ${label}-----\n`
}
