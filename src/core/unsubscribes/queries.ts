/** Leaving bulk mail, and coming back. The proof is the hash of a link's secret; undefined where the link is not known. */
import type { FindSubscriptionRow } from '../../db/schema.ts'
import type { Sql } from '../../db/sql.ts'
import type { UnsubscribeLink } from './link.ts'

/** `undoable`: left by this very link, which can take it back; `unsubscribed`: by another one. */
export type Standing = 'subscribed' | 'undoable' | 'unsubscribed'

interface StandingRow extends Pick<FindSubscriptionRow, 'standing'> {
  standing: Standing
}

export async function findSubscription(
  sql: Sql,
  h1: Buffer,
  { accountId, messageId, n }: UnsubscribeLink,
): Promise<Standing | undefined> {
  const rows = await sql<StandingRow[]>`
    select standing from postern.find_subscription(${h1}, ${accountId}, ${messageId}, ${n})`
  return rows[0]?.standing
}

/** Safe to do twice. */
export async function unsubscribe(
  sql: Sql,
  h1: Buffer,
  { accountId, messageId, n, addressSealed }: UnsubscribeLink,
): Promise<Standing | undefined> {
  const rows = await sql<StandingRow[]>`
    select standing
      from postern.unsubscribe(${h1}, ${accountId}, ${messageId}, ${n}, ${addressSealed})`
  return rows[0]?.standing
}

/** Takes back what this link did, and nothing that another one did. */
export async function resubscribe(
  sql: Sql,
  h1: Buffer,
  { accountId, messageId, n }: UnsubscribeLink,
): Promise<Standing | undefined> {
  const rows = await sql<StandingRow[]>`
    select standing from postern.resubscribe(${h1}, ${accountId}, ${messageId}, ${n})`
  return rows[0]?.standing
}
