/** A person who has lost every second factor: the operator has asked for them to end, and the person may object. */
import { Refusal } from '../../lib/refusal.ts'
import type { PersonOutcome, PersonRequest } from './contract.ts'
import { revoked } from './factor-changes.ts'
import { loadPerson, type PeopleDeps } from './person.ts'
import { following, withoutReset } from './proofs.ts'

/** Factors, sessions and password end: what is left is a link by mail, and adding a factor anew. */
export async function carryOutReset(
  deps: PeopleDeps,
  { userId }: Extract<PersonRequest, { kind: 'carry_out_reset' }>,
): Promise<PersonOutcome> {
  const person = await loadPerson(deps, { userId })
  const resetAt = person?.user.columns.factorsResetAt
  if (!person || resetAt === undefined || resetAt > deps.clock.now()) {
    throw new Refusal('not_permitted', 'Nobody has asked for that, or its time has not come.')
  }
  const ended = {
    ...withoutReset(person),
    factorIds: [],
    password: null,
    notBefore: deps.clock.now(),
  }
  const user = following(deps.keys, person.user, ended)
  return { outcome: 'done', rows: [...revoked(deps, person.factors), user], userId }
}
