/** Looks for the texts of claims, and moves a name to the account that has proved it in DNS. */
import {
  type CheckedClaim,
  type ClaimDocument,
  type ClaimHolder,
  findClaimHolder,
  listDueDomainClaims,
  recordDomainClaim,
} from '../core/domains/claim-queries.ts'
import type { LookUp } from '../core/domains/look-at-record.ts'
import type { Sql } from '../db/sql.ts'
import type { Clock } from '../lib/clock.ts'
import type { Log } from '../process/log.ts'
import { isOutage } from '../process/outage.ts'
import type { VaultClient } from '../vault/client.ts'

/** Once looked at, a claim whose text is missing is looked at again after so long. */
const againSeconds = 10 * 60
const claimsAtOnce = 20

/** A name that another account has verified since less than that is not taken from it: names must not swing. */
export const graceSeconds = 72 * 3600
/** Nor one that it has sent from within so long. */
export const activeSeconds = 7 * 24 * 3600

export interface DomainClaimsStore {
  listDue(): Promise<ClaimDocument[]>
  findHolder(claim: ClaimDocument): Promise<ClaimHolder | undefined>
  record(checked: CheckedClaim): Promise<'stored' | 'refused'>
}

export function openDomainClaimsStore(sql: Sql, ticket: Buffer): DomainClaimsStore {
  return {
    listDue: () => listDueDomainClaims(sql, ticket, { againSeconds, rowLimit: claimsAtOnce }),
    findHolder: ({ accountId, id: claimId }) =>
      findClaimHolder(sql, ticket, { accountId, claimId, graceSeconds, activeSeconds }),
    record: (checked) => recordDomainClaim(sql, ticket, checked),
  }
}

export interface DomainClaimsDeps {
  store: DomainClaimsStore
  vault: Pick<VaultClient, 'authorise'>
  lookUp: LookUp
  clock: Clock
  log: Log
}

export class DomainClaims {
  private readonly deps: DomainClaimsDeps

  constructor(deps: DomainClaimsDeps) {
    this.deps = deps
  }

  /** Answers how many were due. One that fails harms no other, and is looked at again. */
  async run(): Promise<number> {
    const { store, log } = this.deps
    const due = await store.listDue()
    const results = await Promise.allSettled(due.map((claim) => this.check(claim)))
    for (const [index, result] of results.entries()) {
      const claim = due[index]
      if (result.status !== 'rejected' || !claim) continue
      if (isOutage(result.reason)) throw result.reason
      const { accountId, domainId } = claim
      log.error({ error: result.reason, accountId, domainId }, 'domain claim not checked')
      await this.record(claim, { status: 'pending' })
    }
    return due.length
  }

  private async check(claim: ClaimDocument): Promise<void> {
    if (claim.expiresAt <= this.deps.clock.now()) return this.record(claim, { status: 'expired' })
    const answer = await this.deps.lookUp({ type: 'TXT', name: claim.name })
    const isProved = answer.kind === 'found' && answer.values.includes(claim.recordValue)
    if (!isProved) return this.record(claim, { status: 'pending' })
    const holder = await this.deps.store.findHolder(claim)
    if (!holder) return this.record(claim, { status: 'completed' })
    const { obstacle } = holder
    if (obstacle) return this.record(claim, { status: 'blocked', blockedReason: obstacle })
    await this.take(claim, holder)
  }

  /** The holder's verification ends; the claimant's begins when its own keys are published. */
  private async take(
    claim: ClaimDocument,
    { accountId, domainId }: Pick<ClaimHolder, 'accountId' | 'domainId'>,
  ): Promise<void> {
    const { vault } = this.deps
    const { signed } = await vault.authorise('ticket', {
      kind: 'domain_state',
      accountId,
      domainId,
      status: 'failed',
      returnPathReady: false,
    })
    await this.record(claim, { status: 'completed', signed })
    const end = { kind: 'confirm', of: 'domain_state', accountId, objectId: domainId } as const
    await vault.authorise('ticket', end)
  }

  private async record(
    { id: claimId, accountId, domainId }: ClaimDocument,
    result: Pick<CheckedClaim, 'status'> & Partial<CheckedClaim>,
  ): Promise<void> {
    const { store, log } = this.deps
    const nothing = { blockedReason: null, signed: null }
    const answer = await store.record({ accountId, claimId, ...nothing, ...result })
    const fields = { accountId, domainId, state: result.status }
    if (answer === 'stored') log.info(fields, 'domain claim checked')
    else log.warn({ ...fields, reason: answer }, 'domain claim not stored')
  }
}
