/** Addresses of a mail host, asked of the resolver of the settings when there is one, else of the machine. */
import { lookup, Resolver } from 'node:dns/promises'
import { isIP } from 'node:net'
import type { HostPort } from '../config/settings.ts'

/** Empty when the host has no address; throws when nobody could say. */
export type Lookup = (host: string) => Promise<string[]>

const lookupMs = 5_000
const lookupTries = 2

export function makeLookup(dns: HostPort | null): Lookup {
  if (!dns) return lookUpByMachine
  const resolver = new Resolver({ timeout: lookupMs, tries: lookupTries })
  resolver.setServers([
    dns.host.includes(':') ? `[${dns.host}]:${dns.port}` : `${dns.host}:${dns.port}`,
  ])
  return async (host) => {
    if (isIP(host) > 0) return [host]
    const [four, six] = await Promise.allSettled([resolver.resolve4(host), resolver.resolve6(host)])
    const found = [four, six].flatMap((each) => (each.status === 'fulfilled' ? each.value : []))
    const failure = [four, six].find(
      (each) => each.status === 'rejected' && !isNoRecord(each.reason),
    )
    if (found.length === 0 && failure?.status === 'rejected') throw failure.reason
    return found
  }
}

async function lookUpByMachine(host: string): Promise<string[]> {
  if (isIP(host) > 0) return [host]
  const found = await lookup(host, { all: true })
  return found.map(({ address }) => address)
}

function isNoRecord(error: unknown): boolean {
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  return code === 'ENOTFOUND' || code === 'ENODATA'
}
