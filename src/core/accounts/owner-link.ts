/** The way in for the first owner of an account: a link that works once, within 24 hours. */
import { Refusal } from '../../lib/refusal.ts'
import { tokenProof } from '../../lib/token.ts'
import { findAccount, insertAuthority, listAccounts } from '../operations/queries.ts'
import { makeLink } from '../people/links.ts'
import type { AccountDeps } from './create-account.ts'
import { systemAccountId } from './system-account.ts'

/** Only while the account has no member: whoever it belongs to then lets others in. */
export async function makeOwnerLink(
  { sql, vault, clock }: AccountDeps,
  operatorToken: string,
  accountId: string,
): Promise<{ token: string; expiresAt: Date }> {
  const h1 = tokenProof(operatorToken)
  const account = await findAccount(sql, h1, accountId)
  if (!account || accountId === systemAccountId) {
    throw new Refusal(
      'not_found',
      `There is no account ${accountId} for people; \`account list\` shows them.`,
    )
  }
  if (account.members > 0) {
    throw new Refusal(
      'already_exists',
      'The account has members already; its owners invite others at the console.',
    )
  }
  const { token, link } = makeLink({ clock })
  const { signed } = await vault.authorise(
    { operatorToken },
    { kind: 'create_owner_link', accountId, link },
  )
  await insertAuthority(sql, h1, { signed, action: 'one_time_link.create', nameSealed: null })
  const { expiresAt } = signed.columns as { expiresAt: number } // of the kind that was asked for
  return { token, expiresAt: new Date(expiresAt) }
}

/** The link of the oldest account, while it has no member. */
export async function makeFirstOwnerLink(
  deps: AccountDeps,
  operatorToken: string,
): Promise<string | null> {
  const h1 = tokenProof(operatorToken)
  const oldest = await listAccounts(deps.sql, h1, { after: null, limit: 2 })
  const first = oldest.find(({ id }) => id !== systemAccountId)
  const found = first && (await findAccount(deps.sql, h1, first.id))
  if (!found || found.members > 0) return null
  return (await makeOwnerLink(deps, operatorToken, found.id)).token
}
