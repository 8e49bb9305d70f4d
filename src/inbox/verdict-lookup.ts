/** The DNS of the verdicts: through the resolver of the settings, in bounds for each message. */
import { Resolver } from 'node:dns/promises'
import { isIPv6 } from 'node:net'
import type { HostPort } from '../config/settings.ts'
import type { Clock } from '../lib/clock.ts'
import { verdictLimits } from './limits.ts'

/** As `dns.resolve`; throws with its codes. */
export type Lookup = (name: string, type: string) => Promise<string[] | string[][]>

/** A look-up function for each message: it counts, and it stops when its time is over. */
export function makeVerdictLookup(dns: HostPort | null, clock: Clock): () => Lookup {
  const { dnsTimeoutMs: timeout, dnsTries: tries } = verdictLimits
  const resolver = new Resolver({ timeout, tries })
  if (dns) resolver.setServers([serverOf(dns)])
  return () => {
    const deadline = clock.now() + verdictLimits.timeMs
    let count = 0
    return async (name, type) => {
      if (isLocal(name)) throw failure('ENOTFOUND')
      count++
      if (count > verdictLimits.lookupsMax || clock.now() > deadline) throw failure('ETIMEOUT')
      // TXT gives lists of strings, the address types give strings; others are not asked for.
      return (await resolver.resolve(name, type)) as string[] | string[][]
    }
  }
}

function serverOf({ host, port }: HostPort): string {
  return isIPv6(host) ? `[${host}]:${port}` : `${host}:${port}`
}

/** RFC 6761 §6.3: these names belong to the machine itself, and no server need be asked. */
export function isLocal(name: string): boolean {
  return /(^|\.)localhost\.?$/i.test(name)
}

function failure(code: 'ENOTFOUND' | 'ETIMEOUT'): Error {
  return Object.assign(new Error('not asked'), { code })
}
