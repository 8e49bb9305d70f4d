/** A person's identities of single sign-on: found, linked at the first sign-in, taken away. */
import { randomUUID } from 'node:crypto'
import type { Identity, SignedRow } from '../../core/authority/signed-row.ts'
import { Refusal } from '../../lib/refusal.ts'
import { askingPerson, askingSession, demandFresh } from './asking.ts'
import type { PersonAnswer, PersonOutcome, PersonRequest } from './contract.ts'
import { loadPerson, type PeopleDeps, type Person } from './person.ts'
import { following } from './proofs.ts'
import type { ProvedIdentity } from './proved-identities.ts'

type Of<Kind extends PersonRequest['kind']> = Extract<PersonRequest, { kind: Kind }>

export type Found = { person: Person; linked?: SignedRow }

/**
 * The person that a proved identity is: by the subject, else by the address, when the provider has verified it and no
 * other subject of that provider is linked to it (an address can be given to somebody else). The database only helps to
 * find: what counts stands in the signed row.
 */
export async function findByIdentity(
  deps: PeopleDeps,
  proved: ProvedIdentity,
): Promise<Found | Exclude<PersonOutcome, { outcome: 'done' }>> {
  const known = await loadPerson(deps, { subject: proved.subject })
  if (known && hasSubject(known, proved.subject)) return { person: known }
  if (proved.verified === null) return { outcome: 'address_unverified' }
  const { emailIndex } = proved.verified
  const person = await loadPerson(deps, { emailIndex })
  if (person?.user.columns.emailIndex !== emailIndex) return { outcome: 'nobody_known' }
  if (hasSubject(person, proved.subject)) return { person }
  const { identities = [] } = person.user.columns
  if (identities.some(({ issuer }) => issuer === proved.issuer))
    return { outcome: 'identity_other' }
  const columns = {
    ...person.user.columns,
    identities: [...identities, newIdentity(deps, proved)],
  }
  // following answers the kind it was given.
  const linked = following(deps.keys, person.user, columns) as SignedRow<'user'>
  // What else changes with this sign-in comes after it.
  return { person: { ...person, user: linked }, linked }
}

function hasSubject({ user }: Person, subject: string): boolean {
  return user.columns.identities?.some((one) => one.subject === subject) === true
}

export function newIdentity(
  { clock }: Pick<PeopleDeps, 'clock'>,
  { issuer, subject }: ProvedIdentity,
): Identity {
  return { id: randomUUID(), issuer, subject, linkedAt: clock.now() }
}

/** Whoever would then have no way in keeps it. */
export async function unlinkIdentity(
  deps: PeopleDeps,
  h1: Buffer,
  { identityId }: Of<'unlink_identity'>,
): Promise<PersonAnswer> {
  const asking = await askingSession(deps, h1)
  demandFresh(asking, deps)
  const { person } = await askingPerson(deps, asking)
  const { identities = [], ...columns } = person.user.columns
  if (!identities.some(({ id }) => id === identityId)) {
    throw new Refusal('not_found', 'There is no such identity; it may be gone already.')
  }
  if (deps.oidcRequired) {
    throw new Refusal(
      'not_permitted',
      'People come in by single sign-on only here, so your identity stays linked. Ask the operator.',
    )
  }
  const hasPasskey = person.factors.some((factor) => factor.columns.type === 'passkey')
  if (columns.password === null && !hasPasskey) {
    throw new Refusal(
      'not_permitted',
      'Single sign-on is your only way in. Set a password or add a passkey first.',
    )
  }
  const kept = identities.filter(({ id }) => id !== identityId)
  const changed = kept.length === 0 ? columns : { ...columns, identities: kept }
  return { outcome: 'done', rows: [following(deps.keys, person.user, changed)] }
}
