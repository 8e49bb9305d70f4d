/** `postern doctor --live DOMAIN`: everything that must be right in the world before mail of that domain leaves. */
import type { Settings } from '../config/settings.ts'
import { listDomainsNamed } from '../core/operations/domain-queries.ts'
import { findServerFacts } from '../core/operations/queries.ts'
import { makeRecordLookup } from '../jobs/record-lookup.ts'
import { systemClock } from '../lib/clock.ts'
import { asciiDomain } from '../mail/address.ts'
import { makeLookup } from '../process/host-lookup.ts'
import { UsageError } from './command-failure.ts'
import { examineDomain, examineName } from './examine-domain.ts'
import { judgeClock } from './examine-instance.ts'
import { examineLive } from './examine-live.ts'
import { type Finding, fail } from './finding.ts'
import { makeKnock } from './knock.ts'
import { asOperator } from './operator.ts'

export async function examineGoingLive(domain: string, settings: Settings): Promise<Finding[]> {
  const name = asciiDomain(domain)
  if (name === undefined) throw new UsageError('--live must be a domain such as mail.example.com')
  const { hostname, dns } = settings
  const lookUp = makeRecordLookup(dns)
  const knock = makeKnock({ helloName: hostname, lookup: makeLookup(dns) })
  return asOperator(async ({ sql, h1, authority }) => {
    const domains = await listDomainsNamed(sql, h1, name)
    const looked = await Promise.all(
      domains.map((one) => {
        const isGenuine = authority.distrust(one.state, one.id) === undefined
        return examineDomain({ domain: one, isGenuine }, { lookUp, hostname })
      }),
    )
    return [
      ...(await examineName(name, lookUp)),
      ...(looked.length === 0 ? [unknownDomain(name)] : looked.flat()),
      ...(await examineLive(name, { settings, lookUp, knock })),
      judgeClock(await findServerFacts(sql), systemClock.now()),
    ]
  })
}

function unknownDomain(name: string): Finding {
  return fail(
    'domain',
    `no account has ${name}`,
    `add it with \`postern domain add ${name} --account ID\``,
  )
}
