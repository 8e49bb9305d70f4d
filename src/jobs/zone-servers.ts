/** The name servers of the zone that a name lies in, asked for once in some minutes. */
import { BlockList } from 'node:net'
import { zoneOf } from '../core/domains/domain-name.ts'
import type { Clock } from '../lib/clock.ts'
import { type NameServer, nameServer } from './name-server.ts'

/** Two are asked once each, and not for long: the machine's resolver can answer as well. */
const serversMax = 2
const patience = { timeoutMs: 1_500, tries: 1 }
const keptMs = 5 * 60_000
const namesMax = 5_000
/** Port 53 may be closed outward: after so many questions in a row without an answer none is asked for a while. */
const silentMax = 5
const silentMs = 10 * 60_000

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
  /** Who says which they are. */
  resolvers: readonly NameServer[]
  clock: Clock
}

export class ZoneServers {
  private readonly deps: ZoneServersDeps
  private readonly known = new Map<string, { servers: Promise<NameServer[]>; untilMs: number }>()
  private silent = 0
  private silentUntilMs = 0

  constructor(deps: ZoneServersDeps) {
    this.deps = deps
  }

  /** Empty where nobody can say which they are, and while none of them can be reached. */
  async of(name: string): Promise<NameServer[]> {
    const nowMs = this.deps.clock.now()
    if (nowMs < this.silentUntilMs) return []
    const kept = this.known.get(name)
    if (kept && kept.untilMs > nowMs) return kept.servers
    if (this.known.size >= namesMax) this.known.clear()
    const servers = climb(name, this.deps.resolvers)
    this.known.set(name, { servers, untilMs: nowMs + keptMs })
    return servers
  }

  /** Told after each question whether one of them answered. */
  note(isAnswered: boolean): void {
    this.silent = isAnswered ? 0 : this.silent + 1
    if (this.silent < silentMax) return
    this.silent = 0
    this.silentUntilMs = this.deps.clock.now() + silentMs
  }
}

/** From the name upwards, since any label may begin a zone of its own; the first that has name servers is it. */
async function climb(name: string, [first]: readonly NameServer[]): Promise<NameServer[]> {
  const top = zoneOf(name)
  for (let zone = name; first; zone = zone.slice(zone.indexOf('.') + 1)) {
    const names = await first.resolver.resolveNs(zone).catch((): string[] => [])
    if (names.length > 0) return addressesOf(names.slice(0, serversMax), first)
    if (zone.length <= top.length) break
  }
  return []
}

async function addressesOf(
  names: readonly string[],
  { resolver }: NameServer,
): Promise<NameServer[]> {
  const addresses = await Promise.all(
    names.map((name) => resolver.resolve4(name).catch((): string[] => [])),
  )
  return addresses
    .flatMap((of) => of.slice(0, 1))
    .filter(isPublicAddress)
    .map((address) => nameServer(address, patience))
}
