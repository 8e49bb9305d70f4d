/**
 * Looks up DNS records, and says which name server answered. With a resolver in the settings that one is asked for
 * everything. Otherwise what the zone's own name servers have counts at once: a resolver may remember for hours that a
 * record was not there. What they do not have the resolver may still find, behind an alias for example.
 */

import type { Resolver } from 'node:dns/promises'
import { getServers } from 'node:dns/promises'
import { isIPv6 } from 'node:net'
import type { HostPort } from '../config/settings.ts'
import type { LookUp, RecordAnswer } from '../core/domains/look-at-record.ts'
import { type Clock, systemClock } from '../lib/clock.ts'
import { type NameServer, nameServer } from './name-server.ts'
import { ZoneServers } from './zone-servers.ts'

const patienceMs = 3_000
const tries = 2
const valuesMax = 50

export function makeRecordLookup(
  dns: HostPort | null,
  {
    timeoutMs = patienceMs,
    clock = systemClock,
  }: { timeoutMs?: number | undefined; clock?: Clock } = {},
): LookUp {
  if (dns) {
    const servers = [nameServer(serverOf(dns), { timeoutMs, tries })]
    return ({ type, name }) => askInTurn(servers, type, name)
  }
  const resolvers = getServers().map((address) => nameServer(address, { timeoutMs, tries }))
  const zoneServers = new ZoneServers({ resolvers, clock })
  return async ({ type, name }) => {
    const servers = await zoneServers.of(name)
    const direct = await askInTurn(servers, type, name)
    if (servers.length > 0) zoneServers.note(direct.kind !== 'unanswered')
    return direct.kind === 'found' ? direct : askInTurn(resolvers, type, name)
  }
}

function serverOf({ host, port }: HostPort): string {
  return isIPv6(host) ? `[${host}]:${port}` : `${host}:${port}`
}

/** The first server that can say. */
async function askInTurn(
  servers: readonly NameServer[],
  type: string,
  name: string,
): Promise<RecordAnswer> {
  for (const { address: answeredBy, resolver } of servers) {
    try {
      const values = await ask(resolver, type, name)
      return { kind: 'found', values: values.slice(0, valuesMax), answeredBy }
    } catch (error) {
      if (isAbsent(error)) return { kind: 'absent', answeredBy }
    }
  }
  return { kind: 'unanswered' }
}

/** Aliases are followed, so a domain that publishes CNAMEs to us passes as well. */
async function ask(resolver: Resolver, type: string, name: string): Promise<string[]> {
  switch (type) {
    case 'MX':
      return (await resolver.resolveMx(name)).map(
        ({ priority, exchange }) => `${priority} ${exchange}`,
      )
    case 'TXT':
      return (await resolver.resolveTxt(name)).map((strings) => strings.join(''))
    case 'CNAME':
      return resolver.resolveCname(name)
    case 'A':
      return resolver.resolve4(name)
    case 'AAAA':
      return resolver.resolve6(name)
    case 'PTR':
      return resolver.resolvePtr(name)
    default:
      throw new RangeError(`${type} records are not looked up`)
  }
}

/** The name does not exist, or has no record of this type. */
function isAbsent(error: unknown): boolean {
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  return code === 'ENOTFOUND' || code === 'ENODATA'
}
