/** What an account has sent, and the adding up behind it. */
import type { CountUsageRow, FindUsageRow } from '../../db/schema.ts'
import type { Sql } from '../../db/sql.ts'

export interface Usage {
  messagesToday: number
  recipientsToday: number
  messagesMonth: number
  recipientsMonth: number
  domains: number
}

/** Today and this month, in UTC. Undefined for a key that may not read. */
export async function findUsage(sql: Sql, h1: Buffer): Promise<Usage | undefined> {
  const rows = await sql<FindUsageRow[]>`
    select messages_today, recipients_today, messages_month, recipients_month, domains
      from postern.find_usage(${h1})`
  const [row] = rows
  return (
    row && {
      messagesToday: Number(row.messagesToday),
      recipientsToday: Number(row.recipientsToday),
      messagesMonth: Number(row.messagesMonth),
      recipientsMonth: Number(row.recipientsMonth),
      domains: row.domains,
    }
  )
}

/** For jobs: adds up one step of time; true while there is more. */
export async function countUsage(
  sql: Sql,
  ticket: Buffer,
  { behindSeconds, stepSeconds }: { behindSeconds: number; stepSeconds: number },
): Promise<boolean> {
  const rows = await sql<Pick<CountUsageRow, 'more'>[]>`
    select more
      from postern.count_usage(${ticket}, ${behindSeconds}, ${stepSeconds})`
  return rows[0]?.more ?? false
}
