/** The jobs process: assembly only. */
import { keepHouse } from '../core/retention/queries.ts'
import { runProcess } from '../process/run.ts'
import { connectVault } from '../vault/client.ts'
import { startCounting } from './counting.ts'
import { DomainChecks, domainsAtOnce, openDomainChecksStore } from './domain-checks.ts'
import { DomainClaims, openDomainClaimsStore } from './domain-claims.ts'
import { startMessageWork } from './message-work.ts'
import { makeRecordLookup } from './record-lookup.ts'
import { startRecurring } from './recurring.ts'
import { startRetention } from './retention.ts'

const hourMs = 60 * 60_000
const checkMs = 5_000
const retryMs = 1_000
const daysAhead = 7
const forgottenMax = 5_000

await runProcess('jobs', async ({ handover, log, clock, sql, report }) => {
  const { settings, vaultSocket } = handover
  const ticket = Buffer.from(handover.ticket, 'base64url')
  const vault = connectVault({ socket: vaultSocket, role: 'jobs', ticket: handover.ticket, log })
  const lookUp = makeRecordLookup(settings.dns, { clock })
  const { hostname } = settings
  const shared = { vault, lookUp, clock, log }
  const store = openDomainChecksStore(sql, ticket)
  const checks = new DomainChecks({ ...shared, store, hostname, random: Math.random })
  const claims = new DomainClaims({ ...shared, store: openDomainClaimsStore(sql, ticket) })
  const housekeeping = startRecurring({
    operation: 'housekeeping',
    everyMs: hourMs,
    retryMs,
    round: async () =>
      (await keepHouse(sql, ticket, { daysAhead, rowLimit: forgottenMax })) === forgottenMax,
    log,
  })
  const domainChecks = startRecurring({
    operation: 'domain checks',
    everyMs: checkMs,
    retryMs,
    round: async () => {
      await claims.run()
      return (await checks.run()) === domainsAtOnce
    },
    log,
  })
  const messages = startMessageWork({ sql, ticket, vault, dns: settings.dns, clock, log })
  const counting = startCounting({ sql, ticket, log })
  const retention = startRetention({ sql, ticket, keepDays: settings.retentionDays, log })
  const endListening = sql.listen('domain_checks', domainChecks.wake)
  report({ kind: 'ready', ports: {} })
  return {
    stop: async () => {
      await endListening()
      const works = [housekeeping, domainChecks, counting, retention, messages]
      await Promise.all(works.map((work) => work.stop()))
      await vault.close()
    },
  }
})
