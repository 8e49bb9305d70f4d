/** How the values of settings are read, and what is said of one that cannot be. */
import { isIP } from 'node:net'
import { formatCidr, parseCidr } from '../lib/cidr.ts'
import type { Setting } from './settings.ts'

export interface HostPort {
  host: string
  port: number
}

/** `rule` completes the sentence "NAME must …" and `fix` is what to write instead. */
export type Parsed<Value> = { value: Value } | { rule: string; fix: string }

export const retentionDaysMax = 3_650

/** `smtp://host` and `smtp://host:port`; an IPv6 address stands in brackets. */
export function parseSmtpUrl(text: string): HostPort | undefined {
  const match = /^smtp:\/\/(?:\[([0-9a-f:.]+)\]|([a-z0-9_.-]+))(?::(\d{1,5}))?\/?$/i.exec(text)
  const host = match?.[1] ?? match?.[2]
  const portNumber = Number(match?.[3] ?? 25)
  if (host === undefined || portNumber < 1 || portNumber > 65_535) return undefined
  if (match?.[1] !== undefined && isIP(host) !== 6) return undefined
  return { host: host.toLowerCase(), port: portNumber }
}

export function filled(rule: string, fix: string): (text: string) => Parsed<string> {
  return (text) => (text.trim() === '' || text.includes('\0') ? { rule, fix } : { value: text })
}

/** A file that the supervisor reads, and hands on what is in it; a relative path is one from the folder of the start. */
export function file(name: string, description: string): Setting<string | null> {
  return {
    name,
    description,
    accepts: 'a file',
    defaultText: '',
    roles: [],
    secret: false,
    fallback: null,
    parse: filled('be the path of a file', 'name the file or leave the setting out'),
  }
}

export function parseRoute(text: string): Parsed<'inbox' | HostPort> {
  if (text === 'inbox') return { value: 'inbox' }
  if (text === 'mx') {
    return {
      rule: 'not be `mx` yet: delivery to the hosts of each domain comes with a later version',
      fix: 'write POSTERN_ROUTE=inbox, or POSTERN_ROUTE=smtp://host:port to relay',
    }
  }
  const value = parseSmtpUrl(text)
  if (value) return { value }
  return {
    rule: 'be `inbox` or `smtp://host:port`',
    fix: 'write POSTERN_ROUTE=inbox, or for example POSTERN_ROUTE=smtp://relay.example.com:25',
  }
}

export function parseNetworks(text: string): Parsed<string[]> {
  const networks = text.split(',').map((part) => parseCidr(part.trim()))
  const known = networks.flatMap((network) => (network ? formatCidr(network) : []))
  if (known.length === networks.length) return { value: known }
  return {
    rule: 'be networks in CIDR notation without bits beyond their prefix, separated by commas',
    fix: 'write for example POSTERN_TRUSTED_PROXIES=127.0.0.1/32,10.0.0.0/8',
  }
}

export function parseRetentionDays(text: string): Parsed<number> {
  const value = /^\d{1,4}$/.test(text) ? Number(text) : 0
  if (value >= 1 && value <= retentionDaysMax) return { value }
  return {
    rule: `be a whole number of days from 1 to ${retentionDaysMax}`,
    fix: 'write POSTERN_RETENTION_DAYS=30',
  }
}

export function parseDns(text: string): Parsed<HostPort> {
  const match = /^(?:\[([0-9a-f:.]+)\]|([0-9.]+))(?::(\d{1,5}))?$/i.exec(text)
  const host = match?.[1] ?? match?.[2]
  const portNumber = Number(match?.[3] ?? 53)
  if (host !== undefined && isIP(host) > 0 && portNumber >= 1 && portNumber <= 65_535) {
    return { value: { host, port: portNumber } }
  }
  return { rule: 'be an address and a port', fix: 'write POSTERN_DNS=127.0.0.1:53' }
}

export function parseHostname(text: string): Parsed<string> {
  const label = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/
  const value = text.toLowerCase()
  if (value.length <= 253 && value.split('.').every((part) => label.test(part))) return { value }
  return {
    rule: 'be a host name of letters, digits, hyphens and dots',
    fix: 'write for example POSTERN_HOSTNAME=mail.example.com',
  }
}

/** `postgres://user@/name?host=/folder` names a socket and no host, which the URL standard does not know. */
export function withHost(databaseUrl: string): string {
  return databaseUrl.replace(/^(postgres(?:ql)?:\/\/(?:[^/?#]*@)?)\//, '$1localhost/')
}

export function parseDatabaseUrl(text: string): Parsed<string> {
  const url = URL.canParse(withHost(text)) ? new URL(withHost(text)) : undefined
  if (url && /^postgres(ql)?:$/.test(url.protocol)) return { value: text }
  return {
    rule: 'be a PostgreSQL URL',
    fix: 'write DATABASE_URL=postgres://user:password@host:5432/database',
  }
}
