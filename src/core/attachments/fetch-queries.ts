/** Attachments that are still to be fetched, for jobs and by its ticket; of all accounts. */
import type { ClaimAttachmentsRow, StoreAttachmentRow } from '../../db/schema.ts'
import type { Sql } from '../../db/sql.ts'
import type { FetchFailure } from './fetch-failure.ts'
import { attachmentBytesMax } from './limits.ts'

export type WaitingRow = Pick<
  ClaimAttachmentsRow,
  'accountId' | 'messageId' | 'id' | 'attempts' | 'descriptionSealed' | 'room'
>

/** `attempts` is the fence: the end of an earlier claim does not count. */
export type FetchName = Pick<WaitingRow, 'accountId' | 'messageId' | 'id' | 'attempts'>

export async function claimAttachments(
  sql: Sql,
  ticket: Buffer,
  {
    rowLimit,
    perAccount,
    busy,
    leaseSeconds,
  }: { rowLimit: number; perAccount: number; busy: string[]; leaseSeconds: number },
): Promise<WaitingRow[]> {
  return sql<WaitingRow[]>`
    select account_id, message_id, id, attempts, description_sealed, room
      from postern.claim_attachments(${ticket}, ${rowLimit}, ${perAccount}, ${busy}, ${leaseSeconds},
                                     ${attachmentBytesMax})`
}

export type StoreOutcome = 'stored' | 'too_large' | 'lost'

export async function storeAttachment(
  sql: Sql,
  ticket: Buffer,
  {
    name,
    sizeBytes,
    descriptionSealed,
    contentSealed,
  }: { name: FetchName; sizeBytes: number; descriptionSealed: Buffer; contentSealed: Buffer },
): Promise<StoreOutcome> {
  const { accountId, messageId, id, attempts } = name
  const rows = await sql<(StoreAttachmentRow & { outcome: StoreOutcome })[]>`
    select outcome
      from postern.store_attachment(${ticket}, ${accountId}, ${messageId}, ${id}, ${attempts}, ${attachmentBytesMax},
                                    ${sizeBytes}, ${descriptionSealed}, ${contentSealed})`
  return rows[0]?.outcome ?? 'lost'
}

export async function postponeAttachment(
  sql: Sql,
  ticket: Buffer,
  { name, againAt }: { name: FetchName; againAt: Date },
): Promise<void> {
  const { accountId, messageId, id, attempts } = name
  await sql`select postern.postpone_attachment(${ticket}, ${accountId}, ${messageId}, ${id}, ${attempts}, ${againAt})`
}

/** The message is not sent without it. */
export async function failAttachment(
  sql: Sql,
  ticket: Buffer,
  { name, failure }: { name: FetchName; failure: FetchFailure },
): Promise<void> {
  const { accountId, messageId, id, attempts } = name
  await sql`select postern.fail_attachment(${ticket}, ${accountId}, ${messageId}, ${id}, ${attempts}, ${failure})`
}
