/** Sending domains as the database answers them; every function shows the asking key's proof. */
import type { RequestDomainCheckRow } from '../../db/schema.ts'
import type { Sql } from '../../db/sql.ts'
import type { SignedRow } from '../authority/signed-row.ts'
import type { RecordsFound } from './records.ts'

/** As `private.domain_document` writes it. */
export interface DomainDocument {
  id: string
  accountId: string
  name: string
  region: string
  returnPath: string
  createdAt: number
  checkedAt: number | null
  checkRequested: boolean
  recordsFound: RecordsFound
  state: SignedRow<'domain_state'>
  /** Public keys in DER as hex. */
  selectors: { selector: string; publicKey: string }[]
}

export interface PageBounds {
  after: string | null
  before: string | null
  rowLimit: number
}

export async function findDomain(
  sql: Sql,
  h1: Buffer,
  domainId: string,
): Promise<DomainDocument | undefined> {
  const rows = await sql<{ domain: DomainDocument }[]>`
    select domain
      from postern.find_domain(${h1}, ${domainId})`
  return rows[0]?.domain
}

/** Newest first. */
export async function listDomains(
  sql: Sql,
  h1: Buffer,
  { after, before, rowLimit }: PageBounds,
): Promise<DomainDocument[]> {
  const rows = await sql<{ domain: DomainDocument }[]>`
    select domain
      from postern.list_domains(${h1}, ${after}, ${before}, ${rowLimit})`
  return rows.map((row) => row.domain)
}

export interface NewDomainRow {
  signed: SignedRow
  region: string
  returnPath: string
  signingKeys: { selector: string; publicKey: Buffer; wrapped: Buffer }[]
}

export async function insertDomain(
  sql: Sql,
  h1: Buffer,
  { signed, region, returnPath, signingKeys }: NewDomainRow,
): Promise<'stored' | 'refused' | 'limit_reached' | 'already_exists' | undefined> {
  const selectors = signingKeys.map((key) => key.selector)
  const publicKeys = signingKeys.map((key) => key.publicKey)
  const wrapped = signingKeys.map((key) => key.wrapped)
  const rows = await sql<{ outcome: 'stored' | 'refused' | 'limit_reached' | 'already_exists' }[]>`
    select outcome
      from postern.store_domain(${h1}, ${JSON.stringify(signed)}, ${region}, ${returnPath},
                                ${selectors}, ${publicKeys}, ${wrapped})`
  return rows[0]?.outcome
}

/** Asks for a look at the domain's records; false when the account has no such domain. */
export async function requestDomainCheck(sql: Sql, h1: Buffer, domainId: string): Promise<boolean> {
  const rows = await sql<Pick<RequestDomainCheckRow, 'id'>[]>`
    select id
      from postern.request_domain_check(${h1}, ${domainId})`
  return rows.length > 0
}
