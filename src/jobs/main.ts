/** The jobs process: assembly only. */
import type { Handover } from '../process/handover.ts'
import { startRecurring } from '../process/recurring.ts'
import { type ProcessDeps, type Running, runProcess } from '../process/run.ts'
import { connectVault } from '../vault/client.ts'
import { AcmeLibrary } from './acme-library.ts'
import { startCertificateWork } from './certificate-work.ts'
import { startCounting } from './counting.ts'
import { startDataWork } from './data-work.ts'
import { DomainChecks, domainsAtOnce, openDomainChecksStore } from './domain-checks.ts'
import { DomainClaims, openDomainClaimsStore } from './domain-claims.ts'
import { startMessageWork } from './message-work.ts'
import { makeRecordLookup } from './record-lookup.ts'
import { startHousekeeping } from './retention.ts'

const checkMs = 5_000
const retryMs = 1_000

const library = new AcmeLibrary()
const loadLibrary = ({ settings }: Handover) => library.load(settings)

await runProcess('jobs', start, { beforeUser: loadLibrary })

async function start({ handover, log, clock, sql, report }: ProcessDeps<'jobs'>): Promise<Running> {
  const { settings, vaultSocket } = handover
  const ticket = Buffer.from(handover.ticket, 'base64url')
  const vault = connectVault({ socket: vaultSocket, role: 'jobs', ticket: handover.ticket, log })
  const lookUp = makeRecordLookup(settings.dns, { clock })
  const { hostname } = settings
  const shared = { vault, lookUp, clock, log }
  const store = openDomainChecksStore(sql, ticket)
  const checks = new DomainChecks({ ...shared, store, hostname, random: Math.random })
  const claims = new DomainClaims({ ...shared, store: openDomainClaimsStore(sql, ticket) })
  const housekeeping = startHousekeeping({ sql, ticket, log })
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
  const certificates = startCertificateWork({ handover, library, sql, ticket, clock, log })
  const counting = startCounting({ sql, ticket, log })
  const data = startDataWork({ handover, sql, ticket, log })
  const endListening = sql.listen('domain_checks', domainChecks.wake)
  report({ kind: 'ready', ports: {} })
  return {
    stop: async () => {
      await endListening()
      const works = [housekeeping, domainChecks, certificates, counting, data, messages]
      await Promise.all(works.map((work) => work.stop()))
      await vault.close()
    },
  }
}
