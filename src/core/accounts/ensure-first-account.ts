/** What an installation begins with: its own account, and one for whoever started it. */
import { tokenProof } from '../../lib/token.ts'
import { listAccounts } from '../operations/queries.ts'
import { type AccountDeps, createAccount } from './create-account.ts'
import { ensureSystem } from './ensure-system.ts'
import { systemAccountId } from './system-account.ts'

const firstProfile = { name: 'First account', email: 'owner@postern.localhost' }

/**
 * Nothing happens when there is an account already; vault may then be sealed. `keepKey` gets the new key before the
 * account is stored: after a crash between the two the next start makes another account and another key.
 */
export async function ensureFirstAccount(
  deps: AccountDeps,
  operatorToken: string,
  keepKey: (apiKey: string) => void,
): Promise<{ id: string } | undefined> {
  await ensureSystem(deps, operatorToken)
  const accounts = await listAccounts(deps.sql, tokenProof(operatorToken), {
    after: null,
    limit: 2,
  })
  if (accounts.some((account) => account.id !== systemAccountId)) return undefined
  const { id } = await createAccount(deps, operatorToken, { ...firstProfile, keepKey })
  return { id }
}
