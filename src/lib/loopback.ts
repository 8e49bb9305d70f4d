/** What is this machine and no other. */
import { isIPv4 } from 'node:net'

const names: ReadonlySet<string> = new Set(['localhost', '127.0.0.1', '[::1]'])

/** A name as it stands in a web address, without the port. */
export function isLoopbackName(name: string): boolean {
  return names.has(name.toLowerCase())
}

export function isLoopbackAddress(address: string): boolean {
  return address === '::1' || (isIPv4(address) && address.startsWith('127.'))
}
