/** Orders the certificate that smtp asked for, again before it runs out, and after failures ever more rarely. */
import { examineChain } from '../core/certificates/issued-chain.ts'
import { OrderFault } from '../core/certificates/order-failure.ts'
import {
  type DueCertificate,
  findDueCertificate,
  type PostponedCertificate,
  postponeCertificate,
  type StoredCertificate,
  storeCertificate,
} from '../core/certificates/queries.ts'
import { renewAt, retryAt } from '../core/certificates/renewal.ts'
import type { Sql } from '../db/sql.ts'
import type { Clock } from '../lib/clock.ts'
import type { Log } from '../process/log.ts'
import type { Ordered } from './acme-order.ts'

/** What the orders need of the database, the ticket already shown. */
export interface CertificatesStore {
  findDue(hostname: string): Promise<DueCertificate | undefined>
  store(issued: StoredCertificate): Promise<boolean>
  postpone(postponed: PostponedCertificate): Promise<void>
}

export function openCertificatesStore(sql: Sql, ticket: Buffer): CertificatesStore {
  return {
    findDue: (hostname) => findDueCertificate(sql, ticket, hostname),
    store: (issued) => storeCertificate(sql, ticket, issued),
    postpone: (postponed) => postponeCertificate(sql, ticket, postponed),
  }
}

export interface CertificatesDeps {
  store: CertificatesStore
  hostname: string
  /** Throws OrderFault. */
  order: (ordered: Ordered) => Promise<string>
  clock: Clock
  /** From 0 to below 1. */
  random: () => number
  log: Log
}

export class Certificates {
  private readonly deps: CertificatesDeps
  private isStopping = false

  constructor(deps: CertificatesDeps) {
    this.deps = deps
  }

  stop(): void {
    this.isStopping = true
  }

  async run(): Promise<void> {
    const { store, hostname } = this.deps
    const due = await store.findDue(hostname)
    if (!due || this.isStopping) return
    try {
      await this.obtain(due)
    } catch (error) {
      if (!(error instanceof OrderFault)) throw error
      // An order that a stop has cut short is begun again by the next start.
      if (!this.isStopping) await this.postpone(due, error)
    }
  }

  private async obtain({ keyHash, request }: DueCertificate): Promise<void> {
    const { store, hostname, order, clock, random, log } = this.deps
    const chain = await order({ hostname, request })
    const nowMs = clock.now()
    const examined = examineChain(chain, { hostname, keyHash, nowMs })
    if (examined.fault !== null) {
      log.error({ reason: examined.fault }, 'issued certificate does not fit')
      throw new OrderFault('unusable')
    }
    const dueAtMs = renewAt(examined, { nowMs, random: random() })
    const stored = await store.store({
      hostname,
      keyHash,
      chain,
      validFrom: new Date(examined.validFromMs),
      validUntil: new Date(examined.validUntilMs),
      dueAt: new Date(dueAtMs),
    })
    if (stored) log.info({ delayMs: Math.round(dueAtMs - nowMs) }, 'certificate issued')
    else log.warn({}, 'certificate issued for a key that is no longer in use')
  }

  private async postpone({ keyHash, failures }: DueCertificate, fault: OrderFault): Promise<void> {
    const { store, hostname, clock, random, log } = this.deps
    const nowMs = clock.now()
    const dueAtMs = retryAt({ failures, toldMs: fault.toldMs }, { nowMs, random: random() })
    const { failure: code } = fault
    const delayMs = Math.round(dueAtMs - nowMs)
    log.warn({ code, attempt: failures + 1, delayMs, error: fault }, 'certificate not issued')
    await store.postpone({ hostname, keyHash, code, dueAt: new Date(dueAtMs) })
  }
}
