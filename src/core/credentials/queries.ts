/** API keys as the database answers them; every function shows the asking key's proof. */
import type { ListCredentialsRow, RenameCredentialRow } from '../../db/schema.ts'
import type { Sql } from '../../db/sql.ts'
import { uuidBytes, uuidFromBytes } from '../../lib/uuid.ts'
import type { SignedRow } from '../authority/signed-row.ts'

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

/** The account's live key of that id: the first one newer than the id before it. */
export async function findCredential(
  sql: Sql,
  h1: Buffer,
  id: string,
): Promise<CredentialRow | undefined> {
  const before = idBefore(id)
  const rows = await listCredentials(sql, h1, { after: null, before, rowLimit: 1 })
  return rows.find((row) => row.id === id)
}

function idBefore(id: string): string {
  const number = BigInt(`0x${uuidBytes(id).toString('hex')}`)
  const before = number === 0n ? number : number - 1n
  return uuidFromBytes(Buffer.from(before.toString(16).padStart(32, '0'), 'hex'))
}

/** Stores what vault signed; `nameSealed` null leaves the name as it is. */
export async function storeCredential(
  sql: Sql,
  h1: Buffer,
  { signed, nameSealed }: { signed: SignedRow; nameSealed: Buffer | null },
): Promise<'stored' | 'refused' | 'limit_reached' | undefined> {
  const rows = await sql<{ outcome: 'stored' | 'refused' | 'limit_reached' }[]>`
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

export interface RequestLine {
  accountId: string
  credentialId: string
  id: string
  at: Date
  method: string
  /** The pattern of the route, never the path. */
  route: string
  status: number
  durationMs: number
  clientSealed: Buffer
}

/** Writes lines of the request log of several accounts; the ticket says that api asks. */
export async function recordRequests(
  sql: Sql,
  ticket: Buffer,
  lines: readonly RequestLine[],
): Promise<void> {
  await sql`
    select postern.record_requests(${ticket},
      ${lines.map((line) => line.accountId)}, ${lines.map((line) => line.credentialId)},
      ${lines.map((line) => line.id)}, ${lines.map((line) => line.at)},
      ${lines.map((line) => line.method)}, ${lines.map((line) => line.route)},
      ${lines.map((line) => line.status)}, ${lines.map((line) => line.durationMs)},
      ${lines.map((line) => line.clientSealed)})`
}
