/** Looks at the DNS records of domains whose owners asked for it, and has vault sign what changed. */

import {
  compareRecords,
  judgeDomain,
  type RecordAnswer,
  type Verdict,
} from '../core/domains/check-domain.ts'
import {
  type CheckAnswer,
  type CheckedDomain,
  listDueDomainChecks,
  recordDomainCheck,
} from '../core/domains/check-queries.ts'
import type { DomainDocument } from '../core/domains/queries.ts'
import { expectedRecords, type RecordsFound } from '../core/domains/records.ts'
import type { Sql } from '../db/sql.ts'
import type { Clock } from '../lib/clock.ts'
import type { Log } from '../process/log.ts'
import type { VaultClient } from '../vault/client.ts'
import { isOutage } from './outage.ts'
import type { LookUpRecord } from './record-lookup.ts'

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
  lookUp: LookUpRecord
  hostname: string
  clock: Clock
  log: Log
}

const domainsAtOnce = 20
/** So many looks in a row must agree before a domain loses something it had, or before nobody's answer is an answer. */
const looksMax = 3
const remembered = 10_000

export class DomainChecks {
  private readonly deps: DomainChecksDeps
  /** Looks at a domain that would have been a loss, or without an answer. */
  private readonly looks = new Map<string, number>()

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

  /** Whoever fails for a reason of their own is taken off the list, or twenty of them would stop all others. */
  private async giveUp(domain: DomainDocument, error: unknown): Promise<void> {
    if (isOutage(error)) throw error
    const { id: domainId, accountId, recordsFound: found } = domain
    this.deps.log.error({ error, domainId, accountId }, 'domain check failed')
    await this.deps.store.record({ accountId, domainId, found, signed: null })
  }

  private async check(domain: DomainDocument): Promise<void> {
    const { lookUp, hostname, clock } = this.deps
    const selectors = domain.selectors.map(({ selector, publicKey }) => ({
      selector,
      publicKey: Buffer.from(publicKey, 'hex'),
    }))
    const expected = expectedRecords({ ...domain, selectors }, hostname)
    const answers = await Promise.all(expected.map(lookUp))
    const found = compareRecords(expected, answers, domain.recordsFound)
    const { name, returnPath, createdAt, state } = domain
    const verdict = judgeDomain(
      { name, returnPath, createdAtMs: createdAt, state: state.columns, expected, found },
      clock.now(),
    )
    if (this.isToBeRepeated(domain, answers, verdict)) return
    this.looks.delete(domain.id)
    await this.record(domain, found, verdict)
  }

  /** True: the domain stays due, and the next round looks again. */
  private isToBeRepeated(
    { id, state }: DomainDocument,
    answers: readonly RecordAnswer[],
    verdict: Verdict,
  ): boolean {
    const { status, returnPathReady } = state.columns
    const isLoss =
      (status === 'verified' && verdict.status !== 'verified') ||
      (returnPathReady && !verdict.returnPathReady)
    if (!isLoss && answers.every((answer) => answer.kind !== 'unanswered')) return false
    const looks = (this.looks.get(id) ?? 0) + 1
    if (this.looks.size >= remembered) this.looks.clear()
    this.looks.set(id, looks)
    return looks < looksMax
  }

  private async record(
    domain: DomainDocument,
    found: RecordsFound,
    verdict: Verdict,
  ): Promise<void> {
    const { store, vault, log } = this.deps
    const { id: domainId, accountId } = domain
    const { status, returnPathReady } = lossAsFailure(domain, verdict)
    const before = domain.state.columns
    const isChanged = status !== before.status || returnPathReady !== before.returnPathReady
    const authorised = isChanged
      ? await vault.authorise('ticket', {
          kind: 'domain_state',
          accountId,
          domainId,
          status,
          returnPathReady,
        })
      : null
    const answer = await store.record({
      accountId,
      domainId,
      found,
      signed: authorised?.signed ?? null,
    })
    const fields = { accountId, domainId, state: status }
    if (answer === 'stored') log.info(fields, 'domain checked')
    else log.warn({ ...fields, reason: answer }, 'domain check not stored')
  }
}

/** Pending is for what was never there; a verified domain whose key is gone has failed, however new it is. */
function lossAsFailure(domain: DomainDocument, verdict: Verdict): Verdict {
  const wasVerified = domain.state.columns.status === 'verified'
  return wasVerified && verdict.status === 'pending' ? { ...verdict, status: 'failed' } : verdict
}
