import assert from 'node:assert/strict'
import { BlockList, isIPv4 } from 'node:net'
import { test } from 'node:test'
import fc from 'fast-check'
import { contains, formatCidr, parseCidr } from './cidr.ts'

const ipv4 = fc.ipV4()
const ipv6 = fc.ipV6()

/** The address without the bits beyond the prefix, and the prefix cut to what its family has. */
function networkOf(address: string, wanted: number): { text: string; prefix: number } {
  const { network } = parseCidr(address)!
  const prefix = Math.min(wanted, network.length * 8)
  const kept = (n: number) => Math.max(0, Math.min(8, prefix - n * 8))
  const bytes = Buffer.from(network.map((byte, n) => byte & (0xff << (8 - kept(n)))))
  return { text: formatCidr({ network: bytes, prefix }), prefix }
}

for (const [family, addresses, bits] of [
  ['ipv4', ipv4, 32],
  ['ipv6', ipv6, 128],
] as const) {
  test(`a network of ${family} contains what Node says it contains`, () => {
    const near = fc.tuple(addresses, addresses, fc.integer({ min: 0, max: bits }))
    fc.assert(
      fc.property(near, ([base, address, wanted]) => {
        const { text, prefix } = networkOf(base, wanted)
        const [network = ''] = text.split('/')
        const list = new BlockList()
        list.addSubnet(network, prefix, isIPv4(network) ? 'ipv4' : 'ipv6')
        for (const one of [base, address]) {
          assert.equal(contains(parseCidr(text)!, one), list.check(one, family), `${one} ${text}`)
        }
      }),
    )
  })
}

test('what is written is read back as the same network', () => {
  fc.assert(
    fc.property(fc.oneof(ipv4, ipv6), (address) => {
      const cidr = parseCidr(address)!
      assert.deepEqual(parseCidr(formatCidr(cidr)), cidr)
    }),
  )
})

test('an IPv4 address mapped into IPv6 is the IPv4 address', () => {
  fc.assert(
    fc.property(ipv4, (address) => {
      assert.deepEqual(parseCidr(`::ffff:${address}`), parseCidr(address))
      assert.ok(contains(parseCidr(address)!, `::ffff:${address}`))
      assert.ok(contains(parseCidr('::ffff:0:0/96')!, address))
    }),
  )
})

test('text of any kind is read or refused, never thrown at', () => {
  fc.assert(
    fc.property(fc.string(), (text) => {
      const cidr = parseCidr(text)
      assert.ok(cidr === undefined || contains(cidr, formatCidr(cidr).split('/')[0]!))
    }),
  )
})

for (const text of [
  '',
  '203.0.113.7/24',
  '203.0.113.0/33',
  '2001:db8::/129',
  '2001:db8::1/64',
  '::ffff:0:0/95',
  '1.2.3',
  '1.2.3.4/',
  'fe80::1%eth0',
  'localhost',
]) {
  test(`no network: ${text}`, () => assert.equal(parseCidr(text), undefined))
}

for (const [network, inside, outside] of [
  ['203.0.113.0/24', '203.0.113.255', '203.0.114.0'],
  ['0.0.0.0/0', '8.8.8.8', '::1'],
  ['::/0', '2001:db8::1', '8.8.8.8'],
  ['2001:db8::/32', '2001:DB8:ffff::1', '2001:db9::1'],
  ['fe80::/10', 'fe80::1%eth0', 'fec0::1'],
  ['127.0.0.1', '::ffff:127.0.0.1', '127.0.0.2'],
] as const) {
  test(`${network} contains ${inside} and not ${outside}`, () => {
    const cidr = parseCidr(network)!
    assert.deepEqual([contains(cidr, inside), contains(cidr, outside)], [true, false])
  })
}
