import { isIPv6 } from 'node:net'
import type { Settings } from './settings.ts'

/** Where this machine reaches the API; null when its port is not known before it has started. */
export function apiAddress({ httpPort, bind }: Pick<Settings, 'httpPort' | 'bind'>): string | null {
  if (httpPort === 0) return null
  const reachable = new Map([
    ['0.0.0.0', '127.0.0.1'],
    ['::', '::1'],
  ])
  const host = reachable.get(bind) ?? bind
  return `http://${isIPv6(host) ? `[${host}]` : host}:${httpPort}`
}

/** Whether bulk mail is given links to unsubscribe: at a public address, or on this machine for the local inbox. */
export function addsUnsubscribe({ publicUrl, route }: Pick<Settings, 'publicUrl' | 'route'>) {
  return publicUrl !== null || route === 'inbox'
}
