/** The part of jobs that has certificates issued; nothing of it runs while the settings name no authority. */
import { storeChallenge } from '../core/certificates/queries.ts'
import type { Pool } from '../db/sql.ts'
import type { Clock } from '../lib/clock.ts'
import type { Handover } from '../process/handover.ts'
import { makeLookup } from '../process/host-lookup.ts'
import type { Log } from '../process/log.ts'
import { startRecurring } from '../process/recurring.ts'
import { readAccountKey } from './account-key.ts'
import type { AcmeLibrary } from './acme-library.ts'
import { orderCertificate } from './acme-order.ts'
import { Certificates, openCertificatesStore } from './certificates.ts'

export interface CertificateWorkDeps {
  handover: Pick<Handover, 'settings' | 'dataFolder' | 'acmeCa'>
  library: AcmeLibrary
  sql: Pool
  ticket: Buffer
  clock: Clock
  log: Log
}

const lookMs = 60_000
const retryMs = 1_000

export function startCertificateWork({
  handover,
  library,
  sql,
  ticket,
  clock,
  log,
}: CertificateWorkDeps): { stop(): Promise<void> } {
  const { settings, dataFolder, acmeCa: ca } = handover
  const { acme: directory, acmeEmail: email, hostname, dns } = settings
  if (directory === null || dataFolder === null) return { stop: async () => {} }
  const stopping = new AbortController()
  const deps = {
    ...{ library, directory, email, ca, resolve: makeLookup(dns), signal: stopping.signal },
    accountKey: () => readAccountKey(dataFolder),
    publish: (challenge: Parameters<typeof storeChallenge>[2]) =>
      storeChallenge(sql, ticket, challenge),
  }
  const certificates = new Certificates({
    store: openCertificatesStore(sql, ticket),
    hostname,
    order: (ordered) => orderCertificate(ordered, deps),
    clock,
    random: Math.random,
    log,
  })
  const orders = startRecurring({
    operation: 'certificates',
    everyMs: lookMs,
    retryMs,
    round: async () => {
      await certificates.run()
      return false
    },
    log,
  })
  const endListening = sql.listen('certificates', orders.wake)
  return {
    async stop() {
      certificates.stop()
      stopping.abort()
      await endListening()
      await orders.stop()
    },
  }
}
