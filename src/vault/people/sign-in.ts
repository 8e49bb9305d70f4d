/** Letting a person in: password or single sign-on, then a second factor where they have one; or a passkey alone. */
import { type Scope, scopesOfRole, subaccountScopes } from '../../core/access/scopes.ts'
import type { CredentialColumns, SignedRow } from '../../core/authority/signed-row.ts'
import type { NewSession, PersonOutcome, PersonRequest, ToStore } from './contract.ts'
import { findByIdentity } from './identity-changes.ts'
import {
  loadPerson,
  type Membership,
  needsFactor,
  type PeopleDeps,
  type Person,
  strongFactors,
} from './person.ts'
import { demandPasswords, isPassword, keepFactors, peppered, proveFactor } from './proofs.ts'

/** NIST SP 800-63B: half a day at most; half an hour without use ends it too, which the database sees to. */
export const sessionMs = 12 * 3600_000

type SignIn = Extract<PersonRequest, { kind: 'sign_in' }>

export async function signIn(deps: PeopleDeps, request: SignIn): Promise<PersonOutcome> {
  const { emailIndex, userId, oidc } = request
  if (oidc !== undefined) return signInByIdentity(deps, request, oidc)
  demandPasswords(deps)
  if (emailIndex === undefined && userId === undefined) throw new RangeError('nobody is named')
  const person = await loadPerson(deps, {
    ...(emailIndex === undefined ? {} : { emailIndex }),
    ...(userId === undefined ? {} : { userId }),
  })
  const who = placeOf(person, { emailIndex, userId, browserKey: request.session.browserKey })
  const retryAfterSeconds = deps.guesses.waitSeconds(who)
  if (retryAfterSeconds > 0) return { outcome: 'locked', retryAfterSeconds }
  const outcome = person ? letIn(deps, person, request) : nobody(deps, request)
  if (outcome.outcome === 'refused') deps.guesses.fail(who)
  if (outcome.outcome !== 'done' || !person) return outcome
  return { ...outcome, sealing: await sealingOf(deps, person.user.columns.id) }
}

/** What was proved stays for a second factor that is shown next, and is used up with the session. */
async function signInByIdentity(
  deps: PeopleDeps,
  request: SignIn,
  id: string,
): Promise<PersonOutcome> {
  const { browserKey } = request.session
  const proved = deps.identities.peek(id, browserKey)
  if (!proved) return { outcome: 'identity_dead' }
  const found = await findByIdentity(deps, proved)
  if ('outcome' in found) return found
  const { person, linked } = found
  const who = placeOf(person, { browserKey })
  const retryAfterSeconds = deps.guesses.waitSeconds(who)
  if (retryAfterSeconds > 0) return { outcome: 'locked', retryAfterSeconds }
  // Another request may have been faster while the person was looked up.
  if (!deps.identities.peek(id, browserKey)) return { outcome: 'identity_dead' }
  const outcome = admit(deps, person, request)
  if (outcome.outcome === 'refused') deps.guesses.fail(who)
  if (outcome.outcome !== 'done') return outcome
  deps.identities.take(id)
  const sealing = await sealingOf(deps, person.user.columns.id)
  return linked
    ? { ...outcome, rows: [linked, ...outcome.rows], isLinked: true, sealing }
    : { ...outcome, sealing }
}

export async function sealingOf(
  { keys }: Pick<PeopleDeps, 'keys'>,
  userId: string,
): Promise<{ keyVersion: number; publicKey: string }> {
  const { version, publicKey } = await keys.account(userId)
  return { keyVersion: version, publicKey: publicKey.toString('hex') }
}

/** A browser that this person has used before has its own tries. */
export function placeOf(
  person: Person | undefined,
  from: { emailIndex?: string | undefined; userId?: string | undefined; browserKey: string },
): string {
  const { emailIndex, userId, browserKey } = from
  const who = person?.user.columns.id ?? userId ?? emailIndex
  return person?.browserKeys.includes(browserKey) ? `${who} ${browserKey}` : `${who}`
}

/** Takes as long as for a person. */
export function nobody(
  { keys }: Pick<PeopleDeps, 'keys'>,
  { password }: Pick<SignIn, 'password'>,
): PersonOutcome {
  if (password !== undefined) peppered(keys, '00000000-0000-0000-0000-000000000000', password)
  return { outcome: 'refused' }
}

function letIn(deps: PeopleDeps, person: Person, request: SignIn): PersonOutcome {
  const { password, factor } = request
  if (password !== undefined && !isPassword(deps.keys, person, password)) {
    return { outcome: 'refused' }
  }
  // A passkey asks for the finger or the number of its device, so it is both factors.
  if (password === undefined && factor?.type !== 'passkey') return { outcome: 'refused' }
  if (password !== undefined && isPasswordStale(person)) return { outcome: 'reset_needed' }
  return admit(deps, person, request)
}

/** Who has shown who they are, by one thing: the second where they have it, the account, the session. */
function admit(
  deps: PeopleDeps,
  person: Person,
  { factor, session, accountId }: SignIn,
): PersonOutcome {
  const shown = showFactor(deps, person, factor)
  if ('outcome' in shown) return shown
  const membership = chooseAccount(person, accountId)
  if (!membership) return { outcome: 'no_account' }
  const row = newSessionRow(deps, { person, membership, session })
  const kept = factor ? keepFactors(deps, person) : []
  return {
    outcome: 'done',
    rows: [...shown.rows, ...kept, row],
    ...(kept.length > 0 && { keptFactors: true }),
    ...(shown.steps ? { steps: shown.steps } : {}),
    userId: person.user.columns.id,
    accountId: membership.member.accountId,
    isNewBrowser: !person.browserKeys.includes(session.browserKey),
    enrolling: row.columns.options?.session?.enrolling === true,
  }
}

function showFactor(
  deps: PeopleDeps,
  person: Person,
  factor: SignIn['factor'],
): ToStore | Exclude<PersonOutcome, { outcome: 'done' }> {
  const strong = strongFactors(person)
  if (strong.length === 0 && factor === undefined) return { rows: [] }
  if (factor === undefined) {
    const passkeys = strong.flatMap(({ credentialId }) => credentialId ?? [])
    const types = [...new Set(person.factors.map(({ columns }) => columns.type))]
    return { outcome: 'factor_needed', types, passkeys }
  }
  // A password shown twice is one factor.
  if (factor.type === 'password') return { outcome: 'refused' }
  return proveFactor(deps, person, factor) ?? { outcome: 'refused' }
}

export function isPasswordStale({ user, epoch, memberships }: Person): boolean {
  const setAt = user.columns.password?.setAt ?? 0
  const moments = [epoch, ...memberships.map((one) => one.epoch)]
  return moments.some((one) => one !== null && setAt < one.passwordsNotBefore)
}

export function chooseAccount(
  { memberships }: Person,
  accountId: string | undefined,
): Membership | undefined {
  if (accountId === undefined) return memberships[0]
  return memberships.find(({ member }) => member.accountId === accountId)
}

/** A subaccount has none of its own. */
export function scopesIn({ member, state }: Membership): Scope[] {
  const all = scopesOfRole(member.role, member.scopes)
  if (state.options?.parentId === undefined) return all
  return all.filter((scope) => !subaccountScopes.includes(scope))
}

export function newSessionRow(
  { keys, clock }: Pick<PeopleDeps, 'keys' | 'clock'>,
  of: { person: Person; membership: Membership; session: NewSession; steppedUpAt?: number },
): SignedRow<'credential'> {
  const { person, membership, session } = of
  const { member } = membership
  const now = clock.now()
  const enrolling = needsFactor(membership) && strongFactors(person).length === 0
  const columns: CredentialColumns = {
    accountId: member.accountId,
    id: session.id,
    h2: session.h2,
    permission: 'full_access',
    domainId: null,
    createdAt: now,
    expiresAt: now + sessionMs,
    revokedAt: null,
    options: {
      scopes: enrolling ? [] : scopesIn(membership),
      session: {
        userId: person.user.columns.id,
        browserKey: session.browserKey,
        steppedUpAt: of.steppedUpAt ?? now,
        ...(enrolling ? { enrolling: true as const } : {}),
        ...(membership.above ? { via: membership.above.member.accountId } : {}),
      },
    },
  }
  // signRow answers the kind it was given.
  return keys.signRow({
    kind: 'credential',
    columns,
    version: 1,
    previous: null,
  }) as SignedRow<'credential'>
}
