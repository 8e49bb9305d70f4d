/** Messages for an export, as the database answers them: pages without contents, and contents for some of them. */
import type { ExportMessagesRow } from '../../db/schema.ts'
import type { Sql } from '../../db/sql.ts'
import type { MessageEvent, SealedDelivery } from '../messages/read-queries.ts'
import type { Exporting } from './queries.ts'

export interface SealedAttachmentRow {
  id: string
  state: 'stored' | 'waiting' | 'failed'
  sizeBytes: number
  failure: string | null
  /** base64 */
  descriptionSealed: string
}

export interface SealedRow
  extends Pick<
    ExportMessagesRow,
    | 'id'
    | 'accountId'
    | 'credentialId'
    | 'createdAt'
    | 'expiresAt'
    | 'stream'
    | 'sizeBytes'
    | 'envelopeSealed'
    | 'hasContent'
  > {
  domainId: string | null
  scheduledAt: Date | null
  /** By the number of the delivery. */
  recipientIndexes: Buffer[]
  deliveries: SealedDelivery[]
  events: MessageEvent[]
  attachments: SealedAttachmentRow[]
}

/** Of one recipient, where one is named. `next` is where to go on; null at the end. */
export async function exportMessages(
  sql: Sql,
  { h1, begun }: Exporting,
  wanted: {
    recipient: Buffer | null
    after: string | null
    rowLimit: number
    /** How many are looked at for it. */
    walkLimit: number
  },
): Promise<{ rows: SealedRow[]; next: string | null }> {
  const answer = await sql<((SealedRow | { id: null }) & { walkedTo: string | null })[]>`
    select id, account_id, credential_id, domain_id, created_at, expires_at, scheduled_at, stream, size_bytes,
           envelope_sealed, has_content, recipient_indexes, deliveries, events, attachments, walked_to
      from postern.export_messages(${h1}, ${begun}, ${wanted.recipient}, ${wanted.after}, ${wanted.rowLimit},
                                   ${wanted.walkLimit})`
  const rows = answer.filter((row) => row.id !== null)
  const walkedTo = answer[0]?.walkedTo ?? null
  const isFull = rows.length === wanted.rowLimit
  return { rows, next: isFull ? (rows.at(-1)?.id ?? null) : walkedTo }
}

/** By message id; those that are still kept. */
export async function exportContents(
  sql: Sql,
  { h1, begun }: Exporting,
  ids: readonly string[],
): Promise<Map<string, Buffer>> {
  const rows = await sql<{ messageId: string; contentSealed: Buffer }[]>`
    select message_id, content_sealed
      from postern.export_contents(${h1}, ${begun}, ${ids})`
  return new Map(rows.map(({ messageId, contentSealed }) => [messageId, contentSealed]))
}

/** What stands beside the content of one message, in its order. */
export async function exportAttachments(
  sql: Sql,
  { h1, begun }: Exporting,
  messageId: string,
): Promise<{ id: string; contentSealed: Buffer }[]> {
  return sql<{ id: string; contentSealed: Buffer }[]>`
    select id, content_sealed
      from postern.export_attachments(${h1}, ${begun}, ${messageId})`
}
