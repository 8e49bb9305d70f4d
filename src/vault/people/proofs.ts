/** What a person shows: a password, a code of their authenticator, a passkey's answer, a recovery code. */
import { createHmac, timingSafeEqual } from 'node:crypto'
import type { FactorColumns, SignedRow } from '../../core/authority/signed-row.ts'
import { readRecoveryCode, recoveryHash } from '../../lib/recovery-codes.ts'
import { Refusal } from '../../lib/refusal.ts'
import { matchingStep } from '../../lib/totp.ts'
import { uuidBytes } from '../../lib/uuid.ts'
import { verifyAssertion } from '../../lib/webauthn-assertion.ts'
import type { KeyStore } from '../key-store.ts'
import type { FactorProof, PasskeyAnswer, ToStore } from './contract.ts'
import { type PeopleDeps, type Person, strongFactors } from './person.ts'

const stepsMax = 100_000

/** What the database holds of a password is of no use to whoever has the database alone. */
export function peppered(keys: KeyStore, userId: string, hash: string): string {
  return createHmac('sha256', keys.instanceKey('password pepper'))
    .update(uuidBytes(userId))
    .update(Buffer.from(hash, 'hex'))
    .digest('hex')
}

export function isPassword(keys: KeyStore, { user }: Person, hash: string): boolean {
  const { id, password } = user.columns
  const shown = Buffer.from(peppered(keys, id, hash), 'hex')
  // Compared against itself where there is none, so that this takes as long.
  const known = password ? Buffer.from(password.hash, 'hex') : shown
  return timingSafeEqual(shown, known) && password !== null
}

/** Where single sign-on is the only way in, no password lets in or is set. */
export function demandPasswords({ oidcRequired }: Pick<PeopleDeps, 'oidcRequired'>): void {
  if (!oidcRequired) return
  throw new Refusal(
    'not_permitted',
    'People come in by single sign-on only here; passwords, and passkeys alone, are not taken. Use the button for it.',
  )
}

/** What the use of a factor changes; undefined when it does not hold. */
export function proveFactor(
  deps: PeopleDeps,
  person: Person,
  proof: FactorProof,
): ToStore | undefined {
  switch (proof.type) {
    case 'totp':
      return proveTotp(deps, person, proof.code)
    case 'passkey':
      return provePasskey(deps, person, proof) ? { rows: [] } : undefined
    case 'recovery':
      return proveRecovery(deps, person, proof.code)
    case 'password':
      demandPasswords(deps)
      return strongFactors(person).length === 0 && isPassword(deps.keys, person, proof.hash)
        ? { rows: [] }
        : undefined
  }
}

function proveTotp(deps: PeopleDeps, person: Person, code: string): ToStore | undefined {
  const nowMs = deps.clock.now()
  for (const { columns } of person.factors) {
    const secret = totpSecret(deps.keys, columns)
    const step = secret && matchingStep(secret, code, { nowMs, skewSteps: 1 })
    if (step === undefined || step <= (deps.steps.get(columns.id) ?? 0)) continue
    rememberStep(deps, columns.id, step)
    return { rows: [], steps: [{ factorId: columns.id, step }] }
  }
  return undefined
}

/** The database refuses a step used twice as well; this is for the moment before it is stored there. */
export function rememberStep({ steps }: PeopleDeps, factorId: string, step: number): void {
  steps.delete(factorId)
  steps.set(factorId, step)
  for (const oldest of steps.keys()) {
    if (steps.size <= stepsMax) return
    steps.delete(oldest)
  }
}

function totpSecret(keys: KeyStore, { type, id, secret }: FactorColumns): Buffer | undefined {
  if (type !== 'totp' || secret === undefined) return undefined
  return keys.unwrapFactor(id, Buffer.from(secret, 'hex'))
}

function provePasskey(
  { challenges }: PeopleDeps,
  { factors }: Person,
  { credentialId, challenge, origin, rpId, response }: PasskeyAnswer,
): boolean {
  const found = factors.find(({ columns }) => columns.credentialId === credentialId)?.columns
  if (found?.publicKey === undefined || found.algorithm === undefined) return false
  if (!challenges.take(challenge)) return false
  const { flaw } = verifyAssertion({
    credential: {
      publicKeySpki: Buffer.from(found.publicKey, 'base64url'),
      algorithm: found.algorithm,
      // Passkeys that are kept in several places do not count; the others are one browser's own.
      signCount: 0,
    },
    challenge: Buffer.from(challenge, 'base64url'),
    origin,
    rpId,
    requireUserVerification: true,
    response,
  })
  return flaw === undefined
}

function proveRecovery(deps: PeopleDeps, { factors }: Person, code: string): ToStore | undefined {
  const read = readRecoveryCode(code)
  if (read === undefined) return undefined
  const hash = recoveryHash(read)
  const found = factors.find(({ columns }) => columns.codes?.includes(hash))
  if (!found) return undefined
  const codes = (found.columns.codes ?? []).filter((one) => one !== hash)
  return { rows: [following(deps.keys, found, { ...found.columns, codes })] }
}

/** Whoever shows a factor has not lost them: that the operator resets them all is called off. */
export function keepFactors({ keys }: Pick<PeopleDeps, 'keys'>, person: Person): SignedRow[] {
  if (person.user.columns.factorsResetAt === undefined) return []
  return [following(keys, person.user, withoutReset(person))]
}

export function withoutReset({ user }: Pick<Person, 'user'>): SignedRow<'user'>['columns'] {
  const { factorsResetAt: _, ...columns } = user.columns
  return columns
}

/** The next version of a row. */
export function following<Kind extends SignedRow['kind']>(
  keys: KeyStore,
  present: SignedRow<Kind>,
  columns: SignedRow<Kind>['columns'],
): SignedRow {
  const { kind, version, signature } = present
  return keys.signRow({ kind, columns, version: version + 1, previous: signature })
}
