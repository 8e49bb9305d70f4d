/**
 * The operator's block of an account, with those under it. Each gets a signed block of its own that names the account
 * above, so that nothing is looked up for a message; lifting the block lifts only those.
 */
import { tokenProof } from '../../lib/token.ts'
import { againIfOvertaken } from '../authority/overtaken.ts'
import { listSubaccountsOf, type OperatorSubaccountRow } from '../subaccounts/queries.ts'
import { changeAccountState } from './change-account-state.ts'
import type { AccountDeps } from './create-account.ts'

type Deps = Pick<AccountDeps, 'sql' | 'vault'>

/** Answers how many subaccounts were blocked with it. What is suspended or being closed sends nothing as it is. */
export async function blockAccount(
  deps: Deps,
  operatorToken: string,
  { accountId, reason }: { accountId: string; reason: string | null },
): Promise<number> {
  const change = { state: 'blocked', reason } as const
  await changeAccountState(deps, operatorToken, { accountId, change, action: 'account.block' })
  const isMeant = ({ state: { columns } }: OperatorSubaccountRow) => columns.state === 'active'
  const below = { state: 'blocked', reason: reasonBelow(accountId) } as const
  return changeBelow(deps, operatorToken, {
    accountId,
    isMeant,
    change: below,
    action: 'account.block',
  })
}

export async function unblockAccount(
  deps: Deps,
  operatorToken: string,
  accountId: string,
): Promise<number> {
  const change = { state: 'active', reason: null } as const
  const action = 'account.unblock'
  await changeAccountState(deps, operatorToken, { accountId, change, action })
  const reason = reasonBelow(accountId)
  const isMeant = ({ state: { columns } }: OperatorSubaccountRow) =>
    columns.state === 'blocked' && columns.reason === reason
  return changeBelow(deps, operatorToken, { accountId, isMeant, change, action })
}

/** After the account itself: nobody makes or resumes one under it then, so the list is whole. Safe to run again. */
async function changeBelow(
  deps: Deps,
  operatorToken: string,
  {
    accountId: above,
    isMeant,
    ...change
  }: Parameters<typeof changeAccountState>[2] & {
    isMeant: (row: OperatorSubaccountRow) => boolean
  },
): Promise<number> {
  const below = await listSubaccountsOf(deps.sql, tokenProof(operatorToken), above)
  const meant = below.filter(isMeant)
  for (const { id: accountId } of meant) {
    await againIfOvertaken(() => changeAccountState(deps, operatorToken, { ...change, accountId }))
  }
  return meant.length
}

/** A code as every reason; the id of the account above without its hyphens. */
export function reasonBelow(parentId: string): string {
  return `parent_${parentId.replaceAll('-', '')}`
}

/** The account above whose block that reason names. */
export function parentOfReason(reason: string | null): string | null {
  const hex = /^parent_([0-9a-f]{32})$/.exec(reason ?? '')?.[1]
  if (hex === undefined) return null
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')
}
