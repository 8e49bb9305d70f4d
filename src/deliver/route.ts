/** Where a message for a domain goes: a line of the routes file, else the one route of the settings. */
import type { HostPort, Settings } from '../config/settings.ts'
import type { Route } from '../process/handover.ts'

export type FindRoute = (recipientDomain: string) => HostPort & {
  /** The local inbox, on the loopback: what goes there crosses no network. */
  isInbox?: true
}

export interface Routes {
  routes: readonly Route[]
  route: Settings['route']
  /** Where the local inbox listens; null when none runs. */
  inboxSmtpPort: number | null
}

/**
 * As transport maps do it: the domain itself first, then `.suffix` from the longest to the shortest, then `*`. Of two
 * lines for one name the first counts.
 */
export function makeRoute({ routes, route, inboxSmtpPort }: Routes): FindRoute {
  const table = new Map<string, HostPort>()
  for (const { domain, host, port } of routes) {
    if (!table.has(domain)) table.set(domain, { host, port })
  }
  const otherwise = table.get('*') ?? defaultRoute(route, inboxSmtpPort)
  return (recipientDomain) => {
    const domain = recipientDomain.toLowerCase()
    return table.get(domain) ?? suffixRoute(table, domain) ?? otherwise
  }
}

function suffixRoute(table: ReadonlyMap<string, HostPort>, domain: string): HostPort | undefined {
  for (let dot = domain.indexOf('.'); dot !== -1; dot = domain.indexOf('.', dot + 1)) {
    const found = table.get(domain.slice(dot))
    if (found) return found
  }
  return undefined
}

function defaultRoute(
  route: Settings['route'],
  inboxSmtpPort: number | null,
): ReturnType<FindRoute> {
  if (route !== 'inbox') return route
  if (inboxSmtpPort === null) throw new Error('the route is the inbox, and no inbox runs')
  return { host: '127.0.0.1', port: inboxSmtpPort, isInbox: true }
}

/** An address always has one by now; the last `@` separates, since a quoted local part may hold another. */
export function domainOf(address: string): string {
  return address.slice(address.lastIndexOf('@') + 1)
}
