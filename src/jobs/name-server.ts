/** One name server, asked by itself: a list of them would not say which has answered. */
import { Resolver } from 'node:dns/promises'

export interface NameServer {
  /** As `setServers` takes it. */
  address: string
  resolver: Resolver
}

export function nameServer(
  address: string,
  { timeoutMs, tries }: { timeoutMs: number; tries: number },
): NameServer {
  const resolver = new Resolver({ timeout: timeoutMs, tries })
  resolver.setServers([address])
  return { address, resolver }
}
