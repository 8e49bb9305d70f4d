/** Messages, attempts and events planted as the doors and deliver would have left them, at moments of one's choice. */
import { uuidv7 } from '../../src/lib/uuid.ts'
import type { TestDatabase } from './database.ts'

export interface PlantedMessage {
  accountId: string
  stream: 'urgent' | 'transactional' | 'bulk'
  domainId: string | null
  recipients: number
  createdAtMs: number
}

export interface PlantedEvent {
  message: PlantedMessage & { id: string }
  n: number | null
  kind: string
  atMs: number
  /** The attempt that brought it about. */
  attempt?: { host: string; number: number; startedAtMs: number; outcome: string }
}

export async function plantMessage(
  { query }: Pick<TestDatabase, 'query'>,
  message: PlantedMessage,
): Promise<PlantedMessage & { id: string }> {
  const id = uuidv7(message.createdAtMs)
  const { accountId, stream, domainId, recipients, createdAtMs } = message
  await query(
    `insert into postern.messages (lane, account_id, id, credential_id, stream, created_at, expires_at, size_bytes,
                                   recipients, key_version, session_public, envelope_sealed, domain_id)
     select private.lane_of($1), $1, $2, gen_random_uuid(), $3, $4, $4::timestamptz + interval '3 days', 1, $5, 1, '',
            '', $6`,
    [accountId, id, stream, new Date(createdAtMs), recipients, domainId],
  )
  return { ...message, id }
}

export async function plantEvents(
  { query }: Pick<TestDatabase, 'query'>,
  events: readonly PlantedEvent[],
): Promise<void> {
  const column = <Value>(read: (event: PlantedEvent) => Value) => events.map(read)
  await query(
    `insert into postern.events (lane, account_id, message_id, n, kind, at)
     select private.lane_of(p.account), p.account, p.message, p.n, p.kind, p.at
       from unnest($1::uuid[], $2::uuid[], $3::smallint[], $4::text[], $5::timestamptz[])
            as p(account, message, n, kind, at)`,
    [
      column(({ message }) => message.accountId),
      column(({ message }) => message.id),
      column(({ n }) => n),
      column(({ kind }) => kind),
      column(({ atMs }) => new Date(atMs)),
    ],
  )
  for (const { message, n, attempt } of events) {
    if (!attempt) continue
    await query(
      `insert into postern.attempts (lane, account_id, message_id, n, number, at, outcome, host, selector, duration_ms)
       select private.lane_of($1), $1, $2, $3, $4, $5, $6, $7, 'postern1', 5`,
      [
        message.accountId,
        message.id,
        n,
        attempt.number,
        new Date(attempt.startedAtMs),
        attempt.outcome,
        attempt.host,
      ],
    )
  }
}
