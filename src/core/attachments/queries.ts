/** Attachments as the database answers them to their own account. */
import type { AttachmentsTable, ListAttachmentsRow } from '../../db/schema.ts'
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
