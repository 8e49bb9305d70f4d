/** What vault reads of people before it signs anything for them. */
import type {
  VaultPersonRow as Row,
  VaultOpenNoticeRow,
  VaultPersonRowRow,
  VaultSubaccountRow,
} from '../../db/schema.ts'
import type { Sql } from '../../db/sql.ts'
import type { AuthorityKind, SignedRow } from '../authority/signed-row.ts'

export interface PersonRow extends Pick<Row, 'person' | 'factors' | 'members' | 'epoch'> {
  person: SignedRow<'user'> | null
  factors: SignedRow<'factor'>[]
  members: {
    member: SignedRow<'member'>
    state: SignedRow<'account_state'>
    epoch: SignedRow<'epoch'> | null
  }[]
  epoch: SignedRow<'epoch'> | null
  browserKeys: string[]
}

/** By id, else by the keyed hash of the address or of the subject (hex). `person` is null for nobody. */
export async function findPerson(
  sql: Sql,
  ticket: Buffer,
  { userId, emailIndex, subject }: { userId?: string; emailIndex?: string; subject?: string },
): Promise<PersonRow | undefined> {
  const index = emailIndex === undefined ? null : Buffer.from(emailIndex, 'hex')
  const known = subject === undefined ? null : Buffer.from(subject, 'hex')
  const rows = await sql<PersonRow[]>`
    select person, factors, members, epoch, browser_keys
      from postern.vault_person(${ticket}, ${userId ?? null}, ${index}, ${known})`
  return rows[0]
}

export interface AskingPerson extends Pick<VaultPersonRowRow, 'owners'> {
  session: SignedRow<'credential'>
  accountState: SignedRow<'account_state'>
  present: SignedRow | null
}

/** The session that asks, and one row of its account or of its person. No row for a session that is none. */
export async function findAskingPerson(
  sql: Sql,
  ticket: Buffer,
  asked: { h1: Buffer; kind: AuthorityKind | null; objectId: string | null },
): Promise<AskingPerson | undefined> {
  const rows = await sql<AskingPerson[]>`
    select session, account_state, present, owners
      from postern.vault_person_row(${ticket}, ${asked.h1}, ${asked.kind}, ${asked.objectId})`
  return rows[0]
}

export interface FoundLink {
  link: SignedRow<'one_time_link'>
}

/** A link that was not used and has not expired. */
export async function findOneTimeLink(
  sql: Sql,
  ticket: Buffer,
  h1: Buffer,
): Promise<FoundLink | undefined> {
  const rows = await sql<FoundLink[]>`
    select link from postern.vault_one_time_link(${ticket}, ${h1})`
  return rows[0]
}

export async function findEpoch(
  sql: Sql,
  ticket: Buffer,
  accountId: string,
): Promise<SignedRow<'epoch'> | undefined> {
  const rows = await sql<{ epoch: SignedRow<'epoch'> }[]>`
    select epoch from postern.vault_epoch(${ticket}, ${accountId})`
  return rows[0]?.epoch
}

/** Which of these people and accounts that session may know by name; the session comes first, to be checked. */
export async function openPeople(
  sql: Sql,
  ticket: Buffer,
  asked: { h1: Buffer; owners: string[] },
): Promise<{ session: SignedRow<'credential'> | null; owner: string | null }[]> {
  return sql<{ session: SignedRow<'credential'> | null; owner: string | null }[]>`
    select session, owner from postern.vault_open_people(${ticket}, ${asked.h1}, ${asked.owners})`
}

/** Whom a notice that is due goes to, then the account it may name; its opening has its line in the ledger. */
export async function openNotice(
  sql: Sql,
  ticket: Buffer,
  asked: { callerTicket: Buffer; noticeId: string },
): Promise<string[]> {
  const rows = await sql<Pick<VaultOpenNoticeRow, 'owner'>[]>`
    select owner from postern.vault_open_notice(${ticket}, ${asked.callerTicket}, ${asked.noticeId})`
  return rows.map(({ owner }) => owner)
}

/** Links to a new address of the asking person that are not used yet. */
export async function findAddressChange(
  sql: Sql,
  ticket: Buffer,
  h1: Buffer,
): Promise<SignedRow<'one_time_link'>[]> {
  const rows = await sql<{ link: SignedRow<'one_time_link'> }[]>`
    select link from postern.vault_address_change(${ticket}, ${h1})`
  return rows.map(({ link }) => link)
}

export interface FoundSubaccount extends Pick<VaultSubaccountRow, 'made'> {
  /** Null where the database knows none of that id under the account of that session; to be checked. */
  state: SignedRow<'account_state'> | null
}

/** The account of that id under that of the asking session, and how many there are. */
export async function findSubaccount(
  sql: Sql,
  ticket: Buffer,
  asked: { h1: Buffer; accountId: string },
): Promise<FoundSubaccount> {
  const rows = await sql<FoundSubaccount[]>`
    select state, made from postern.vault_subaccount(${ticket}, ${asked.h1}, ${asked.accountId})`
  return rows[0] ?? { state: null, made: 0 }
}
