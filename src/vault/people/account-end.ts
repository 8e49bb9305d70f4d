/** Closing an account and keeping it after all: for its owners alone, with a factor shown lately. */
import type { AccountStateColumns } from '../../core/authority/signed-row.ts'
import { Refusal } from '../../lib/refusal.ts'
import { closed, closingMs, reopened } from '../account-closing.ts'
import { askingPerson, askingSession, demandFresh, demandScope } from './asking.ts'
import type { PersonAnswer } from './contract.ts'
import type { PeopleDeps } from './person.ts'
import { following } from './proofs.ts'

/** The date is vault's own: nobody who asks names it. */
export function closeAccount(deps: PeopleDeps, h1: Buffer): Promise<PersonAnswer> {
  return changed(deps, h1, (columns) => {
    if (columns.state === 'closing') {
      throw new Refusal('already_exists', 'The account is being closed already.')
    }
    return closed(columns, deps.clock.now() + closingMs)
  })
}

export function reopenAccount(deps: PeopleDeps, h1: Buffer): Promise<PersonAnswer> {
  return changed(deps, h1, (columns) => reopened(columns, deps.clock.now()))
}

async function changed(
  deps: PeopleDeps,
  h1: Buffer,
  change: (columns: AccountStateColumns) => AccountStateColumns,
): Promise<PersonAnswer> {
  const asking = await askingSession(deps, h1)
  demandScope(asking, 'account:write')
  const { membership } = await askingPerson(deps, asking)
  if (membership.member.role !== 'owner') {
    throw new Refusal('not_permitted', 'Only an owner of the account may close it or keep it.')
  }
  demandFresh(asking, deps)
  const columns = change(asking.state)
  return { outcome: 'done', rows: [following(deps.keys, asking.accountState, columns)] }
}
