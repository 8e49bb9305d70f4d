/** Keys as the operator sees them: each function shows the hash of the operator's token. */
import type {
  CredentialsTable,
  OpsFindCredentialRow,
  OpsFindHashesRow,
  OpsListCredentialsRow,
} from '../../db/schema.ts'
import type { Sql } from '../../db/sql.ts'
import type { CredentialOptions, SignedRow } from '../authority/signed-row.ts'

export interface CredentialRow
  extends Pick<OpsListCredentialsRow, 'id' | 'permission' | 'createdAt'> {
  permission: CredentialsTable['permission']
  domainId: OpsListCredentialsRow['domainId'] | null
  expiresAt: OpsListCredentialsRow['expiresAt'] | null
  revokedAt: OpsListCredentialsRow['revokedAt'] | null
  options: CredentialOptions | null
  lastUsedAt: OpsListCredentialsRow['lastUsedAt'] | null
}

/** Revoked ones too, oldest first. */
export async function listCredentials(
  sql: Sql,
  h1: Buffer,
  accountId: string,
): Promise<CredentialRow[]> {
  return sql<CredentialRow[]>`
    select id, permission, domain_id, created_at, expires_at, revoked_at, options, last_used_at
      from postern.ops_list_credentials(${h1}, ${accountId})`
}

export async function findCredentialAccount(
  sql: Sql,
  h1: Buffer,
  credentialId: string,
): Promise<string | undefined> {
  const rows = await sql<Pick<OpsFindCredentialRow, 'accountId'>[]>`
    select account_id
      from postern.ops_find_credential(${h1}, ${credentialId})`
  return rows[0]?.accountId
}

/** The successor of a key and the key's own earlier end, both or neither. */
export async function rollCredential(
  sql: Sql,
  h1: Buffer,
  { successor, predecessor }: { successor: SignedRow; predecessor: SignedRow },
): Promise<void> {
  await sql`
    select postern.ops_roll_credential(${h1}, ${JSON.stringify(successor)}, ${JSON.stringify(predecessor)})`
}

export type KnownHash = Pick<OpsFindHashesRow, 'h2' | 'id' | 'accountId' | 'live'>

/** Which of the stored hashes belong to keys of this installation. */
export async function findHashes(
  sql: Sql,
  h1: Buffer,
  hashes: readonly Buffer[],
): Promise<KnownHash[]> {
  return sql<KnownHash[]>`
    select h2, id, account_id, live
      from postern.ops_find_hashes(${h1}, ${hashes})`
}
