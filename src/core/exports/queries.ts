/**
 * What an export is made of, as the database answers it: `begun` is the line of the ledger with which the asking session
 * began it. Everything is walked by id, oldest first, and nothing is younger than that line.
 */
import type {
  ExportAccountRow,
  ExportAuditRow,
  ExportCredentialsRow,
  ExportDomainsRow,
  ExportInvitationsRow,
  ExportMembersRow,
  ExportOutsidersRow,
  ExportRequestsRow,
  ExportSuppressionsRow,
  ExportUsageRow,
} from '../../db/schema.ts'
import type { Sql } from '../../db/sql.ts'
import type {
  CredentialOptions,
  MemberColumns,
  OneTimeLinkColumns,
  SignedRow,
} from '../authority/signed-row.ts'
import type { ExportKind } from './archive.ts'

/** The session that exports. */
export interface Exporting {
  h1: Buffer
  /** bigint as text. */
  begun: string
}

export interface IdPage {
  after: string | null
  rowLimit: number
}

/** For vault: writes the line, and tells every owner when it is of the whole account. No row for who may not. */
export async function beginExport(
  sql: Sql,
  ticket: Buffer,
  { h1, kind }: { h1: Buffer; kind: ExportKind },
): Promise<{ line: string; at: Date } | undefined> {
  const rows = await sql<{ line: string; at: Date }[]>`
    select line, at
      from postern.vault_begin_export(${ticket}, ${h1}, ${kind})`
  return rows[0]
}

/** For console: how it ended. `manifest` is the SHA-256 of a whole one's manifest. */
export async function endExport(
  sql: Sql,
  ticket: Buffer,
  ended: { begun: string; isWhole: boolean; rows: number; manifest: Buffer | null },
): Promise<void> {
  await sql`
    select postern.end_export(${ticket}, ${ended.begun}, ${ended.isWhole}, ${ended.rows}, ${ended.manifest})`
}

export interface AccountRow
  extends Pick<ExportAccountRow, 'id' | 'createdAt' | 'profileSealed' | 'logBodies'> {
  state: SignedRow<'account_state'>
}

export async function exportAccount(
  sql: Sql,
  { h1, begun }: Exporting,
): Promise<AccountRow | undefined> {
  const rows = await sql<AccountRow[]>`
    select id, created_at, profile_sealed, log_bodies, state
      from postern.export_account(${h1}, ${begun})`
  return rows[0]
}

export interface MemberRow extends Pick<ExportMembersRow, 'id' | 'userId' | 'profileSealed'> {
  member: MemberColumns
}

export async function exportMembers(
  sql: Sql,
  { h1, begun }: Exporting,
  { after, rowLimit }: IdPage,
): Promise<MemberRow[]> {
  return sql<MemberRow[]>`
    select id, user_id, member, profile_sealed
      from postern.export_members(${h1}, ${begun}, ${after}, ${rowLimit})`
}

export interface InvitationRow extends Pick<ExportInvitationsRow, 'id' | 'addressSealed'> {
  link: OneTimeLinkColumns
}

export async function exportInvitations(
  sql: Sql,
  { h1, begun }: Exporting,
  { after, rowLimit }: IdPage,
): Promise<InvitationRow[]> {
  return sql<InvitationRow[]>`
    select id, link, address_sealed
      from postern.export_invitations(${h1}, ${begun}, ${after}, ${rowLimit})`
}

export interface DomainRow
  extends Pick<ExportDomainsRow, 'id' | 'name' | 'region' | 'tls' | 'createdAt'> {
  checkedAt: Date | null
  lastUsedAt: Date | null
  state: SignedRow<'domain_state'>
  signingKeys: object[]
  claims: object[]
}

export async function exportDomains(
  sql: Sql,
  { h1, begun }: Exporting,
  { after, rowLimit }: IdPage,
): Promise<DomainRow[]> {
  return sql<DomainRow[]>`
    select id, name, region, tls, created_at, checked_at, last_used_at, state, signing_keys, claims
      from postern.export_domains(${h1}, ${begun}, ${after}, ${rowLimit})`
}

export interface CredentialRow
  extends Pick<ExportCredentialsRow, 'id' | 'nameSealed' | 'permission' | 'createdAt'> {
  domainId: string | null
  expiresAt: Date | null
  revokedAt: Date | null
  options: CredentialOptions | null
  lastUsedAt: Date | null
}

export async function exportCredentials(
  sql: Sql,
  { h1, begun }: Exporting,
  { after, rowLimit }: IdPage,
): Promise<CredentialRow[]> {
  return sql<CredentialRow[]>`
    select id, name_sealed, permission, domain_id, created_at, expires_at, revoked_at, options, last_used_at
      from postern.export_credentials(${h1}, ${begun}, ${after}, ${rowLimit})`
}

export interface SuppressionRow
  extends Pick<ExportSuppressionsRow, 'id' | 'scope' | 'reason' | 'recipientIndex' | 'createdAt'> {
  messageId: string | null
  addressSealed: Buffer | null
}

/** Of one recipient, where one is named. */
export async function exportSuppressions(
  sql: Sql,
  { h1, begun }: Exporting,
  { recipient, after, rowLimit }: IdPage & { recipient: Buffer | null },
): Promise<SuppressionRow[]> {
  return sql<SuppressionRow[]>`
    select id, scope, reason, message_id, recipient_index, address_sealed, created_at
      from postern.export_suppressions(${h1}, ${begun}, ${recipient}, ${after}, ${rowLimit})`
}

export interface RequestRow
  extends Pick<
    ExportRequestsRow,
    'id' | 'at' | 'credentialId' | 'method' | 'route' | 'status' | 'durationMs' | 'clientSealed'
  > {
  bodiesSealed: Buffer | null
}

export async function exportRequests(
  sql: Sql,
  { h1, begun }: Exporting,
  { after, rowLimit }: IdPage,
): Promise<RequestRow[]> {
  return sql<RequestRow[]>`
    select id, at, credential_id, method, route, status, duration_ms, client_sealed, bodies_sealed
      from postern.export_requests(${h1}, ${begun}, ${after}, ${rowLimit})`
}

/** One row a day, `day` as 2026-11-30. */
export async function exportUsage(
  sql: Sql,
  { h1, begun }: Exporting,
): Promise<Pick<ExportUsageRow, 'day' | 'messages' | 'recipients'>[]> {
  return sql<Pick<ExportUsageRow, 'day' | 'messages' | 'recipients'>[]>`
    select day, messages, recipients
      from postern.export_usage(${h1}, ${begun})`
}

/** `after` is the id of a line, 0 for the first; a line that vault has not placed yet has no position. */
export async function exportAudit(
  sql: Sql,
  { h1, begun }: Exporting,
  { after, rowLimit }: { after: string; rowLimit: number },
): Promise<(Pick<ExportAuditRow, 'id' | 'line'> & { position: string | null })[]> {
  return sql<(Pick<ExportAuditRow, 'id' | 'line'> & { position: string | null })[]>`
    select id, position, line
      from postern.export_audit(${h1}, ${begun}, ${after}, ${rowLimit})`
}

export interface OutsiderRow
  extends Pick<ExportOutsidersRow, 'id' | 'door' | 'at' | 'clientSealed'> {
  credentialId: string | null
  userId: string | null
}

export async function exportOutsiders(
  sql: Sql,
  { h1, begun }: Exporting,
  { after, rowLimit }: IdPage,
): Promise<OutsiderRow[]> {
  return sql<OutsiderRow[]>`
    select id, door, credential_id, user_id, at, client_sealed
      from postern.export_outsiders(${h1}, ${begun}, ${after}, ${rowLimit})`
}
