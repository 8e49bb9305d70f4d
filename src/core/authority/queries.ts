/** Signed rows as vault reads them before it signs anything. */
import type { VaultAuthorityRow, VaultSigningStatesRow } from '../../db/schema.ts'
import type { Sql } from '../../db/sql.ts'
import type { AuthorityKind, SignedRow } from './signed-row.ts'

export interface PresentAuthority
  extends Pick<VaultAuthorityRow, 'credential' | 'accountState' | 'present'> {
  credential: SignedRow<'credential'> | null
  accountState: SignedRow<'account_state'> | null
  /** The row of the kind and id asked for, as it stands now. */
  present: SignedRow | null
}

/** No row when `h1` is given and unknown. With it, the account is the credential's. */
export async function findAuthority(
  sql: Sql,
  ticket: Buffer,
  asked: {
    h1: Buffer | null
    kind: AuthorityKind
    accountId: string | null
    objectId: string | null
  },
): Promise<PresentAuthority | undefined> {
  const rows = await sql<PresentAuthority[]>`
    select credential, account_state, present
      from postern.vault_authority(${ticket}, ${asked.h1}, ${asked.kind}, ${asked.accountId}, ${asked.objectId})`
  return rows[0]
}

export interface SigningState
  extends Pick<VaultSigningStatesRow, 'accountId' | 'name' | 'state' | 'domainState'> {
  state: SignedRow<'account_state'> | null
  domainState: SignedRow<'domain_state'> | null
}

export async function listSigningStates(
  sql: Sql,
  ticket: Buffer,
  { accountIds, names }: { accountIds: string[]; names: string[] },
): Promise<SigningState[]> {
  return sql<SigningState[]>`
    select account_id, name, state, domain_state
      from postern.vault_signing_states(${ticket}, ${accountIds}, ${names})`
}
