/** Deliveries that have not ended, looked at and changed by hand; by the operator's token or an account's own key. */
import type {
  DeliveriesTable,
  HoldSubmittedRow,
  MessagesTable,
  OpsChangeQueueRow,
  OpsCountQueueRow,
  OpsListQueueRow,
} from '../../db/schema.ts'
import type { Sql } from '../../db/sql.ts'

/** What is null narrows nothing. */
export interface QueueFilter {
  accountId: string | null
  /** The keyed hash of the recipients' domain. */
  destination: Buffer | null
  /** The index of a tag, under the key of the account. */
  tag: Buffer | null
  credentialId: string | null
  messageId: string | null
  state: QueueState | null
}

export type QueueState = 'queued' | 'attempting' | 'held'
export type QueueAction = 'hold' | 'release' | 'retry' | 'cancel'

export interface QueuedDelivery
  extends Pick<
    OpsListQueueRow,
    'messageId' | 'accountId' | 'n' | 'state' | 'stream' | 'attempts' | 'dueAt' | 'holds'
  > {
  state: Extract<DeliveriesTable['state'], 'queued' | 'attempting'>
  stream: MessagesTable['stream']
}

/** Those due first. */
export async function listQueue(
  sql: Sql,
  h1: Buffer,
  { filter, limit }: { filter: QueueFilter; limit: number },
): Promise<QueuedDelivery[]> {
  const { accountId, destination, tag, credentialId, messageId, state } = filter
  return sql<QueuedDelivery[]>`
    select message_id, account_id, n, state, stream, attempts, due_at, holds
      from postern.ops_list_queue(${h1}, ${accountId}, ${destination}, ${tag}, ${credentialId}, ${messageId}, ${state},
                                  ${limit})`
}

/** bigint as text; states without a delivery are left out. */
export async function countQueue(
  sql: Sql,
  h1: Buffer,
  { accountId, destination, tag, credentialId, messageId, state }: QueueFilter,
): Promise<Pick<OpsCountQueueRow, 'state' | 'deliveries'>[]> {
  return sql<Pick<OpsCountQueueRow, 'state' | 'deliveries'>[]>`
    select state, deliveries
      from postern.ops_count_queue(${h1}, ${accountId}, ${destination}, ${tag}, ${credentialId}, ${messageId}, ${state})`
}

/** Behind which delivery the next round goes on, in the order of account, message and recipient. */
export interface QueueCursor {
  accountId: string
  messageId: string
  n: number
}

export interface ChangedQueue extends Pick<OpsChangeQueueRow, 'matched' | 'changed'> {
  /** All null when nothing was left. */
  lastAccount: string | null
  lastMessage: string | null
  lastN: number | null
}

export async function changeQueue(
  sql: Sql,
  h1: Buffer,
  {
    action,
    hold,
    filter,
    after,
    rowLimit,
  }: {
    action: QueueAction
    /** Who holds: what is held by `key` was submitted by one that was revoked so. */
    hold: 'operator' | 'key'
    filter: QueueFilter
    after: QueueCursor
    rowLimit: number
  },
): Promise<ChangedQueue | undefined> {
  const { accountId, destination, tag, credentialId, messageId, state } = filter
  const rows = await sql<ChangedQueue[]>`
    select matched, changed, last_account, last_message, last_n
      from postern.ops_change_queue(${h1}, ${action}, ${hold}, ${accountId}, ${destination}, ${tag}, ${credentialId},
                                    ${messageId}, ${state}, ${after.accountId}, ${after.messageId}, ${after.n},
                                    ${rowLimit})`
  return rows[0]
}

export interface HeldSubmitted extends Pick<HoldSubmittedRow, 'matched' | 'changed'> {
  lastMessage: string | null
  lastN: number | null
}

/** No row for a key that may not. */
export async function holdSubmittedBatch(
  sql: Sql,
  h1: Buffer,
  {
    credentialId,
    after,
    rowLimit,
  }: { credentialId: string; after: Omit<QueueCursor, 'accountId'>; rowLimit: number },
): Promise<HeldSubmitted | undefined> {
  const rows = await sql<HeldSubmitted[]>`
    select matched, changed, last_message, last_n
      from postern.hold_submitted(${h1}, ${credentialId}, ${after.messageId}, ${after.n}, ${rowLimit})`
  return rows[0]
}
