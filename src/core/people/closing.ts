/** Closing an account, and keeping it after all. All owners are told of either. */
import { Refusal } from '../../lib/refusal.ts'
import { readAccount } from './account-settings.ts'
import type { PersonAsking } from './factors.ts'
import { ownersOf } from './members.ts'
import { demandDone, type PeopleDeps, storeAnswer } from './store-answer.ts'

/** Whoever closes it types its name. */
export async function closeAccount(
  deps: PeopleDeps,
  asking: PersonAsking,
  typedName: string,
): Promise<void> {
  const { name } = await readAccount(deps, asking)
  if (typedName.trim() !== name) {
    throw new Refusal('invalid_input', 'Type the name of the account exactly as it is written.', {
      field: 'account_name',
    })
  }
  await change(deps, asking, { request: 'close_account', notice: 'account_closing' })
}

export function reopenAccount(deps: PeopleDeps, asking: PersonAsking): Promise<void> {
  return change(deps, asking, { request: 'reopen_account', notice: 'account_reopened' })
}

async function change(
  deps: PeopleDeps,
  { h1, accountId }: PersonAsking,
  {
    request,
    notice: kind,
  }: {
    request: 'close_account' | 'reopen_account'
    notice: 'account_closing' | 'account_reopened'
  },
): Promise<void> {
  const answer = demandDone(await deps.vault.people(h1, { kind: request }))
  const owners = await ownersOf(deps, h1)
  const told = owners.map((userId) => ({ userId, accountId, kind }))
  await storeAnswer(deps, answer, { h1, told })
}
