/** The key that Postern's own mail is sent with: of the system account, may only send, and leaves no content behind. */
import { storedHash, tokenProof } from '../../lib/token.ts'
import { findHashes, listCredentials } from '../operations/credential-queries.ts'
import { createAccountKey, revokeAccountKey } from './account-keys.ts'
import type { AccountDeps } from './create-account.ts'
import { systemAccountId } from './system-account.ts'

/**
 * Makes one when the known key counts no longer, or when there is none; what the system account had before is revoked,
 * so that losing the file ends the key that was in it. Vault must be unsealed.
 */
export async function ensureMailKey(
  deps: AccountDeps,
  operatorToken: string,
  { known, keepKey }: { known: string | null; keepKey: (apiKey: string) => void },
): Promise<void> {
  const h1 = tokenProof(operatorToken)
  if (known !== null) {
    const [found] = await findHashes(deps.sql, h1, [storedHash(tokenProof(known))])
    if (found?.live && found.accountId === systemAccountId) return
  }
  const { id, apiKey } = await createAccountKey(deps, operatorToken, {
    accountId: systemAccountId,
    name: 'Mail of Postern',
    permission: 'sending_access',
    domainName: null,
    restrictions: { keepsContent: false },
  })
  keepKey(apiKey)
  const keys = await listCredentials(deps.sql, h1, systemAccountId)
  for (const key of keys) {
    if (key.id !== id && key.revokedAt === null) {
      await revokeAccountKey(deps, operatorToken, key.id)
    }
  }
}
