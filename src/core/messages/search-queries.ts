/** Looking for messages and following them, by the asking proof; what comes back is sealed or says nothing of a person. */
import type { FollowMessagesRow, SearchMessagesRow } from '../../db/schema.ts'
import type { Sql } from '../../db/sql.ts'
import type { Stream } from './accept-queries.ts'
import type { DeliveryState } from './read-queries.ts'

/** What one delivery of a message may be looked for in. */
export const searchedStates = [
  'queued',
  'scheduled',
  'held',
  'deferred',
  'delivered',
  'bounced',
  'expired',
  'suppressed',
  'cancelled',
] as const
export type SearchedState = (typeof searchedStates)[number]

/** Null narrows nothing; ids are bounds, since they sort by time. */
export interface SealedFilter {
  after: string | null
  lowest: string | null
  highest: string | null
  recipient: Buffer | null
  destination: Buffer | null
  tag: Buffer | null
  state: SearchedState | null
  stream: Stream | null
}

/** As `private.standing_of` writes it. */
export interface MessageStanding {
  states: DeliveryState[]
  /** A delivery that waits has been tried before. */
  deferred: boolean
  held: boolean
  lacksAttachment: boolean
  /** Another number means that something has happened to the message. */
  revision: number
}

export interface FoundMessage
  extends Pick<SearchMessagesRow, 'id' | 'createdAt' | 'envelopeSealed' | 'accountId'> {
  scheduledAt: SearchMessagesRow['scheduledAt'] | null
  stream: Stream
  standing: MessageStanding
}

export interface SearchAnswer {
  rows: FoundMessage[]
  /** The last message that was looked at when there are older ones; null when all were. */
  walkedTo: string | null
}

type SearchRow = (FoundMessage | { id: null }) & { walkedTo: string | null }

/** Newest first. Looks at no more than `walkLimit` messages, whatever is found among them. */
export async function searchMessages(
  sql: Sql,
  h1: Buffer,
  { filter, rowLimit, walkLimit }: { filter: SealedFilter; rowLimit: number; walkLimit: number },
): Promise<SearchAnswer> {
  const { after, lowest, highest, recipient, destination, tag, state, stream } = filter
  const rows = await sql<SearchRow[]>`
    select id, created_at, scheduled_at, stream, envelope_sealed, account_id, standing, walked_to
      from postern.search_messages(${h1}, ${after}, ${lowest}, ${highest}, ${recipient}, ${destination}, ${tag},
                                   ${state}, ${stream}, ${rowLimit}, ${walkLimit})`
  return {
    rows: rows.flatMap(({ walkedTo: _, ...row }) => (row.id === null ? [] : [row])),
    walkedTo: rows[0]?.walkedTo ?? null,
  }
}

export interface FollowedMessage extends Pick<FollowMessagesRow, 'id'> {
  scheduledAt: FollowMessagesRow['scheduledAt'] | null
  standing: MessageStanding
}

/** Those of the messages that the asking account has. */
export async function followMessages(
  sql: Sql,
  h1: Buffer,
  ids: readonly string[],
): Promise<FollowedMessage[]> {
  return sql<FollowedMessage[]>`
    select id, scheduled_at, standing
      from postern.follow_messages(${h1}, ${ids})`
}
