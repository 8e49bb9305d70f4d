/** API keys as the database answers them; every function shows the asking key's proof. */
import type { FindCredentialRow, ListCredentialsRow, RenameCredentialRow } from '../../db/schema.ts'
import type { Sql } from '../../db/sql.ts'
import type { SignedRow } from '../authority/signed-row.ts'
import type { CredentialUsage } from './credential-usage.ts'

export interface CredentialRow extends Pick<ListCredentialsRow, 'id' | 'nameSealed' | 'createdAt'> {
  lastUsedAt: ListCredentialsRow['lastUsedAt'] | null
}

/** Live keys, newest first. */
export async function listCredentials(
  sql: Sql,
  h1: Buffer,
  { after, before, rowLimit }: { after: string | null; before: string | null; rowLimit: number },
): Promise<CredentialRow[]> {
  return sql<CredentialRow[]>`
    select id, name_sealed, created_at, last_used_at
      from postern.list_credentials(${h1}, ${after}, ${before}, ${rowLimit})`
}

export type StoreOutcome = 'stored' | 'refused' | 'limit_reached'

/** Stores what vault signed; `nameSealed` null leaves the name as it is. */
export async function storeCredential(
  sql: Sql,
  h1: Buffer,
  { signed, nameSealed }: { signed: SignedRow; nameSealed: Buffer | null },
): Promise<StoreOutcome | undefined> {
  const rows = await sql<{ outcome: StoreOutcome }[]>`
    select outcome
      from postern.store_credential(${h1}, ${JSON.stringify(signed)}, ${nameSealed})`
  return rows[0]?.outcome
}

/** False when the account has no such live key. */
export async function renameCredential(
  sql: Sql,
  h1: Buffer,
  { id, nameSealed }: { id: string; nameSealed: Buffer },
): Promise<boolean> {
  const rows = await sql<Pick<RenameCredentialRow, 'id'>[]>`
    select id
      from postern.rename_credential(${h1}, ${id}, ${nameSealed})`
  return rows.length > 0
}

export interface CredentialDetails
  extends Pick<FindCredentialRow, 'accountId' | 'credential' | 'nameSealed'> {
  credential: SignedRow<'credential'>
  lastUsedAt: FindCredentialRow['lastUsedAt'] | null
  clientSealed: FindCredentialRow['clientSealed'] | null
  /** When it ends for want of use, of which its owners were told. */
  retiresAt: FindCredentialRow['retiresAt'] | null
}

/** One of the account's keys that was not revoked, expired or not. */
export async function findCredentialDetails(
  sql: Sql,
  h1: Buffer,
  id: string,
): Promise<CredentialDetails | undefined> {
  const rows = await sql<CredentialDetails[]>`
    select account_id, credential, name_sealed, last_used_at, client_sealed, retires_at
      from postern.find_credential(${h1}, ${id})`
  return rows[0]
}

/** Live keys with all that is known of them, newest first. */
export async function listCredentialDetails(
  sql: Sql,
  h1: Buffer,
  { after, before, rowLimit }: { after: string | null; before: string | null; rowLimit: number },
): Promise<CredentialDetails[]> {
  return sql<CredentialDetails[]>`
    select f.account_id, f.credential, f.name_sealed, f.last_used_at, f.client_sealed, f.retires_at
      from postern.list_credentials(${h1}, ${after}, ${before}, ${rowLimit}) l
     cross join lateral postern.find_credential(${h1}, l.id) f
     order by l.id desc`
}

/** Stores the successor of a key and the key's own earlier end, both or neither. */
export async function rollCredential(
  sql: Sql,
  h1: Buffer,
  { successor, predecessor }: { successor: SignedRow; predecessor: SignedRow },
): Promise<StoreOutcome | undefined> {
  const rows = await sql<{ outcome: StoreOutcome }[]>`
    select outcome
      from postern.roll_credential(${h1}, ${JSON.stringify(successor)}, ${JSON.stringify(predecessor)})`
  return rows[0]?.outcome
}

/** Of any key of the account, ended or not; undefined when there is none, or the asker may not see keys. */
export async function findCredentialUsage(
  sql: Sql,
  h1: Buffer,
  { id, rowLimit }: { id: string; rowLimit: number },
): Promise<CredentialUsage | undefined> {
  const rows = await sql<CredentialUsage[]>`
    select last_used_at, requests_since, requests, messages_since, messages
      from postern.credential_usage(${h1}, ${id}, ${rowLimit})`
  return rows[0]
}
