/** The address the reader came by, for examples that can be pasted. */
import { isIPv6 } from 'node:net'

const hostLengthMax = 255
const name = /^[a-z0-9]([a-z0-9.-]*[a-z0-9])?(:\d{1,5})?$/i
const bracketed = /^\[([0-9a-f:.]+)\](:\d{1,5})?$/i

/** A Host header that is no host and port is not repeated; the server's own place is said instead. */
export function addressOf(
  { protocol, host }: { protocol: string; host: string },
  bound: unknown,
): string {
  const scheme = protocol === 'https' ? 'https' : 'http'
  return isHost(host) ? `${scheme}://${host.toLowerCase()}` : `http://${placeOf(bound)}`
}

function isHost(host: string): boolean {
  if (host.length > hostLengthMax) return false
  const literal = bracketed.exec(host)?.[1]
  return literal === undefined ? name.test(host) : isIPv6(literal)
}

function placeOf(bound: unknown): string {
  const port = typeof bound === 'object' && bound !== null && 'port' in bound ? bound.port : 8025
  return `127.0.0.1:${port}`
}
