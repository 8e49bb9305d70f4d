/** A person's second factors: added when they have been seen to work, taken away unless the last one is needed. */
import { hash } from 'node:crypto'
import type { FactorColumns, SignedRow } from '../../core/authority/signed-row.ts'
import { newRecoveryCodes, recoveryHash } from '../../lib/recovery-codes.ts'
import { Refusal } from '../../lib/refusal.ts'
import { base32, matchingStep, newTotpSecret } from '../../lib/totp.ts'
import { type Asking, askingPerson, askingSession, demandFresh } from './asking.ts'
import type { PersonAnswer, PersonRequest } from './contract.ts'
import {
  type Membership,
  needsFactor,
  type PeopleDeps,
  type Person,
  strongFactors,
} from './person.ts'
import { following, rememberStep } from './proofs.ts'
import { renewed } from './session-changes.ts'

type Of<Kind extends PersonRequest['kind']> = Extract<PersonRequest, { kind: Kind }>

/** As many as a person can tell apart. */
const factorsMax = 20

interface Changing {
  asking: Asking
  person: Person
  membership: Membership
}

async function changing(deps: PeopleDeps, h1: Buffer): Promise<Changing> {
  const asking = await askingSession(deps, h1)
  demandFresh(asking, deps)
  return { asking, ...(await askingPerson(deps, asking)) }
}

/** The secret leaves this once, for the app; it counts only when a code of it has come back. */
export async function beginTotp(deps: PeopleDeps, h1: Buffer): Promise<PersonAnswer> {
  const { person } = await changing(deps, h1)
  const secret = newTotpSecret()
  deps.challenges.putSecret(person.user.columns.id, secret)
  return { outcome: 'done', rows: [], secret: base32(secret) }
}

export async function addTotp(
  deps: PeopleDeps,
  h1: Buffer,
  { factorId, code }: Of<'add_totp'>,
): Promise<PersonAnswer> {
  const change = await changing(deps, h1)
  const userId = change.person.user.columns.id
  const secret = deps.challenges.peekSecret(userId)
  if (!secret) {
    throw new Refusal(
      'invalid_input',
      'The secret of this authenticator has expired after 15 minutes. Begin again.',
    )
  }
  const step = matchingStep(secret, code, { nowMs: deps.clock.now(), skewSteps: 1 })
  if (step === undefined) {
    throw new Refusal(
      'invalid_input',
      'The `code` does not match. Check the clock of your device and type the code shown now.',
    )
  }
  deps.challenges.takeSecret(userId)
  rememberStep(deps, factorId, step)
  const wrapped = deps.keys.wrapFactor(factorId, secret).toString('hex')
  const answer = added(deps, change, { id: factorId, type: 'totp', secret: wrapped })
  return { ...answer, steps: [{ factorId, step }] }
}

export async function addPasskey(
  deps: PeopleDeps,
  h1: Buffer,
  { factorId, challenge, credentialId, publicKey, algorithm }: Of<'add_passkey'>,
): Promise<PersonAnswer> {
  const change = await changing(deps, h1)
  if (!deps.challenges.take(challenge)) {
    throw new Refusal('invalid_input', 'This passkey was made too long ago. Begin again.')
  }
  const credentialHash = hash('sha256', Buffer.from(credentialId, 'base64url'), 'hex')
  const passkey = { credentialId, credentialHash, publicKey, algorithm }
  return added(deps, change, { id: factorId, type: 'passkey', ...passkey })
}

/** Ten codes, shown this once; those of before stop working. */
export async function makeRecoveryCodes(
  deps: PeopleDeps,
  h1: Buffer,
  { factorId }: Of<'make_recovery_codes'>,
): Promise<PersonAnswer> {
  const change = await changing(deps, h1)
  const codes = newRecoveryCodes()
  const instead = change.person.factors.filter(({ columns }) => columns.type === 'recovery')
  const fresh: Partial<FactorColumns> & Pick<FactorColumns, 'id' | 'type'> = {
    id: factorId,
    type: 'recovery',
    codes: codes.map(recoveryHash),
  }
  return { ...added(deps, { ...change, instead }, fresh), codes }
}

export async function revokeFactor(
  deps: PeopleDeps,
  h1: Buffer,
  { factorId }: Of<'revoke_factor'>,
): Promise<PersonAnswer> {
  const { person } = await changing(deps, h1)
  const found = person.factors.find(({ columns }) => columns.id === factorId)
  if (!found) throw new Refusal('not_found', 'There is no such factor; it may be gone already.')
  const left = strongFactors(person).filter(({ id }) => id !== factorId)
  if (left.length === 0 && person.memberships.some(needsFactor)) {
    throw new Refusal(
      'not_permitted',
      'This is your last second factor, and your role needs one. Add another first.',
    )
  }
  return {
    outcome: 'done',
    rows: [...revoked(deps, [found]), userWith(deps, person, { without: [factorId] })],
  }
}

export function revoked(
  { keys, clock }: Pick<PeopleDeps, 'keys' | 'clock'>,
  factors: SignedRow<'factor'>[],
): SignedRow[] {
  const revokedAt = clock.now()
  return factors.map((row) => following(keys, row, { ...row.columns, revokedAt }))
}

/** With it the session counts as just confirmed, since the new factor was shown to work. */
function added(
  deps: PeopleDeps,
  { asking, person, membership, instead = [] }: Changing & { instead?: SignedRow<'factor'>[] },
  factor: Partial<FactorColumns> & Pick<FactorColumns, 'id' | 'type'>,
): PersonAnswer {
  if (person.factors.length >= factorsMax) {
    throw new Refusal('limit_reached', `You have ${factorsMax} factors; take one away first.`)
  }
  const accountId = person.user.columns.id
  const columns: FactorColumns = {
    ...factor,
    accountId,
    createdAt: deps.clock.now(),
    revokedAt: null,
  }
  // signRow answers the kind it was given.
  const row = deps.keys.signRow({
    kind: 'factor',
    columns,
    version: 1,
    previous: null,
  }) as SignedRow<'factor'>
  const without = instead.map((one) => one.columns.id)
  const user = userWith(deps, person, { without, withId: factor.id })
  const grown = { ...person, factors: [...person.factors, row] }
  const session = renewed(deps, asking, { person: grown, membership })
  return { outcome: 'done', rows: [row, ...revoked(deps, instead), user, session] }
}

function userWith(
  { keys }: PeopleDeps,
  { user }: Person,
  { without, withId }: { without: string[]; withId?: string },
): SignedRow {
  const kept = user.columns.factorIds.filter((id) => !without.includes(id))
  const factorIds = withId === undefined ? kept : [...kept, withId]
  return following(keys, user, { ...user.columns, factorIds })
}
