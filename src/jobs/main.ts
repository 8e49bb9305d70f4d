/** The jobs process: assembly only. */
import { startRecurring } from '../process/recurring.ts'
import { type ProcessDeps, type Running, runProcess } from '../process/run.ts'
import { connectVault } from '../vault/client.ts'
import { startCertificateWork } from './certificate-work.ts'
import { startCounting } from './counting.ts'
import { startDataWork } from './data-work.ts'
import { DomainChecks, domainsAtOnce, openDomainChecksStore } from './domain-checks.ts'
import { DomainClaims, openDomainClaimsStore } from './domain-claims.ts'
import { Libraries } from './libraries.ts'
import { startMessageWork } from './message-work.ts'
import { startOidcWork } from './oidc-work.ts'
import { makeRecordLookup } from './record-lookup.ts'
import { startHousekeeping } from './retention.ts'

const checkMs = 5_000
const retryMs = 1_000

const libraries = new Libraries()

await runProcess('jobs', start, { beforeUser: (handover) => libraries.load(handover) })

async function start({ handover, log, clock, sql, report }: ProcessDeps<'jobs'>): Promise<Running> {
  const { settings, vaultSocket } = handover
  const ticket = Buffer.from(handover.ticket, 'base64url')
  const vault = connectVault({ socket: vaultSocket, role: 'jobs', ticket: handover.ticket, log })
  const lookUp = makeRecordLookup(settings.dns, { clock })
  const work = { handover, settings, vault, lookUp, sql, ticket, clock, log }
  const store = openDomainChecksStore(sql, ticket)
  const checks = new DomainChecks({
    ...work,
    store,
    hostname: settings.hostname,
    random: Math.random,
  })
  const claims = new DomainClaims({ ...work, store: openDomainClaimsStore(sql, ticket) })
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
  const works = [
    domainChecks,
    startHousekeeping(work),
    startMessageWork({ ...work, dns: settings.dns }),
    startCertificateWork({ ...work, library: libraries.acme }),
    startOidcWork({ ...work, library: libraries.oidc }),
    startCounting(work),
    startDataWork(work),
  ]
  const endListening = sql.listen('domain_checks', domainChecks.wake)
  report({ kind: 'ready', ports: {} })
  return {
    stop: async () => {
      await endListening()
      await Promise.all(works.map((one) => one.stop()))
      await vault.close()
    },
  }
}
