/** What a key was used for lately, so that its owner sees what would stand still without it. */
import type { CredentialUsageRow } from '../../db/schema.ts'
import type { Sql } from '../../db/sql.ts'
import { Refusal } from '../../lib/refusal.ts'
import type { Stream } from '../messages/accept-queries.ts'
import { findCredentialUsage } from './queries.ts'

export interface CredentialUsage
  extends Pick<CredentialUsageRow, 'requestsSince' | 'messagesSince'> {
  lastUsedAt: Date | null
  /** Newest day first, 1,000 at most; days are UTC. */
  requests: { day: string; method: string; route: string; requests: number }[]
  messages: {
    day: string
    /** null: the sandbox, or a domain that is no more. */
    domain: string | null
    stream: Stream
    messages: number
    recipients: number
  }[]
}

/** Of the whole account, newest first: so much is looked at for requests, and so much for messages. */
const linesMax = 50_000

export async function readCredentialUsage(
  sql: Sql,
  h1: Buffer,
  credentialId: string,
): Promise<CredentialUsage> {
  const usage = await findCredentialUsage(sql, h1, { id: credentialId, rowLimit: linesMax })
  if (usage) return usage
  throw new Refusal('not_found', 'API key not found')
}
