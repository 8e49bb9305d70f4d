/** Networks in CIDR notation (RFC 4632, RFC 4291 §2.3). An IPv4 address mapped into IPv6 is the IPv4 address. */
import { isIP, isIPv4 } from 'node:net'

export interface Cidr {
  /** 4 or 16 bytes, those beyond the prefix zero. */
  network: Buffer
  prefix: number
}

const mappedPrefix = Buffer.from('00000000000000000000ffff', 'hex')
const mappedBits = mappedPrefix.length * 8

/**
 * `203.0.113.0/24` or `2001:db8::/32`; a bare address is a network of one. Undefined for anything else, and for a
 * network with bits set beyond its prefix: whoever writes `203.0.113.7/24` has one of two things in mind.
 */
export function parseCidr(text: string): Cidr | undefined {
  const match = /^([0-9a-f:.]+)(?:\/(\d{1,3}))?$/i.exec(text)
  const written = match?.[1]
  if (written === undefined || isIP(written) === 0) return undefined
  const bytes = bytesOf(written)
  const bits = isIPv4(written) ? 32 : 128
  const prefix = match?.[2] === undefined ? bits : Number(match[2])
  if (prefix > bits) return undefined
  const isMapped = bits === 128 && bytes.length === 4
  // A network wider than the mapped part is one of IPv6, and has no bits of IPv4 left.
  if (isMapped && prefix < mappedBits) return undefined
  const own = isMapped ? prefix - mappedBits : prefix
  return maskOf(bytes, own).equals(bytes) ? { network: bytes, prefix: own } : undefined
}

/** The one way to write it. */
export function formatCidr({ network, prefix }: Cidr): string {
  return `${formatAddress(network)}/${prefix}`
}

/** False also for what is no address. */
export function contains({ network, prefix }: Cidr, address: string): boolean {
  const [plain = ''] = address.split('%') // a zone (RFC 4007 §11) names an interface here, not a place
  if (isIP(plain) === 0) return false
  const bytes = bytesOf(plain)
  return bytes.length === network.length && maskOf(bytes, prefix).equals(network)
}

function maskOf(bytes: Buffer, prefix: number): Buffer {
  return Buffer.from(
    bytes.map((byte, index) => {
      const kept = Math.max(0, Math.min(8, prefix - index * 8))
      return byte & (0xff << (8 - kept))
    }),
  )
}

/** Of what `isIP` has approved: 4 bytes for IPv4, mapped or not, else 16. */
function bytesOf(address: string): Buffer {
  if (isIPv4(address)) return Buffer.from(address.split('.').map(Number))
  const bytes = ipv6Bytes(address)
  const isMapped = bytes.subarray(0, mappedPrefix.length).equals(mappedPrefix)
  return isMapped ? bytes.subarray(mappedPrefix.length) : bytes
}

function ipv6Bytes(address: string): Buffer {
  const dotted = /^(.*:)(\d+\.\d+\.\d+\.\d+)$/.exec(address)
  const text = dotted === null ? address : `${dotted[1]}${groupsOfIpv4(dotted[2] ?? '')}`
  const [head = '', tail] = text.split('::')
  const groups = (part: string) => (part === '' ? [] : part.split(':'))
  const first = groups(head)
  const last = tail === undefined ? [] : groups(tail)
  const zeros = new Array<string>(8 - first.length - last.length).fill('0')
  const hex = [...first, ...zeros, ...last].map((group) => group.padStart(4, '0')).join('')
  return Buffer.from(hex, 'hex')
}

function groupsOfIpv4(dotted: string): string {
  const hex = Buffer.from(dotted.split('.').map(Number)).toString('hex')
  return `${hex.slice(0, 4)}:${hex.slice(4)}`
}

function formatAddress(bytes: Buffer): string {
  if (bytes.length === 4) return [...bytes].join('.')
  const groups = Array.from({ length: 8 }, (_, index) => bytes.readUInt16BE(index * 2).toString(16))
  // The host part of a URL is the shortest form (RFC 5952).
  return new URL(`http://[${groups.join(':')}]`).hostname.slice(1, -1)
}

/** A link-local address of IPv6 without the name of its interface (RFC 4007 §11), which no network tells apart. */
export function withoutZone(address: string | null): string | null {
  return address?.replace(/%.*$/, '') ?? null
}
