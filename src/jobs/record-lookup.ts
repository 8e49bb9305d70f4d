/** Looks up the records of a domain, through the resolver of the settings when there is one. */
import { Resolver } from 'node:dns/promises'
import { isIPv6 } from 'node:net'
import type { HostPort } from '../config/settings.ts'
import type { RecordAnswer } from '../core/domains/check-domain.ts'
import type { ExpectedRecord } from '../core/domains/records.ts'

export type LookUpRecord = (record: Pick<ExpectedRecord, 'type' | 'name'>) => Promise<RecordAnswer>

const patienceMs = 3_000
const tries = 2
const valuesMax = 50

export function makeRecordLookup(
  dns: HostPort | null,
  { timeoutMs = patienceMs }: { timeoutMs?: number } = {},
): LookUpRecord {
  const resolver = new Resolver({ timeout: timeoutMs, tries })
  if (dns) resolver.setServers([serverOf(dns)])
  return async ({ type, name }) => {
    try {
      const values = await ask(resolver, type, name)
      return { kind: 'found', values: values.slice(0, valuesMax) }
    } catch (error) {
      return { kind: isAbsent(error) ? 'absent' : 'unanswered' }
    }
  }
}

function serverOf({ host, port }: HostPort): string {
  return isIPv6(host) ? `[${host}]:${port}` : `${host}:${port}`
}

/** Aliases are followed, so a domain that publishes CNAMEs to us passes as well. */
async function ask(resolver: Resolver, type: string, name: string): Promise<string[]> {
  if (type === 'MX') return (await resolver.resolveMx(name)).map(({ exchange }) => exchange)
  return (await resolver.resolveTxt(name)).map((strings) => strings.join(''))
}

/** The name does not exist, or has no record of this type. */
function isAbsent(error: unknown): boolean {
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  return code === 'ENOTFOUND' || code === 'ENODATA'
}
