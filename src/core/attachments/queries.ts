/** Attachments as the database answers them to their own account. */
import type { AttachmentsTable, FindAttachmentRow, ListAttachmentsRow } from '../../db/schema.ts'
import type { Sql } from '../../db/sql.ts'

export interface SealedAttachmentRow
  extends Pick<ListAttachmentsRow, 'accountId' | 'id' | 'sizeBytes' | 'descriptionSealed'> {
  state: AttachmentsTable['state']
}

/** In their order; undefined when the account has no such message. */
export async function listAttachmentRows(
  sql: Sql,
  h1: Buffer,
  messageId: string,
): Promise<SealedAttachmentRow[] | undefined> {
  const rows = await sql<(SealedAttachmentRow | (SealedAttachmentRow & { id: null }))[]>`
    select account_id, id, state, size_bytes, description_sealed
      from postern.list_attachments(${h1}, ${messageId})`
  return rows.length === 0 ? undefined : rows.filter(({ id }) => id !== null)
}

export type SealedAttachment = Pick<
  FindAttachmentRow,
  'accountId' | 'id' | 'sizeBytes' | 'descriptionSealed' | 'contentSealed'
>

/** One that has its bytes. */
export async function findAttachment(
  sql: Sql,
  h1: Buffer,
  { messageId, id }: { messageId: string; id: string },
): Promise<SealedAttachment | undefined> {
  const rows = await sql<SealedAttachment[]>`
    select account_id, id, size_bytes, description_sealed, content_sealed
      from postern.find_attachment(${h1}, ${messageId}, ${id})`
  return rows[0]
}
