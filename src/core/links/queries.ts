/** Links as the database keeps them: stored by the key that makes them, read by whoever holds their secret. */
import type {
  LinkedAttachmentContentRow,
  LinkedAttachmentRow,
  LinkedInnerAttachmentContentRow,
  LinkedInnerAttachmentRow,
  LinkedMessageRow,
  StoreLinksRow,
} from '../../db/schema.ts'
import type { Sql } from '../../db/sql.ts'
import type { SignedRow } from '../authority/signed-row.ts'

export type StoreLinksOutcome = 'stored' | 'refused' | 'limit_reached'

export async function storeLinks(
  sql: Sql,
  h1: Buffer,
  { signed, liveMax }: { signed: readonly SignedRow[]; liveMax: number },
): Promise<StoreLinksOutcome> {
  const rows = await sql<(StoreLinksRow & { outcome: StoreLinksOutcome })[]>`
    select outcome from postern.store_links(${h1}, ${JSON.stringify(signed)}, ${liveMax})`
  return rows[0]?.outcome ?? 'refused'
}

export type LinkedAttachment = Pick<
  LinkedAttachmentRow,
  'accountId' | 'id' | 'sizeBytes' | 'descriptionSealed'
>

/** `h1` is the link's own. */
export async function findLinkedAttachment(
  sql: Sql,
  h1: Buffer,
): Promise<LinkedAttachment | undefined> {
  const rows = await sql<LinkedAttachment[]>`
    select account_id, id, size_bytes, description_sealed
      from postern.linked_attachment(${h1})`
  return rows[0]
}

export async function findLinkedAttachmentContent(
  sql: Sql,
  h1: Buffer,
): Promise<Buffer | undefined> {
  const rows = await sql<Pick<LinkedAttachmentContentRow, 'contentSealed'>[]>`
    select content_sealed from postern.linked_attachment_content(${h1})`
  return rows[0]?.contentSealed
}

export interface LinkedMessage
  extends Pick<
    LinkedMessageRow,
    'accountId' | 'id' | 'createdAt' | 'sizeBytes' | 'envelopeSealed'
  > {
  /** null: it was discarded. */
  contentSealed: LinkedMessageRow['contentSealed'] | null
}

export async function findLinkedMessage(sql: Sql, h1: Buffer): Promise<LinkedMessage | undefined> {
  const rows = await sql<LinkedMessage[]>`
    select account_id, id, created_at, size_bytes, envelope_sealed, content_sealed
      from postern.linked_message(${h1})`
  return rows[0]
}

/** An attachment within a message; the size is the whole message's. */
export type LinkedInnerAttachment = Pick<
  LinkedInnerAttachmentRow,
  'accountId' | 'id' | 'messageId' | 'sizeBytes'
>

export async function findLinkedInnerAttachment(
  sql: Sql,
  h1: Buffer,
): Promise<LinkedInnerAttachment | undefined> {
  const rows = await sql<LinkedInnerAttachment[]>`
    select account_id, id, message_id, size_bytes
      from postern.linked_inner_attachment(${h1})`
  return rows[0]
}

/** The sealed content of the whole message. */
export async function findLinkedInnerAttachmentContent(
  sql: Sql,
  h1: Buffer,
): Promise<Buffer | undefined> {
  const rows = await sql<Pick<LinkedInnerAttachmentContentRow, 'contentSealed'>[]>`
    select content_sealed from postern.linked_inner_attachment_content(${h1})`
  return rows[0]?.contentSealed
}
