import { tokenProof } from '../../lib/token.ts'
import type { AccountStateChange } from '../../vault/client.ts'
import type { SignedRow } from '../authority/signed-row.ts'
import { insertAuthority } from '../operations/queries.ts'
import type { AccountDeps } from './create-account.ts'
import { refuseFamily } from './family.ts'

export type StateAction =
  | 'account.block'
  | 'account.unblock'
  | 'account.limits'
  | 'account.clear_networks'
  | 'account.close'
  | 'account.reopen'

/** Vault signs the new state on top of the present one; a forged present one is refused. */
export async function changeAccountState(
  { sql, vault }: Pick<AccountDeps, 'sql' | 'vault'>,
  operatorToken: string,
  {
    accountId,
    change,
    action,
  }: { accountId: string; change: AccountStateChange; action: StateAction },
): Promise<SignedRow> {
  const { signed } = await vault.authorise(
    { operatorToken },
    { kind: 'account_state', accountId, change },
  )
  const stored = { signed, action, nameSealed: null }
  await insertAuthority(sql, tokenProof(operatorToken), stored).catch(refuseFamily)
  await vault.authorise(
    { operatorToken },
    { kind: 'confirm', of: 'account_state', accountId, objectId: accountId },
  )
  return signed
}
