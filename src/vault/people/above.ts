/** Who has entered a subaccount from the account above: an owner or admin there, and as an admin here, as long as they are. */
import type { SessionOptions, SignedRow } from '../../core/authority/signed-row.ts'
import { Refusal } from '../../lib/refusal.ts'
import { loadPerson, type Membership, type Person, type PersonDeps } from './person.ts'

/** As whom the person is in the subaccount of that state; undefined for who may not be there. */
export function membershipFromAbove(
  { memberships }: Pick<Person, 'memberships'>,
  { stateRow, via }: { stateRow: SignedRow<'account_state'>; via: string },
): Membership | undefined {
  const { columns: state } = stateRow
  // Signed when the account was made: what the database says of it opens nothing.
  if (state.options?.parentId !== via) return undefined
  const above = memberships.find(({ member }) => member.accountId === via)
  if (above?.member.role !== 'owner' && above?.member.role !== 'admin') return undefined
  const { accountId } = state
  return {
    member: { ...above.member, accountId, role: 'admin', scopes: null },
    stateRow,
    state,
    epoch: null,
    above,
  }
}

/** Nothing for a session of a member. */
export async function demandFromAbove(
  deps: PersonDeps,
  { userId, via }: SessionOptions,
  stateRow: SignedRow<'account_state'>,
): Promise<void> {
  if (via === undefined) return
  const person = await loadPerson(deps, { userId })
  if (person && membershipFromAbove(person, { stateRow, via })) return
  throw new Refusal(
    'not_permitted',
    'You may not be in this subaccount any more: that takes an owner or admin of the account above. Go back to your own account.',
  )
}
