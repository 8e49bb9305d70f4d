/** What a new installation begins with: an account, so that the first curl line works, the key of its own mail, a way in. */
import { existsSync, readFileSync } from 'node:fs'
import { ensureFirstAccount as ensure } from '../core/accounts/ensure-first-account.ts'
import { ensureMailKey } from '../core/accounts/ensure-mail-key.ts'
import { makeFirstOwnerLink } from '../core/accounts/owner-link.ts'
import { openPool } from '../db/sql.ts'
import { systemClock } from '../lib/clock.ts'
import type { OperatorLogin } from '../process/operator-socket.ts'
import { writeSecret } from '../process/secrets.ts'
import { connectVault } from '../vault/client.ts'
import { silentLog } from './operator.ts'

export interface FirstFiles {
  keyFile: string
  mailKeyFile: string
}

/**
 * Makes the account when there is none yet, and writes each key for the owner of the home only. Answers the secret of a
 * link for the first owner, while the first account has no member; null while vault is sealed, which signs nothing.
 */
export async function ensureFirstAccount(
  { database, vaultSocket, operatorToken }: OperatorLogin & { operatorToken: string },
  { keyFile, mailKeyFile }: FirstFiles,
): Promise<string | null> {
  const sql = openPool(database, { connectionsMax: 1 })
  const vault = connectVault({
    socket: vaultSocket,
    role: 'operator',
    ticket: operatorToken,
    log: silentLog,
  })
  try {
    const deps = { sql, vault, clock: systemClock }
    await ensure(deps, operatorToken, (apiKey) => writeSecret(keyFile, apiKey))
    if ((await vault.status()).sealed) return null
    await ensureMailKey(deps, operatorToken, mailKeyIn(mailKeyFile))
    return await makeFirstOwnerLink(deps, operatorToken)
  } finally {
    await vault.close()
    await sql.end()
  }
}

export function mailKeyIn(file: string): {
  known: string | null
  keepKey: (apiKey: string) => void
} {
  return {
    known: existsSync(file) ? readFileSync(file, 'utf8').trim() : null,
    keepKey: (apiKey) => writeSecret(file, apiKey),
  }
}
