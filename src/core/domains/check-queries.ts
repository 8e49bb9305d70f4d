/** Domain checks as jobs sees them: they take its ticket and reach the domains of all accounts. */
import type { Sql } from '../../db/sql.ts'
import type { SignedRow } from '../authority/signed-row.ts'
import type { DomainDocument } from './queries.ts'
import type { RecordsFound } from './records.ts'

/** Domains whose check was asked for, then those whose time has come. */
export async function listDueDomainChecks(
  sql: Sql,
  ticket: Buffer,
  rowLimit: number,
): Promise<DomainDocument[]> {
  const rows = await sql<{ domain: DomainDocument }[]>`
    select domain
      from postern.list_due_domain_checks(${ticket}, ${rowLimit})`
  return rows.map((row) => row.domain)
}

export interface CheckedDomain {
  accountId: string
  domainId: string
  found: RecordsFound
  /** null: only when asked. */
  nextCheckAt: Date | null
  /** null when the state stays as it is. */
  signed: SignedRow | null
}

/** `taken`: another account holds the name verified or has claimed it, so the new state was not stored. */
export type CheckAnswer = 'stored' | 'taken' | 'refused'

export async function recordDomainCheck(
  sql: Sql,
  ticket: Buffer,
  { accountId, domainId, found, nextCheckAt, signed }: CheckedDomain,
): Promise<CheckAnswer> {
  const rows = await sql<{ outcome: CheckAnswer }[]>`
    select outcome
      from postern.record_domain_check(${ticket}, ${accountId}, ${domainId}, ${JSON.stringify(found)},
                                       ${nextCheckAt}, ${signed === null ? null : JSON.stringify(signed)})`
  return rows[0]?.outcome ?? 'refused'
}
