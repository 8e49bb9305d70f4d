/**
 * The queue as deliver sees it. Every function takes the ticket of a deliver process, reaches all accounts in the lanes
 * of that ticket and nothing else, and may be run twice: a claim's fence tells a late or repeated word from the present.
 */
import type {
  AttemptsTable,
  ClaimDeliveriesRow,
  ClaimedContentRow,
  DeliveriesTable,
  FinishDeliveriesRow,
  MessagesTable,
} from '../../db/schema.ts'
import type { Sql } from '../../db/sql.ts'

/** One delivery under a lease, with the sealed bytes of its message. */
export interface ClaimedDelivery
  extends Pick<
    ClaimDeliveriesRow,
    'lane' | 'accountId' | 'messageId' | 'stream' | 'createdAt' | 'expiresAt' | 'envelopeSealed'
  > {
  /** The number of its recipient inside the envelope. */
  n: ClaimDeliveriesRow['n']
  /** Counts the claims of this delivery. */
  fence: ClaimDeliveriesRow['fence']
  /** Attempts made before this one. */
  attempts: ClaimDeliveriesRow['attempts']
  stream: MessagesTable['stream']
  /** Keyed hash of the recipient's domain, 8 bytes. */
  destination: ClaimDeliveriesRow['destination']
  /** Of the message as it was given, before compression. */
  sizeBytes: ClaimDeliveriesRow['sizeBytes']
  /** null when it is large, or stands at another delivery of the same message in this claim. */
  contentSealed: ClaimDeliveriesRow['contentSealed'] | null
}

export type ClaimName = Pick<ClaimedDelivery, 'accountId' | 'messageId' | 'n' | 'fence'>

/** Where the last claim ended, so that the next one begins with another account. */
export interface ClaimCursor {
  lane: number
  accountId: string
}

export interface ClaimWish {
  limit: number
  leaseSeconds: number
  /** Destinations to be left out. */
  busy: Buffer[]
  inlineBytesMax: number
  cursor: ClaimCursor
}

/** What the last process with these lanes had claimed is ready again; answers how many. */
export async function beginDelivery(sql: Sql, ticket: Buffer): Promise<number> {
  const rows = await sql<{ moved: number }[]>`
    select postern.begin_delivery(${ticket}) as moved`
  return rows[0]?.moved ?? 0
}

export async function claimDeliveries(
  sql: Sql,
  ticket: Buffer,
  { limit, leaseSeconds, busy, inlineBytesMax, cursor }: ClaimWish,
): Promise<ClaimedDelivery[]> {
  return sql<ClaimedDelivery[]>`
    select lane, account_id, message_id, n, fence, attempts, stream, destination, created_at, expires_at,
           size_bytes, envelope_sealed, content_sealed
      from postern.claim_deliveries(${ticket}, ${limit}, ${leaseSeconds}, ${busy}, ${inlineBytesMax},
                                    ${cursor.lane}, ${cursor.accountId})`
}

/** The sealed content of a message under a live lease that did not travel with its claim. */
export async function findClaimedContent(
  sql: Sql,
  ticket: Buffer,
  { accountId, messageId }: { accountId: string; messageId: string },
): Promise<Buffer | undefined> {
  const rows = await sql<Pick<ClaimedContentRow, 'contentSealed'>[]>`
    select content_sealed
      from postern.claimed_content(${ticket}, ${accountId}, ${messageId})`
  return rows[0]?.contentSealed
}

/** How one attempt ended, and what becomes of its delivery. */
export interface FinishedAttempt extends ClaimName {
  outcome: AttemptsTable['outcome']
  nextState: Extract<
    DeliveriesTable['state'],
    'queued' | 'delivered' | 'bounced' | 'expired' | 'cancelled'
  >
  dueAt: Date
  startedAt: Date
  /** The host as it was routed, which is a setting of the operator's. */
  host: string
  tls: string | null
  selector: string | null
  replyCode: number | null
  enhancedCode: string | null
  durationMs: number
  /** The recipient does not exist: no further message is to go there. */
  suppress: boolean
  /** null when nobody was spoken to. */
  conversationSealed: Buffer | null
  /** The recipient's address under the message's key; given with `suppress` only. */
  addressSealed: Buffer | null
}

/** Records outcomes, at most some hundreds at once; answers how many still stood under their fence. */
export async function finishDeliveries(
  sql: Sql,
  ticket: Buffer,
  finished: readonly FinishedAttempt[],
): Promise<number> {
  const { offsets, lengths, blob } = joinBytes([
    ...finished.map((each) => each.conversationSealed),
    ...finished.map((each) => each.addressSealed),
  ])
  const half = finished.length
  const column = <Key extends keyof FinishedAttempt>(key: Key) => finished.map((each) => each[key])
  const instants = (key: 'dueAt' | 'startedAt') => finished.map((each) => each[key].toISOString())
  const rows = await sql<Pick<FinishDeliveriesRow, 'recorded'>[]>`
    select recorded
      from postern.finish_deliveries(
             ${ticket}, ${column('accountId')}, ${column('messageId')}, ${column('n')}, ${column('fence')},
             ${column('outcome')}, ${column('nextState')}, ${instants('dueAt')}, ${instants('startedAt')},
             ${column('host')}, ${column('tls')}, ${column('selector')}, ${column('replyCode')},
             ${column('enhancedCode')}, ${column('durationMs')}, ${column('suppress')},
             ${offsets.slice(0, half)}, ${lengths.slice(0, half)}, ${offsets.slice(half)}, ${lengths.slice(half)},
             ${blob})`
  return rows[0]?.recorded ?? 0
}

export interface ClaimedAttachment {
  id: string
  descriptionSealed: Buffer
  contentSealed: Buffer
}

/** The attachments of a message under a live lease, in their order. */
export async function listClaimedAttachments(
  sql: Sql,
  ticket: Buffer,
  { accountId, messageId }: { accountId: string; messageId: string },
): Promise<ClaimedAttachment[]> {
  return sql<ClaimedAttachment[]>`
    select id, description_sealed, content_sealed
      from postern.claimed_attachments(${ticket}, ${accountId}, ${messageId})`
}

/** Gives claims back as if they had never been made, due again at `againAt`. */
export async function releaseDeliveries(
  sql: Sql,
  ticket: Buffer,
  { claims, againAt }: { claims: readonly ClaimName[]; againAt: Date },
): Promise<void> {
  const accountIds = claims.map((claim) => claim.accountId)
  const messageIds = claims.map((claim) => claim.messageId)
  const numbers = claims.map((claim) => claim.n)
  const fences = claims.map((claim) => claim.fence)
  await sql`select postern.release_deliveries(${ticket}, ${accountIds}, ${messageIds}, ${numbers}, ${fences},
                                              ${againAt.toISOString()})`
}

/** Makes ready what is due; answers how many rows that were, at most `rowLimit`. */
export async function releaseDue(sql: Sql, ticket: Buffer, rowLimit: number): Promise<number> {
  const rows = await sql<{ moved: number }[]>`
    select postern.release_due(${ticket}, ${rowLimit}) as moved`
  return rows[0]?.moved ?? 0
}

/** Bytes of many rows travel as one value, cut by offsets: arrays of bytes are dear on both sides. */
function joinBytes(parts: readonly (Buffer | null)[]): {
  offsets: number[]
  lengths: (number | null)[]
  blob: Buffer
} {
  let end = 0
  const offsets = parts.map((part) => {
    const start = end
    end += part?.length ?? 0
    return start
  })
  const lengths = parts.map((part) => part?.length ?? null)
  return { offsets, lengths, blob: Buffer.concat(parts.filter((part) => part !== null)) }
}
