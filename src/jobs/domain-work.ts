/** Looks at domains in DNS: the claims of names that others hold, then the checks that are due or were asked for. */

import type { Settings } from '../config/settings.ts'
import type { Pool } from '../db/sql.ts'
import { type Recurring, startRecurring } from '../process/recurring.ts'
import {
  DomainChecks,
  type DomainChecksDeps,
  domainsAtOnce,
  openDomainChecksStore,
} from './domain-checks.ts'
import { DomainClaims, openDomainClaimsStore } from './domain-claims.ts'
import { makeRecordLookup } from './record-lookup.ts'

export interface DomainWorkDeps extends Pick<DomainChecksDeps, 'vault' | 'clock' | 'log'> {
  settings: Pick<Settings, 'dns' | 'hostname'>
  sql: Pool
  ticket: Buffer
}

const checkMs = 5_000
const retryMs = 1_000

export function startDomainWork({ settings, sql, ticket, ...deps }: DomainWorkDeps): Recurring {
  const { dns, hostname } = settings
  const shared = { ...deps, lookUp: makeRecordLookup(dns, deps) }
  const store = openDomainChecksStore(sql, ticket)
  const checks = new DomainChecks({ ...shared, store, hostname, random: Math.random })
  const claims = new DomainClaims({ ...shared, store: openDomainClaimsStore(sql, ticket) })
  const work = startRecurring({
    operation: 'domain checks',
    everyMs: checkMs,
    retryMs,
    round: async () => {
      await claims.run()
      return (await checks.run()) === domainsAtOnce
    },
    log: deps.log,
  })
  const endListening = sql.listen('domain_checks', work.wake)
  return {
    ...work,
    stop: async () => {
      await endListening()
      await work.stop()
    },
  }
}
