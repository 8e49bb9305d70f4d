/**
 * Which addresses a customer's program may have us call: those of the public internet and nothing else. Whoever could
 * name another would reach our own machines through us.
 */
import { BlockList, isIP } from 'node:net'

/** IANA's registry of special addresses (RFC 6890), and what clouds answer their own machines under. */
const special4: readonly [network: string, bits: number][] = [
  ['0.0.0.0', 8], // this network
  ['10.0.0.0', 8], // private
  ['100.64.0.0', 10], // behind a provider's address translation (RFC 6598)
  ['127.0.0.0', 8], // loopback
  ['168.63.129.16', 32], // a cloud's own services, though the address is a public one
  ['169.254.0.0', 16], // link-local, and most clouds' metadata
  ['172.16.0.0', 12], // private
  ['192.0.0.0', 24], // protocol assignments
  ['192.0.2.0', 24], // documentation
  ['192.31.196.0', 24], // AS112
  ['192.52.193.0', 24], // multicast tunnels
  ['192.88.99.0', 24], // 6to4 relays
  ['192.168.0.0', 16], // private
  ['192.175.48.0', 24], // AS112
  ['198.18.0.0', 15], // benchmarks
  ['198.51.100.0', 24], // documentation
  ['203.0.113.0', 24], // documentation
  ['224.0.0.0', 4], // multicast
  ['240.0.0.0', 4], // reserved, broadcast
]

/** Of the global unicast space; everything outside 2000::/3 is refused anyway. */
const special6: readonly [network: string, bits: number][] = [
  ['2001::', 23], // protocol assignments: Teredo, benchmarks, ORCHID
  ['2001:db8::', 32], // documentation
  ['2002::', 16], // 6to4: an IPv4 address in disguise
  ['2620:4f:8000::', 48], // AS112
  ['3fff::', 20], // documentation
]

const specials = new BlockList()
for (const [network, bits] of special4) specials.addSubnet(network, bits, 'ipv4')
for (const [network, bits] of special6) specials.addSubnet(network, bits, 'ipv6')

/** Also those that carry an IPv4 address (mapped, NAT64, compatible) lie outside. */
const global6 = new BlockList()
global6.addSubnet('2000::', 3, 'ipv6')

/** False for what is no address, too. */
export function isPublicAddress(address: string): boolean {
  switch (isIP(address)) {
    case 4:
      return !specials.check(address, 'ipv4')
    case 6:
      // A zone names one of our own interfaces.
      return (
        !address.includes('%') && global6.check(address, 'ipv6') && !specials.check(address, 'ipv6')
      )
    default:
      return false
  }
}
