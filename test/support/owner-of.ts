/** An owner for an account that the operator has made without one, so that somebody can be told. */
import { uuidv7 } from '../../src/lib/uuid.ts'
import type { TestDatabase } from './database.ts'

/** The row of a member as the database keeps it; nobody signs in with it. Answers the person's id. */
export async function addOwner(database: TestDatabase, accountId: string): Promise<string> {
  const userId = uuidv7(Date.now())
  await database.query(
    `insert into postern.members
            (lane, account_id, id, version, user_id, role, is_live, not_before, columns, signature)
     values (private.lane_of($1), $1, $2, 1, $3, 'owner', true, now(), '{}', ''::bytea)`,
    [accountId, uuidv7(Date.now()), userId],
  )
  return userId
}

export interface Told {
  user_id: string
  kind: string
  object_id: string
}

export function noticesOf(database: TestDatabase, accountId: string): Promise<Told[]> {
  return database.query<Told>(
    'select user_id, kind, object_id from postern.notices where account_id = $1 order by created_at, kind',
    [accountId],
  )
}

/** Lines of the ledger about one key. */
export async function linesOf(database: TestDatabase, credentialId: string): Promise<string[]> {
  const rows = await database.query<{ line: string }>(
    `select process || ' ' || action as line from postern.ledger where object_id = $1 order by id`,
    [credentialId],
  )
  return rows.map(({ line }) => line)
}
