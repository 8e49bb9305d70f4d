/** An account's own messages as the database answers them: sealed, by the asking key's proof. */
import type {
  AttemptsTable,
  DeliveriesTable,
  EventsTable,
  FindMessageRow,
  ListMessagesRow,
  MessagesTable,
} from '../../db/schema.ts'
import type { Sql } from '../../db/sql.ts'

export type DeliveryState = DeliveriesTable['state']

/** As `private.deliveries_of` writes it; instants are milliseconds. */
export interface SealedDelivery {
  n: number
  state: DeliveryState
  attempts: number
  dueAt: number
  /** Why it waits though it could go; empty when nothing holds it. */
  holds: ('key' | 'operator' | 'account' | 'attachments')[]
  tries: SealedTry[]
}

export interface SealedTry {
  number: number
  at: number
  outcome: AttemptsTable['outcome']
  host: string
  tls: string | null
  selector: string | null
  replyCode: number | null
  enhancedCode: string | null
  durationMs: number
  /** base64 */
  conversationSealed: string | null
}

export interface MessageEvent {
  kind: EventsTable['kind']
  /** The delivery it is about; null when it is about the message. */
  n: number | null
  at: number
}

export interface SealedMessage
  extends Pick<
    FindMessageRow,
    | 'id'
    | 'createdAt'
    | 'expiresAt'
    | 'stream'
    | 'sizeBytes'
    | 'keyVersion'
    | 'envelopeSealed'
    | 'accountId'
    | 'deliveries'
    | 'events'
  > {
  scheduledAt: FindMessageRow['scheduledAt'] | null
  stream: MessagesTable['stream']
  contentSealed: FindMessageRow['contentSealed'] | null
  /** Of the first attachment that could not be fetched; null when none has failed. */
  attachmentFailure: FindMessageRow['attachmentFailure'] | null
  deliveries: SealedDelivery[]
  events: MessageEvent[]
}

export async function findMessage(
  sql: Sql,
  h1: Buffer,
  messageId: string,
): Promise<SealedMessage | undefined> {
  const rows = await sql<SealedMessage[]>`
    select id, created_at, expires_at, scheduled_at, stream, size_bytes, key_version, envelope_sealed, content_sealed,
           account_id, attachment_failure, deliveries, events
      from postern.find_message(${h1}, ${messageId})`
  return rows[0]
}

export interface SealedListing
  extends Pick<ListMessagesRow, 'id' | 'createdAt' | 'envelopeSealed' | 'accountId' | 'states'> {
  scheduledAt: ListMessagesRow['scheduledAt'] | null
  states: DeliveryState[]
  /** A delivery that waits has been tried before. */
  deferred: ListMessagesRow['deferred']
  /** One of its attachments could not be fetched. */
  lacksAttachment: ListMessagesRow['lacksAttachment']
}

/** Newest first: older than `after`, or newer than `before`. */
export async function listMessages(
  sql: Sql,
  h1: Buffer,
  { after, before, rowLimit }: { after: string | null; before: string | null; rowLimit: number },
): Promise<SealedListing[]> {
  return sql<SealedListing[]>`
    select id, created_at, scheduled_at, envelope_sealed, account_id, states, deferred, lacks_attachment
      from postern.list_messages(${h1}, ${after}, ${before}, ${rowLimit})`
}
