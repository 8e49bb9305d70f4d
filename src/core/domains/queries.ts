/** Sending domains as the database answers them; every function shows the asking key's proof. */
import type { DomainsTable, RequestDomainCheckRow, SigningKeysTable } from '../../db/schema.ts'
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
  /** When jobs looks by itself; null: only when asked. */
  nextCheckAt: number | null
  recordsFound: RecordsFound
  tls: DomainsTable['tls']
  state: SignedRow<'domain_state'>
  /** Public keys in DER as hex. */
  selectors: { selector: string; algorithm: SigningKeysTable['algorithm']; publicKey: string }[]
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

export async function findDomainNamed(
  sql: Sql,
  h1: Buffer,
  name: string,
): Promise<DomainDocument | undefined> {
  const rows = await sql<{ domain: DomainDocument }[]>`
    select domain
      from postern.find_domain_named(${h1}, ${name})`
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

export interface SigningKeyRow {
  selector: string
  algorithm: SigningKeysTable['algorithm']
  publicKey: Buffer
  wrapped: Buffer
}

export interface NewDomainRow {
  signed: SignedRow
  region: string
  returnPath: string
  tls: DomainsTable['tls']
  signingKeys: SigningKeyRow[]
}

export type InsertOutcome = 'stored' | 'refused' | 'limit_reached' | 'already_exists'

export async function insertDomain(
  sql: Sql,
  h1: Buffer,
  { signed, region, returnPath, tls, signingKeys }: NewDomainRow,
): Promise<InsertOutcome> {
  const { selectors, algorithms, publicKeys, wrapped } = columnsOf(signingKeys)
  const rows = await sql<{ outcome: InsertOutcome }[]>`
    select outcome
      from postern.store_domain(${h1}, ${JSON.stringify(signed)}, ${region}, ${returnPath}, ${tls},
                                ${selectors}, ${algorithms}, ${publicKeys}, ${wrapped})`
  return rows[0]?.outcome ?? 'refused'
}

export interface DomainChangeRow {
  domainId: string
  /** null: as it is. */
  tls: DomainsTable['tls'] | null
  /** When signing keys change, with those that are new. */
  signed: SignedRow | null
  signingKeys: SigningKeyRow[]
}

export async function updateDomain(
  sql: Sql,
  h1: Buffer,
  { domainId, tls, signed, signingKeys }: DomainChangeRow,
): Promise<'stored' | 'not_found' | 'refused'> {
  const { selectors, algorithms, publicKeys, wrapped } = columnsOf(signingKeys)
  const rows = await sql<{ outcome: 'stored' | 'not_found' | 'refused' }[]>`
    select outcome
      from postern.change_domain(${h1}, ${domainId}, ${tls}, ${signed === null ? null : JSON.stringify(signed)},
                                 ${selectors}, ${algorithms}, ${publicKeys}, ${wrapped})`
  return rows[0]?.outcome ?? 'refused'
}

/** The active and the standby key have changed places. */
export async function rotateDomain(
  sql: Sql,
  h1: Buffer,
  signed: SignedRow,
): Promise<'stored' | 'not_found' | 'refused'> {
  const rows = await sql<{ outcome: 'stored' | 'not_found' | 'refused' }[]>`
    select outcome
      from postern.rotate_domain(${h1}, ${JSON.stringify(signed)})`
  return rows[0]?.outcome ?? 'refused'
}

/** `key` takes the place of the one under the standby selector. */
export async function replaceStandbyKey(
  sql: Sql,
  h1: Buffer,
  { signed, key }: { signed: SignedRow; key: SigningKeyRow },
): Promise<'stored' | 'not_found' | 'refused'> {
  const rows = await sql<{ outcome: 'stored' | 'not_found' | 'refused' }[]>`
    select outcome
      from postern.replace_standby_key(${h1}, ${JSON.stringify(signed)}, ${key.algorithm}, ${key.publicKey},
                                       ${key.wrapped})`
  return rows[0]?.outcome ?? 'refused'
}

/** `signed` is the end that vault signed. */
export async function deleteDomain(
  sql: Sql,
  h1: Buffer,
  signed: SignedRow,
): Promise<'stored' | 'not_found' | 'refused'> {
  const rows = await sql<{ outcome: 'stored' | 'not_found' | 'refused' }[]>`
    select outcome
      from postern.delete_domain(${h1}, ${JSON.stringify(signed)})`
  return rows[0]?.outcome ?? 'refused'
}

/** Keys as the database takes them: a list for each column. */
export function columnsOf(keys: readonly SigningKeyRow[]) {
  return {
    selectors: keys.map((key) => key.selector),
    algorithms: keys.map((key) => key.algorithm),
    publicKeys: keys.map((key) => key.publicKey),
    wrapped: keys.map((key) => key.wrapped),
  }
}

/** Asks for a look at the domain's records; false when the account has no such domain. */
export async function requestDomainCheck(sql: Sql, h1: Buffer, domainId: string): Promise<boolean> {
  const rows = await sql<Pick<RequestDomainCheckRow, 'id'>[]>`
    select id
      from postern.request_domain_check(${h1}, ${domainId})`
  return rows.length > 0
}
