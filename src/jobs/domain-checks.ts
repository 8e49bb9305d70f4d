/** Looks at the DNS records of domains, asked for and by the clock, and has vault sign what changed. */
import {
  compareRecords,
  judgeDomain,
  nextLookAt,
  type Verdict,
} from '../core/domains/check-domain.ts'
import {
  type CheckAnswer,
  type CheckedDomain,
  listDueDomainChecks,
  recordDomainCheck,
} from '../core/domains/check-queries.ts'
import { keysOf } from '../core/domains/domain-keys.ts'
import { type Look, type LookUp, lookAtRecord } from '../core/domains/look-at-record.ts'
import { lookAtOwnSpf, ownSpfRecord } from '../core/domains/own-spf.ts'
import type { DomainDocument } from '../core/domains/queries.ts'
import { dmarcAdvice, type ExpectedRecord, expectedRecords } from '../core/domains/records.ts'
import type { Sql } from '../db/sql.ts'
import type { Clock } from '../lib/clock.ts'
import type { Log } from '../process/log.ts'
import { isOutage } from '../process/outage.ts'
import type { VaultClient } from '../vault/client.ts'

/** What the checks need of the database, the ticket already shown. */
export interface DomainChecksStore {
  listDue(rowLimit: number): Promise<DomainDocument[]>
  record(checked: CheckedDomain): Promise<CheckAnswer>
}

export function openDomainChecksStore(sql: Sql, ticket: Buffer): DomainChecksStore {
  return {
    listDue: (rowLimit) => listDueDomainChecks(sql, ticket, rowLimit),
    record: (checked) => recordDomainCheck(sql, ticket, checked),
  }
}

export interface DomainChecksDeps {
  store: DomainChecksStore
  vault: Pick<VaultClient, 'authorise'>
  lookUp: LookUp
  hostname: string
  clock: Clock
  /** From 0 to below 1. */
  random: () => number
  log: Log
}

export const domainsAtOnce = 20
const afterFaultMs = 5 * 60_000
/** Advice keeps nobody waiting for silent name servers. */
const ownSpfMs = 10_000

export class DomainChecks {
  private readonly deps: DomainChecksDeps

  constructor(deps: DomainChecksDeps) {
    this.deps = deps
  }

  /** Answers how many domains were due. One that fails harms no other; during an outage they stay due. */
  async run(): Promise<number> {
    const due = await this.deps.store.listDue(domainsAtOnce)
    const results = await Promise.allSettled(due.map((domain) => this.check(domain)))
    for (const [index, result] of results.entries()) {
      const domain = due[index]
      if (result.status === 'rejected' && domain) await this.giveUp(domain, result.reason)
    }
    return due.length
  }

  /** Whoever fails for a reason of their own is put off, or twenty of them would stop all others. */
  private async giveUp(domain: DomainDocument, error: unknown): Promise<void> {
    if (isOutage(error)) throw error
    const { id: domainId, accountId, recordsFound: found } = domain
    const { store, clock, log } = this.deps
    log.error({ error, domainId, accountId }, 'domain check failed')
    const nextCheckAt = new Date(clock.now() + afterFaultMs)
    await store.record({ accountId, domainId, found, nextCheckAt, signed: null })
  }

  private async check(domain: DomainDocument): Promise<void> {
    const { hostname, clock, random } = this.deps
    const { name, createdAt, recordsFound: before, state } = domain
    const expected = expectedRecords(keysOf(domain), hostname)
    const demanded = [...expected, dmarcAdvice(name)]
    const untilMs = clock.now() + ownSpfMs
    const isOver = () => clock.now() > untilMs
    const [looks, ownSpf] = await Promise.all([
      this.lookAt(demanded, name),
      lookAtOwnSpf(name, this.deps.lookUp, isOver),
    ])
    const nowMs = clock.now()
    const found = compareRecords(
      ownSpf ? [...demanded, ownSpfRecord(name)] : demanded,
      ownSpf ? [...looks, ownSpf] : looks,
      { before, nowMs },
    )
    const facts = { name, createdAtMs: createdAt, state: state.columns, expected, found }
    const verdict = judgeDomain(facts, nowMs)
    const isUnanswered = looks
      .slice(0, expected.length)
      .some(({ answer }) => answer.kind === 'unanswered')
    const { status } = verdict
    const nextAt = nextLookAt({ ...facts, status, isUnanswered }, { nowMs, random: random() })
    await this.record(domain, verdict, {
      found,
      nextCheckAt: nextAt === null ? null : new Date(nextAt),
    })
  }

  private lookAt(expected: readonly ExpectedRecord[], domainName: string): Promise<Look[]> {
    return Promise.all(expected.map((record) => lookAtRecord(record, domainName, this.deps.lookUp)))
  }

  private async record(
    domain: DomainDocument,
    { status, returnPathReady }: Verdict,
    result: Pick<CheckedDomain, 'found' | 'nextCheckAt'>,
  ): Promise<void> {
    const { store, vault, log } = this.deps
    const { id: domainId, accountId } = domain
    const before = domain.state.columns
    const isChanged = status !== before.status || returnPathReady !== before.returnPathReady
    const authorised = isChanged
      ? await vault.authorise('ticket', {
          kind: 'domain_state',
          accountId,
          domainId,
          status,
          returnPathReady,
          activeSelector: before.activeSelector,
        })
      : null
    const signed = authorised?.signed ?? null
    const answer = await store.record({ accountId, domainId, ...result, signed })
    if (signed && answer === 'stored' && before.status === 'verified' && status !== 'verified') {
      const end = { kind: 'confirm', of: 'domain_state', accountId, objectId: domainId } as const
      await vault.authorise('ticket', end)
    }
    const fields = { accountId, domainId, state: status }
    if (answer === 'stored') log.info(fields, 'domain checked')
    else log.warn({ ...fields, reason: answer }, 'domain check not stored')
  }
}
