/** People and what is theirs, as the database answers it: by the ticket of console, or by the proof of a session. */
import type {
  ClaimNoticesRow,
  FindSelfRow,
  FindSessionRow,
  FindUserSaltRow,
  ListFactorsRow,
  ListInvitationsRow,
  ListMembersRow,
  ListSessionsRow,
} from '../../db/schema.ts'
import type { Sql } from '../../db/sql.ts'
import { withoutZone } from '../../lib/cidr.ts'
import type { SignedRow } from '../authority/signed-row.ts'

/** What vault signed, and the sealed bytes and notices that go with it. */
export interface PeopleToStore {
  rows: SignedRow[]
  /** Object id to the sealed name or address of the person, factor, link, account or session. */
  sealed: Map<string, Buffer>
  /** Bytes are hex. */
  keys: { id: string; publicKey: string; wrapped: string }[]
  steps: { factorId: string; step: number }[]
  /** Who is told, and what. */
  told: { userId: string; accountId: string | null; kind: string }[]
}

/** All or nothing. `replayed`: a code of an authenticator was used before. `h1` is the session that asked. */
export async function storePeople(
  sql: Sql,
  ticket: Buffer,
  { h1, rows, sealed, keys, steps, told }: PeopleToStore & { h1: Buffer | null },
): Promise<'stored' | 'replayed' | undefined> {
  const hex = (text: string) => Buffer.from(text, 'hex')
  const answers = await sql<{ outcome: 'stored' | 'replayed' }[]>`
    select outcome
      from postern.store_people(
             ${ticket}, ${h1}, ${rows.map((row) => JSON.stringify(row))}::jsonb[],
             ${[...sealed.keys()]}, ${[...sealed.values()]},
             ${keys.map(({ id }) => id)}, ${keys.map((key) => hex(key.publicKey))},
             ${keys.map((key) => hex(key.wrapped))},
             ${steps.map(({ factorId }) => factorId)}, ${steps.map(({ step }) => step)},
             ${told.map((one) => JSON.stringify(one))}::jsonb[])`
  return answers[0]?.outcome
}

/** Whose address that is, and the salt of their password (hex; null for none). */
export async function findUserSalt(
  sql: Sql,
  ticket: Buffer,
  emailIndex: Buffer,
): Promise<{ userId: string; salt: string | null } | undefined> {
  const rows = await sql<(Pick<FindUserSaltRow, 'userId'> & { salt: string | null })[]>`
    select user_id, salt from postern.find_user_salt(${ticket}, ${emailIndex})`
  return rows[0]
}

export interface SessionRow extends Pick<FindSessionRow, 'accountId' | 'outside'> {
  session: SignedRow<'credential'>
  state: SignedRow<'account_state'>
  /** Of the account above, for who has entered from there. */
  above: SignedRow<'account_state'> | null
}

/** A session that lives; `outside` when its account, or the one above, does not let people in from that address. */
export async function findSession(
  sql: Sql,
  h1: Buffer,
  clientAddress: string,
): Promise<SessionRow | undefined> {
  const rows = await sql<SessionRow[]>`
    select account_id, session, state, outside, above
      from postern.find_session(${h1}, ${withoutZone(clientAddress)}::inet)`
  return rows[0]
}

export interface MemberRow
  extends Pick<ListMembersRow, 'id' | 'userId' | 'profileSealed' | 'factors'> {
  member: SignedRow<'member'>
  lastSessionAt: Date | null
}

export async function listMembers(sql: Sql, h1: Buffer): Promise<MemberRow[]> {
  return sql<MemberRow[]>`
    select id, user_id, member, profile_sealed, factors, last_session_at
      from postern.list_members(${h1})`
}

export interface InvitationRow extends Pick<ListInvitationsRow, 'id' | 'addressSealed'> {
  link: SignedRow<'one_time_link'>
}

/** Those that nobody has taken up yet. */
export async function listInvitations(sql: Sql, h1: Buffer): Promise<InvitationRow[]> {
  return sql<InvitationRow[]>`
    select id, link, address_sealed
      from postern.list_invitations(${h1})`
}

export interface OwnSessionRow extends Pick<ListSessionsRow, 'id' | 'accountId' | 'nameSealed'> {
  session: SignedRow<'credential'>
  lastUsedAt: Date | null
  clientSealed: Buffer | null
}

/** Of the asking person, in all their accounts. */
export async function listSessions(sql: Sql, h1: Buffer): Promise<OwnSessionRow[]> {
  return sql<OwnSessionRow[]>`
    select id, account_id, session, last_used_at, client_sealed, name_sealed
      from postern.list_sessions(${h1})`
}

export interface FactorRow extends Pick<ListFactorsRow, 'id' | 'nameSealed'> {
  factor: SignedRow<'factor'>
}

export async function listFactors(sql: Sql, h1: Buffer): Promise<FactorRow[]> {
  return sql<FactorRow[]>`
    select id, factor, name_sealed from postern.list_factors(${h1})`
}

export interface SelfRow extends Pick<FindSelfRow, 'userId' | 'profileSealed'> {
  person: SignedRow<'user'>
  /** Sealed bytes as hex. */
  accounts: { id: string; role: string; profileSealed: string }[]
}

/** The asking person and the accounts they are a member of. */
export async function findSelf(sql: Sql, h1: Buffer): Promise<SelfRow | undefined> {
  const rows = await sql<SelfRow[]>`
    select user_id, person, profile_sealed, accounts
      from postern.find_self(${h1})`
  return rows[0]
}

export interface SessionUse {
  accountId: string
  sessionId: string
  at: Date
  clientSealed: Buffer
}

export async function recordSessionUses(
  sql: Sql,
  ticket: Buffer,
  uses: readonly SessionUse[],
): Promise<void> {
  await sql`
    select postern.record_session_uses(${ticket}, ${uses.map((use) => use.accountId)},
      ${uses.map((use) => use.sessionId)}, ${uses.map((use) => use.at)},
      ${uses.map((use) => use.clientSealed)})`
}

export interface DueNotice
  extends Pick<ClaimNoticesRow, 'id' | 'userId' | 'kind' | 'profileSealed' | 'createdAt'> {
  accountId: string | null
  /** What it is about, where that is one thing. */
  objectId: string | null
  accountSealed: Buffer | null
}

/** Mail that is due, handed to one asker at a time for a minute or longer; what is not finished by then comes again. */
export async function claimNotices(
  sql: Sql,
  ticket: Buffer,
  rowLimit: number,
): Promise<DueNotice[]> {
  return sql<DueNotice[]>`
    select id, user_id, account_id, kind, object_id, profile_sealed, account_sealed, created_at
      from postern.claim_notices(${ticket}, ${rowLimit})`
}

export async function finishNotices(sql: Sql, ticket: Buffer, ids: string[]): Promise<void> {
  await sql`select postern.finish_notices(${ticket}, ${ids})`
}
