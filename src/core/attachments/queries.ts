/** Attachments as the database answers them to their own account. */
import type {
  AttachmentsTable,
  FindAttachmentRow,
  FindContentRow,
  ListAttachmentsRow,
} from '../../db/schema.ts'
import type { Sql } from '../../db/sql.ts'

export interface SealedAttachmentRow
  extends Pick<ListAttachmentsRow, 'accountId' | 'id' | 'sizeBytes' | 'descriptionSealed'> {
  state: AttachmentsTable['state']
}

/** A message that has no attachments beside its content. */
export type MessageWithout = Pick<
  ListAttachmentsRow,
  'accountId' | 'messageBytes' | 'envelopeSealed'
>

/** In their order; undefined when the account has no such message. */
export async function listAttachmentRows(
  sql: Sql,
  h1: Buffer,
  messageId: string,
): Promise<{ rows: SealedAttachmentRow[] } | { without: MessageWithout } | undefined> {
  const rows = await sql<(SealedAttachmentRow | (MessageWithout & { id: null }))[]>`
    select account_id, id, state, size_bytes, description_sealed, message_bytes, envelope_sealed
      from postern.list_attachments(${h1}, ${messageId})`
  const [first] = rows
  if (!first) return undefined
  if (first.id === null) return { without: first }
  return { rows: rows.filter((row) => row.id !== null) }
}

/** The sealed content of one of the account's messages; undefined when it has gone. */
export async function findContent(
  sql: Sql,
  h1: Buffer,
  messageId: string,
): Promise<Buffer | undefined> {
  const rows = await sql<Pick<FindContentRow, 'contentSealed'>[]>`
    select content_sealed from postern.find_content(${h1}, ${messageId})`
  return rows[0]?.contentSealed
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
