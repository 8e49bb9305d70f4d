/** Adds send.bench.test as a customer would: create it, publish the records it asks for, have them verified. */
import { setTimeout as pause } from 'node:timers/promises'
import type { Zone, ZoneEntry } from '../test/support/dns-server.ts'

const domainName = 'send.bench.test'
const registeredName = 'bench.test'
const verifySecondsMax = 60

interface DomainRecord {
  type: string
  name: string
  value: string
  priority?: number
}

/** What is used of the API's answer. */
interface Domain {
  id: string
  status: string
  records: DomainRecord[]
}

export async function verifyDomain(options: {
  base: string
  key: string
  /** Of the DNS server that Postern asks. */
  zone: Zone
}): Promise<void> {
  const { zone } = options
  const { id, records } = await call(options, 'POST', '/domains', { name: domainName })
  for (const record of records) publish(zone, record)
  await call(options, 'POST', `/domains/${id}/verify`)
  for (let attempt = 0; attempt < verifySecondsMax * 4; attempt++) {
    const { status } = await call(options, 'GET', `/domains/${id}`)
    if (status === 'verified') return
    await pause(250)
  }
  throw new Error(`${domainName} was not verified within ${verifySecondsMax} s`)
}

/** Names come relative to the registered domain; one that is meant otherwise is found as well. */
export function publish(zone: Zone, { type, name, value, priority }: DomainRecord): void {
  const isAbsolute = name === registeredName || name.endsWith(`.${registeredName}`)
  const names = isAbsolute ? [name] : [`${name}.${registeredName}`, `${name}.${domainName}`]
  for (const fullName of names) {
    const entry: ZoneEntry = zone[fullName] ?? {}
    zone[fullName] = entry
    if (type === 'TXT') entry.TXT = [...(entry.TXT ?? []), value]
    if (type === 'CNAME') entry.CNAME = value
    if (type === 'MX')
      entry.MX = [...(entry.MX ?? []), { priority: priority ?? 10, exchange: value }]
  }
}

async function call(
  { base, key }: { base: string; key: string },
  method: string,
  path: string,
  body?: object,
): Promise<Domain> {
  const response = await fetch(new URL(path, base), {
    method,
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    ...(body && { body: JSON.stringify(body) }),
    signal: AbortSignal.timeout(30_000),
  })
  const text = await response.text()
  if (!response.ok) throw new Error(`${method} ${path} answered ${response.status} ${text}`)
  // The compatible dialect's domain; what is missing shows at once.
  return JSON.parse(text) as Domain
}
