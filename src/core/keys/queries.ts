/** Wrapped keys, for vault alone: nobody else could unwrap them. */
import type {
  VaultAccountKeysRow,
  VaultAuthorityKeysRow,
  VaultSigningKeyRow,
} from '../../db/schema.ts'
import type { Sql } from '../../db/sql.ts'
import type { SignedRow } from '../authority/signed-row.ts'

export type WrappedAccountKey = Pick<
  VaultAccountKeysRow,
  'accountId' | 'version' | 'publicKey' | 'wrapped'
>

/** All versions of the sealing keys of these accounts, oldest first. */
export async function listAccountKeys(
  sql: Sql,
  ticket: Buffer,
  accountIds: string[],
): Promise<WrappedAccountKey[]> {
  return sql<WrappedAccountKey[]>`select account_id, version, public_key, wrapped
                                    from postern.vault_account_keys(${ticket}, ${accountIds})`
}

export async function findSigningKey(
  sql: Sql,
  ticket: Buffer,
  { accountId, domainId, selector }: { accountId: string; domainId: string; selector: string },
): Promise<Buffer | undefined> {
  const rows = await sql<Pick<VaultSigningKeyRow, 'wrapped'>[]>`
    select wrapped
      from postern.vault_signing_key(${ticket}, ${accountId}, ${domainId}, ${selector})`
  return rows[0]?.wrapped
}

export type WrappedAuthorityKey = Pick<VaultAuthorityKeysRow, 'version' | 'publicKey' | 'wrapped'>

export async function listAuthorityKeys(sql: Sql, ticket: Buffer): Promise<WrappedAuthorityKey[]> {
  return sql<WrappedAuthorityKey[]>`select version, public_key, wrapped
                                      from postern.vault_authority_keys(${ticket})`
}

export async function insertAuthorityKey(
  sql: Sql,
  ticket: Buffer,
  { publicKey, wrapped }: { publicKey: Buffer; wrapped: Buffer },
): Promise<void> {
  await sql`select postern.vault_store_authority_key(${ticket}, ${publicKey}, ${wrapped})`
}

/** The signed end of an account, and with it its wrapped keys. */
export async function destroyAccount(sql: Sql, ticket: Buffer, signed: SignedRow): Promise<void> {
  await sql`select postern.vault_destroy_account(${ticket}, ${JSON.stringify(signed)})`
}
