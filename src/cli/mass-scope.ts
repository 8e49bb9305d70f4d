/** What the commands on all ways in have in common: whom they mean, the word that confirms, and the inventory they show. */

import type { Inventories } from '../core/access/mass-actions.ts'
import { accessClasses, countAccess } from '../core/operations/mass-queries.ts'
import { findAccount } from '../core/operations/queries.ts'
import { Refusal } from '../lib/refusal.ts'
import type { Arguments } from './arguments.ts'
import { CommandFailure, UsageError } from './command-failure.ts'
import type { Operator } from './operator.ts'
import { table } from './plain-text.ts'

export const scopeShape = {
  texts: { account: false },
  switches: ['all', 'yes'],
} as const

/** The account, or null for everybody. */
export function readScope(given: Arguments): string | null {
  const accountId = given.optionalId('account') ?? null
  if (given.has('all') === (accountId !== null)) {
    throw new UsageError('say whom you mean: either --all or --account ID')
  }
  return accountId
}

/** Without the word nothing is done, and what would be is said. */
export async function demandWord(
  { sql, h1 }: Operator,
  given: Arguments,
  {
    accountId,
    ends,
  }: { accountId: string | null; ends: readonly (typeof accessClasses)[number][] },
): Promise<void> {
  if (accountId !== null && !(await findAccount(sql, h1, accountId))) {
    throw new Refusal('not_found', `There is no account ${accountId}; \`account list\` shows them.`)
  }
  if (given.has('yes')) return
  const counts = await countAccess(sql, h1, accountId)
  const meant = ends.map((name) => `${words(name)}: ${counts[name]}`).join(', ')
  const whose = accountId === null ? 'of the whole installation' : `of account ${accountId}`
  throw new CommandFailure(`this would end what is ${whose} (${meant}); add --yes to do it`)
}

export function inventoryTable({ before, after }: Inventories): string {
  const rows = accessClasses.map((name) => [words(name), String(before[name]), String(after[name])])
  return table(['WAY IN', 'BEFORE', 'AFTER'], rows)
}

function words(name: string): string {
  return name.replaceAll('_', ' ').replace('api', 'API')
}
