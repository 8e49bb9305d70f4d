/** Whether an opening is allowed. Where it is, its ledger line stands before the answer comes. */
import type { VaultOpenForRow, VaultOpenLeasedRow, VaultRoleOfRow } from '../../db/schema.ts'
import type { Sql } from '../../db/sql.ts'
import type { SignedRow } from '../authority/signed-row.ts'

/** The role whose ticket that is, or undefined. */
export async function findRole(
  sql: Sql,
  ticket: Buffer,
  callerTicket: Buffer,
): Promise<string | undefined> {
  const rows = await sql<Pick<VaultRoleOfRow, 'role'>[]>`
    select role from postern.vault_role_of(${ticket}, ${callerTicket})`
  return rows[0]?.role
}

/** What a message's key derives from. */
export type Openable = Pick<
  VaultOpenLeasedRow,
  'messageId' | 'accountId' | 'keyVersion' | 'sessionPublic'
>

/** Those of the messages that the calling deliver process holds under a live lease. */
export async function openLeased(
  sql: Sql,
  ticket: Buffer,
  asked: { callerTicket: Buffer; accountIds: string[]; messageIds: string[] },
): Promise<Openable[]> {
  return sql<Openable[]>`
    select message_id, account_id, key_version, session_public
      from postern.vault_open_leased(${ticket}, ${asked.callerTicket}, ${asked.accountIds}, ${asked.messageIds})`
}

export interface OpenableFor {
  /** On the first row only: who asks, to be checked. */
  credential: SignedRow<'credential'> | null
  messageId: VaultOpenForRow['messageId'] | null
  keyVersion: VaultOpenForRow['keyVersion'] | null
  sessionPublic: VaultOpenForRow['sessionPublic'] | null
}

/** The asking credential and those of the messages it may read; `records` counts what else it asks for. */
export async function openFor(
  sql: Sql,
  ticket: Buffer,
  asked: { h1: Buffer; messageIds: string[]; records: number },
): Promise<OpenableFor[]> {
  return sql<OpenableFor[]>`
    select credential, message_id, key_version, session_public
      from postern.vault_open_for(${ticket}, ${asked.h1}, ${asked.messageIds}, ${asked.records})`
}

/** What the key of an attachment derives from. */
export interface OpenableAttachment extends Openable {
  attachmentId: string
}

/** Those of the attachments that are still to be fetched, and for which the calling jobs process may ask. */
export async function openWaitingAttachments(
  sql: Sql,
  ticket: Buffer,
  asked: {
    callerTicket: Buffer
    accountIds: string[]
    messageIds: string[]
    attachmentIds: string[]
  },
): Promise<OpenableAttachment[]> {
  return sql<OpenableAttachment[]>`
    select attachment_id, message_id, account_id, key_version, session_public
      from postern.vault_open_waiting(${ticket}, ${asked.callerTicket}, ${asked.accountIds}, ${asked.messageIds},
                                      ${asked.attachmentIds})`
}

export interface OpenableLink {
  link: SignedRow<'link'>
  keyVersion: number
  sessionPublic: Buffer
}

/** A live link and what its message's key derives from; its opening has its ledger line. */
export async function openLink(
  sql: Sql,
  ticket: Buffer,
  h1: Buffer,
): Promise<OpenableLink | undefined> {
  const rows = await sql<OpenableLink[]>`
    select link, key_version, session_public
      from postern.vault_open_link(${ticket}, ${h1})`
  return rows[0]
}
