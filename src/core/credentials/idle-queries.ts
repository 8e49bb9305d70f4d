/** Keys that nobody uses, of accounts that want such keys to end: each function shows the ticket of a process. */
import type { Sql } from '../../db/sql.ts'
import type { SignedRow } from '../authority/signed-row.ts'

export interface IdleKey {
  accountId: string
  /** Null: nothing is to be done in that account. */
  credentialId: string | null
  step: 'tell' | 'retire' | null
}

/** Of the next `accountsMax` accounts with the option after that one. */
export async function listIdleKeys(
  sql: Sql,
  ticket: Buffer,
  asked: { after: string | null; accountsMax: number; keysMax: number },
): Promise<IdleKey[]> {
  return sql<IdleKey[]>`
    select account_id, credential_id, step
      from postern.list_idle_keys(${ticket}, ${asked.after}, ${asked.accountsMax}, ${asked.keysMax})`
}

/** False when there is nothing to tell any more. */
export async function tellIdleKey(
  sql: Sql,
  ticket: Buffer,
  { accountId, credentialId }: { accountId: string; credentialId: string },
): Promise<boolean> {
  const rows = await sql<{ told: boolean }[]>`
    select told from postern.tell_idle_key(${ticket}, ${accountId}, ${credentialId})`
  return rows[0]?.told ?? false
}

export async function retireIdleKey(
  sql: Sql,
  ticket: Buffer,
  signed: SignedRow,
): Promise<'stored' | 'refused' | undefined> {
  const rows = await sql<{ outcome: 'stored' | 'refused' }[]>`
    select outcome from postern.retire_idle_key(${ticket}, ${JSON.stringify(signed)})`
  return rows[0]?.outcome
}

export interface Idleness {
  lastUsedAt: Date | null
  /** When the owners were told. */
  toldAt: Date | null
}

/** As the database knows it, for vault. */
export async function findIdleness(
  sql: Sql,
  ticket: Buffer,
  { accountId, credentialId }: { accountId: string; credentialId: string },
): Promise<Idleness | undefined> {
  const rows = await sql<Idleness[]>`
    select last_used_at, told_at
      from postern.vault_idle_key(${ticket}, ${accountId}, ${credentialId})`
  return rows[0]
}
