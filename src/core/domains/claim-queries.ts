/** Claims of domains as the database answers them: to an account by its key's proof, to jobs by its ticket. */
import type { DomainClaimsTable, FindClaimHolderRow } from '../../db/schema.ts'
import type { Sql } from '../../db/sql.ts'
import type { SignedRow } from '../authority/signed-row.ts'

export type ClaimStatus = DomainClaimsTable['status']

export type ClaimObstacle = 'grace_period' | 'recent_owner_activity' | 'pending_scheduled_emails'

/** As `private.claim_document` writes it; instants are milliseconds. */
export interface ClaimDocument {
  id: string
  accountId: string
  domainId: string
  name: string
  /** null once the domain is gone. */
  region: string | null
  recordValue: string
  status: ClaimStatus
  blockedReason: ClaimObstacle | null
  failureReason: string | null
  createdAt: number
  expiresAt: number
}

export interface NewClaim {
  domainId: string
  claimId: string
  recordValue: string
  lifetimeSeconds: number
}

export type ClaimAnswer =
  | { outcome: 'stored' | 'present'; claim: ClaimDocument }
  | { outcome: 'verified' | 'refused'; claim: null }

/** `present`: one runs already, and is answered. `verified`: the account has the domain, there is nothing to claim. */
export async function insertDomainClaim(
  sql: Sql,
  h1: Buffer,
  { domainId, claimId, recordValue, lifetimeSeconds }: NewClaim,
): Promise<ClaimAnswer> {
  const rows = await sql<ClaimAnswer[]>`
    select outcome, claim
      from postern.store_domain_claim(${h1}, ${domainId}, ${claimId}, ${recordValue}, ${lifetimeSeconds})`
  return rows[0] ?? { outcome: 'refused', claim: null }
}

/** The newest claim of the domain. */
export async function findDomainClaim(
  sql: Sql,
  h1: Buffer,
  domainId: string,
): Promise<ClaimDocument | undefined> {
  const rows = await sql<{ claim: ClaimDocument }[]>`
    select claim
      from postern.find_domain_claim(${h1}, ${domainId})`
  return rows[0]?.claim
}

/** Asks for a look at its record, and answers the newest claim as it is now. */
export async function requestDomainClaimCheck(
  sql: Sql,
  h1: Buffer,
  domainId: string,
): Promise<ClaimDocument | undefined> {
  const rows = await sql<{ claim: ClaimDocument }[]>`
    select claim
      from postern.request_domain_claim_check(${h1}, ${domainId})`
  return rows[0]?.claim
}

/** Of all accounts: those asked for, those run out, and those looked at so long ago. */
export async function listDueDomainClaims(
  sql: Sql,
  ticket: Buffer,
  { againSeconds, rowLimit }: { againSeconds: number; rowLimit: number },
): Promise<ClaimDocument[]> {
  const rows = await sql<{ claim: ClaimDocument }[]>`
    select claim
      from postern.list_due_domain_claims(${ticket}, ${againSeconds}, ${rowLimit})`
  return rows.map((row) => row.claim)
}

export interface ClaimHolder extends Pick<FindClaimHolderRow, 'accountId' | 'domainId'> {
  /** What forbids to take the name; null: nothing. */
  obstacle: ClaimObstacle | null
}

/** The domain of another account that is verified under the claimed name. */
export async function findClaimHolder(
  sql: Sql,
  ticket: Buffer,
  asked: { accountId: string; claimId: string; graceSeconds: number; activeSeconds: number },
): Promise<ClaimHolder | undefined> {
  const rows = await sql<ClaimHolder[]>`
    select account_id, domain_id, obstacle
      from postern.find_claim_holder(${ticket}, ${asked.accountId}, ${asked.claimId}, ${asked.graceSeconds},
                                     ${asked.activeSeconds})`
  return rows[0]
}

export interface CheckedClaim {
  accountId: string
  claimId: string
  status: 'pending' | 'blocked' | 'expired' | 'completed'
  blockedReason: ClaimObstacle | null
  /** The end of the holder's verification. */
  signed: SignedRow | null
}

export async function recordDomainClaim(
  sql: Sql,
  ticket: Buffer,
  { accountId, claimId, status, blockedReason, signed }: CheckedClaim,
): Promise<'stored' | 'refused'> {
  const rows = await sql<{ outcome: 'stored' | 'refused' }[]>`
    select outcome
      from postern.record_domain_claim(${ticket}, ${accountId}, ${claimId}, ${status}, ${blockedReason},
                                       ${signed === null ? null : JSON.stringify(signed)})`
  return rows[0]?.outcome ?? 'refused'
}
