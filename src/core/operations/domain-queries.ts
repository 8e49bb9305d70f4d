/** Domains as the operator's command line asks for them: each function shows the hash of the operator's token. */
import type { OpsRequestAllDomainChecksRow, OpsRequestDomainCheckRow } from '../../db/schema.ts'
import type { Sql } from '../../db/sql.ts'
import type { SignedRow } from '../authority/signed-row.ts'
import {
  columnsOf,
  type DomainDocument,
  type InsertOutcome,
  type SigningKeyRow,
} from '../domains/queries.ts'

export interface NewDomain {
  signed: SignedRow
  region: string
  returnPath: string
  /** Whether it is looked for in DNS. */
  isChecked: boolean
  signingKeys: SigningKeyRow[]
}

export async function insertDomain(
  sql: Sql,
  h1: Buffer,
  { signed, region, returnPath, isChecked, signingKeys }: NewDomain,
): Promise<InsertOutcome> {
  const { selectors, algorithms, publicKeys, wrapped } = columnsOf(signingKeys)
  const rows = await sql<{ outcome: InsertOutcome }[]>`
    select outcome
      from postern.ops_store_domain(${h1}, ${JSON.stringify(signed)}, ${region}, ${returnPath}, ${isChecked},
                                    ${selectors}, ${algorithms}, ${publicKeys}, ${wrapped})`
  return rows[0]?.outcome ?? 'refused'
}

/** Several accounts may have added the same name; one at most has it verified. */
export async function listDomainsNamed(
  sql: Sql,
  h1: Buffer,
  name: string,
): Promise<DomainDocument[]> {
  const rows = await sql<{ domain: DomainDocument }[]>`
    select domain
      from postern.ops_find_domains(${h1}, ${name})`
  return rows.map((row) => row.domain)
}

/** Oldest first; those of one account, or of all. */
export async function listDomains(
  sql: Sql,
  h1: Buffer,
  { accountId, after, limit }: { accountId: string | null; after: string | null; limit: number },
): Promise<DomainDocument[]> {
  const rows = await sql<{ domain: DomainDocument }[]>`
    select domain
      from postern.ops_list_domains(${h1}, ${accountId}, ${after}, ${limit})`
  return rows.map((row) => row.domain)
}

/** Asks for a look at every domain of every account but the sandbox; says at which. */
export async function requestAllDomainChecks(sql: Sql, h1: Buffer): Promise<string[]> {
  const rows = await sql<Pick<OpsRequestAllDomainChecksRow, 'id'>[]>`
    select id
      from postern.ops_request_all_domain_checks(${h1})`
  return rows.map(({ id }) => id)
}

/** Asks for a look at the domains of that name, of every account; says how many there are. */
export async function requestDomainCheck(sql: Sql, h1: Buffer, name: string): Promise<number> {
  const rows = await sql<Pick<OpsRequestDomainCheckRow, 'id'>[]>`
    select id
      from postern.ops_request_domain_check(${h1}, ${name})`
  return rows.length
}
