/** The name servers of the zone that a name lies in, asked for once in some minutes. */
import { BlockList } from 'node:net'
import { zoneOf } from '../core/domains/domain-name.ts'
import type { Clock } from '../lib/clock.ts'
import { type NameServer, nameServer } from './name-server.ts'

const serversMax = 3
const keptMs = 5 * 60_000
const namesMax = 5_000

/**
 * Whoever owns the zone chooses these addresses, so none of them may lie in a network that is not the world's (RFC 6890):
 * a look-up must not become a way to knock on our own machines.
 */
const notPublic = new BlockList()
for (const [network, prefix] of [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['224.0.0.0', 3],
] as const) {
  notPublic.addSubnet(network, prefix, 'ipv4')
}

export function isPublicAddress(address: string): boolean {
  return !notPublic.check(address, 'ipv4')
}

export interface ZoneServersDeps {
  resolvers: readonly NameServer[]
  timeoutMs: number
  clock: Clock
}

/** Empty where nobody can say which they are. */
export function findZoneServers(deps: ZoneServersDeps): (name: string) => Promise<NameServer[]> {
  const known = new Map<string, { servers: Promise<NameServer[]>; untilMs: number }>()
  return (name) => {
    const nowMs = deps.clock.now()
    const kept = known.get(name)
    if (kept && kept.untilMs > nowMs) return kept.servers
    if (known.size >= namesMax) known.clear()
    const servers = climb(name, deps)
    known.set(name, { servers, untilMs: nowMs + keptMs })
    return servers
  }
}

/** From the name upwards, since any label may begin a zone of its own; the first that has name servers is it. */
async function climb(
  name: string,
  { resolvers, timeoutMs }: ZoneServersDeps,
): Promise<NameServer[]> {
  const [first] = resolvers
  const top = zoneOf(name)
  for (let zone = name; first; zone = zone.slice(zone.indexOf('.') + 1)) {
    const names = await first.resolver.resolveNs(zone).catch((): string[] => [])
    if (names.length > 0) return addressesOf(names.slice(0, serversMax), first, timeoutMs)
    if (zone.length <= top.length) break
  }
  return []
}

async function addressesOf(
  names: readonly string[],
  { resolver }: NameServer,
  timeoutMs: number,
): Promise<NameServer[]> {
  const addresses = await Promise.all(
    names.map((name) => resolver.resolve4(name).catch((): string[] => [])),
  )
  return addresses
    .flatMap((of) => of.slice(0, 1))
    .filter(isPublicAddress)
    .map((address) => nameServer(address, timeoutMs))
}
