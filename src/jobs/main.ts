/** The jobs process: assembly only. */
import { type ProcessDeps, type Running, runProcess } from '../process/run.ts'
import { connectVault } from '../vault/client.ts'
import { startCertificateWork } from './certificate-work.ts'
import { startCounting } from './counting.ts'
import { startDataWork } from './data-work.ts'
import { startDomainWork } from './domain-work.ts'
import { Libraries } from './libraries.ts'
import { startMessageWork } from './message-work.ts'
import { startOidcWork } from './oidc-work.ts'
import { startHousekeeping } from './retention.ts'

const libraries = new Libraries()

await runProcess('jobs', start, { beforeUser: (handover) => libraries.load(handover) })

async function start({ handover, log, clock, sql, report }: ProcessDeps<'jobs'>): Promise<Running> {
  const { settings, vaultSocket } = handover
  const ticket = Buffer.from(handover.ticket, 'base64url')
  const vault = connectVault({ socket: vaultSocket, role: 'jobs', ticket: handover.ticket, log })
  const deps = { handover, settings, vault, sql, ticket, clock, log }
  const works = [
    startHousekeeping(deps),
    startDomainWork(deps),
    startMessageWork({ ...deps, dns: settings.dns }),
    startCertificateWork({ ...deps, library: libraries.acme }),
    startOidcWork({ ...deps, library: libraries.oidc }),
    startCounting(deps),
    startDataWork(deps),
  ]
  report({ kind: 'ready', ports: {} })
  return {
    stop: async () => {
      await Promise.all(works.map((work) => work.stop()))
      await vault.close()
    },
  }
}
