/** The account that a new installation begins with, so that the first curl line works. */
import { ensureFirstAccount as ensure } from '../core/accounts/ensure-first-account.ts'
import { openPool } from '../db/sql.ts'
import { systemClock } from '../lib/clock.ts'
import type { OperatorLogin } from '../process/operator-socket.ts'
import { writeSecret } from '../process/secrets.ts'
import { connectVault } from '../vault/client.ts'
import { silentLog } from './operator.ts'

/** Makes it when there is no account yet, and writes its key for the owner of the home only. Returns the key's file. */
export async function ensureFirstAccount(
  { database, vaultSocket, operatorToken }: OperatorLogin & { operatorToken: string },
  keyFile: string,
): Promise<string> {
  const sql = openPool(database, { connectionsMax: 1 })
  const vault = connectVault({
    socket: vaultSocket,
    role: 'operator',
    ticket: operatorToken,
    log: silentLog,
  })
  try {
    await ensure({ sql, vault, clock: systemClock }, operatorToken, (apiKey) =>
      writeSecret(keyFile, apiKey),
    )
  } finally {
    await vault.close()
    await sql.end()
  }
  return keyFile
}
