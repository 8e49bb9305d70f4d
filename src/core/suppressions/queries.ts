/** An account's suppressions as the database answers them; every function shows the asking key's proof. */
import type {
  AddSuppressionsRow,
  ListSuppressionsRow,
  RemoveSuppressionsRow,
  SuppressionsTable,
} from '../../db/schema.ts'
import type { Sql } from '../../db/sql.ts'

export type SuppressionReason = SuppressionsTable['reason']

export interface SealedSuppression
  extends Pick<ListSuppressionsRow, 'id' | 'createdAt' | 'accountId' | 'recipientIndex'> {
  reason: SuppressionReason
  /** The message that bounced, was complained about or unsubscribed by; null for one made by hand. */
  messageId: ListSuppressionsRow['messageId'] | null
  addressSealed: ListSuppressionsRow['addressSealed'] | null
}

/** Newest first. */
export async function listSuppressions(
  sql: Sql,
  h1: Buffer,
  {
    reason,
    after,
    before,
    rowLimit,
  }: {
    reason: SuppressionReason | null
    after: string | null
    before: string | null
    rowLimit: number
  },
): Promise<SealedSuppression[]> {
  return sql<SealedSuppression[]>`
    select id, reason, message_id, recipient_index, address_sealed, created_at, account_id
      from postern.list_suppressions(${h1}, ${reason}, ${after}, ${before}, ${rowLimit})`
}

/** By its id or by the index of its address. */
export async function findSuppression(
  sql: Sql,
  h1: Buffer,
  wanted: { id: string | null; index: Buffer | null },
): Promise<SealedSuppression | undefined> {
  const rows = await sql<SealedSuppression[]>`
    select id, reason, message_id, recipient_index, address_sealed, created_at, account_id
      from postern.find_suppression(${h1}, ${wanted.id}, ${wanted.index})`
  return rows[0]
}

/** Ids in the order given; those that were there already keep theirs. */
export async function addSuppressions(
  sql: Sql,
  h1: Buffer,
  rows: readonly { id: string; index: Buffer; addressSealed: Buffer }[],
): Promise<string[]> {
  const answer = await sql<Pick<AddSuppressionsRow, 'id'>[]>`
    select id
      from postern.add_suppressions(${h1}, ${rows.map((row) => row.id)}, ${rows.map((row) => row.index)},
                                    ${rows.map((row) => row.addressSealed)})
     order by ordinal`
  return answer.map(({ id }) => id)
}

/** Ids of those that were there. */
export async function removeSuppressions(
  sql: Sql,
  h1: Buffer,
  { ids, indexes }: { ids: readonly string[]; indexes: readonly Buffer[] },
): Promise<string[]> {
  const answer = await sql<Pick<RemoveSuppressionsRow, 'id'>[]>`
    select id
      from postern.remove_suppressions(${h1}, ${ids}, ${indexes})`
  return answer.map(({ id }) => id)
}
