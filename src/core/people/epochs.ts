/** Ending sessions, and passwords with them, of an account or of everybody: one row, and all that is older counts no more. */
import type { Sql } from '../../db/sql.ts'
import { tokenProof } from '../../lib/token.ts'
import type { VaultClient } from '../../vault/client.ts'
import { epochOfAll } from '../access/epoch-of-all.ts'
import { insertAuthority } from '../operations/queries.ts'

/** `accountId` null: the whole installation. API keys go on working. */
export async function beginEpoch(
  { sql, vault }: { sql: Sql; vault: Pick<VaultClient, 'authorise'> },
  operatorToken: string,
  { accountId, passwords }: { accountId: string | null; passwords: boolean },
): Promise<void> {
  const of = accountId ?? epochOfAll
  const { signed } = await vault.authorise(
    { operatorToken },
    { kind: 'begin_epoch', accountId: of, passwords },
  )
  const action = passwords ? 'passwords.reset' : 'sessions.end'
  await insertAuthority(sql, tokenProof(operatorToken), { signed, action, nameSealed: null })
}
