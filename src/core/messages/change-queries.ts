/** What an account changes about a message of its own; each statement shows the asking key's proof and is safe to run twice. */
import type {
  CancelMessageRow,
  ReleaseMessageRow,
  RequeueMessageRow,
  RescheduleMessageRow,
} from '../../db/schema.ts'
import type { Sql } from '../../db/sql.ts'

export type RescheduleOutcome = 'done' | 'not_found' | 'not_scheduled'
export type CancelOutcome = 'done' | 'not_found' | 'under_way'
export type ReleaseOutcome =
  | 'done'
  | 'not_found'
  | 'not_held'
  | 'not_permitted'
  | 'held_by_operator'
  | 'waits'
export type RequeueOutcome =
  | 'done'
  | 'not_found'
  | 'none_failed'
  | 'suppressed'
  | 'content_gone'
  | 'over_quota'
  | 'key_over_quota'

export async function rescheduleMessage(
  sql: Sql,
  h1: Buffer,
  { id, at, lifetimeSeconds }: { id: string; at: Date; lifetimeSeconds: number },
): Promise<RescheduleOutcome> {
  const rows = await sql<(RescheduleMessageRow & { outcome: RescheduleOutcome })[]>`
    select outcome from postern.reschedule_message(${h1}, ${id}, ${at}, ${lifetimeSeconds})`
  return rows[0]?.outcome ?? 'not_found'
}

export async function cancelMessage(sql: Sql, h1: Buffer, id: string): Promise<CancelOutcome> {
  const rows = await sql<(CancelMessageRow & { outcome: CancelOutcome })[]>`
    select outcome from postern.cancel_message(${h1}, ${id})`
  return rows[0]?.outcome ?? 'not_found'
}

export async function releaseMessage(
  sql: Sql,
  h1: Buffer,
  { id, lifetimeSeconds }: { id: string; lifetimeSeconds: number },
): Promise<ReleaseOutcome> {
  const rows = await sql<(ReleaseMessageRow & { outcome: ReleaseOutcome })[]>`
    select outcome from postern.release_message(${h1}, ${id}, ${lifetimeSeconds})`
  return rows[0]?.outcome ?? 'not_found'
}

export async function requeueMessage(
  sql: Sql,
  h1: Buffer,
  { id, lifetimeSeconds }: { id: string; lifetimeSeconds: number },
): Promise<RequeueOutcome> {
  const rows = await sql<(RequeueMessageRow & { outcome: RequeueOutcome })[]>`
    select outcome from postern.requeue_message(${h1}, ${id}, ${lifetimeSeconds})`
  return rows[0]?.outcome ?? 'not_found'
}
