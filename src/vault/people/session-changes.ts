/** What a person changes about their sessions: a factor shown anew, another account, an end. */
import type { CredentialColumns, SignedRow } from '../../core/authority/signed-row.ts'
import { Refusal } from '../../lib/refusal.ts'
import { type Asking, askingPerson, askingSession, demandFresh, demandScope } from './asking.ts'
import type { PersonAnswer, PersonOutcome, PersonRequest } from './contract.ts'
import {
  type Membership,
  needsFactor,
  type PeopleDeps,
  type Person,
  strongFactors,
} from './person.ts'
import { demandPasswords, following, keepFactors, peppered, proveFactor } from './proofs.ts'
import { chooseAccount, newSessionRow, scopesIn } from './sign-in.ts'

type Of<Kind extends PersonRequest['kind']> = Extract<PersonRequest, { kind: Kind }>

/** Wrong tries count against the person in this browser, as at sign-in. */
export async function stepUp(
  deps: PeopleDeps,
  h1: Buffer,
  { factor }: Of<'step_up'>,
): Promise<PersonOutcome> {
  const asking = await askingSession(deps, h1)
  const { person, membership } = await askingPerson(deps, asking)
  const who = `${asking.session.userId} ${asking.session.browserKey}`
  const retryAfterSeconds = deps.guesses.waitSeconds(who)
  if (retryAfterSeconds > 0) return { outcome: 'locked', retryAfterSeconds }
  const shown = proveFactor(deps, person, factor)
  if (!shown) {
    deps.guesses.fail(who)
    return { outcome: 'refused' }
  }
  const row = renewed(deps, asking, { person, membership })
  const kept = factor.type === 'password' ? [] : keepFactors(deps, person)
  return { outcome: 'done', ...shown, rows: [...shown.rows, ...kept, row] }
}

/** The session with a factor shown now; who was to add a factor and has one gets what their role may do. */
export function renewed(
  deps: PeopleDeps,
  { row, columns, session }: Asking,
  { person, membership }: { person: Person; membership: Membership },
): SignedRow {
  const enrolling = needsFactor(membership) && strongFactors(person).length === 0
  const { enrolling: _, ...kept } = session
  const next: CredentialColumns = {
    ...columns,
    options: {
      scopes: enrolling ? [] : scopesIn(membership),
      session: {
        ...kept,
        steppedUpAt: deps.clock.now(),
        ...(enrolling ? { enrolling: true as const } : {}),
      },
    },
  }
  return following(deps.keys, row, next)
}

/** Into another account of the same person, in the same browser; the session before goes on. */
export async function switchAccount(
  deps: PeopleDeps,
  h1: Buffer,
  { accountId, session }: Of<'switch_account'>,
): Promise<PersonAnswer> {
  const asking = await askingSession(deps, h1)
  const { person } = await askingPerson(deps, asking)
  const membership = chooseAccount(person, accountId)
  if (!membership) {
    throw new Refusal(
      'not_found',
      'You are not a member of that account; ask one of its owners for an invitation.',
    )
  }
  const { browserKey, steppedUpAt } = asking.session
  const bound = { ...session, browserKey }
  const row = newSessionRow(deps, { person, membership, session: bound, steppedUpAt })
  return { outcome: 'done', rows: [row], accountId }
}

/** Of one's own without more; of another member with the right to change members. */
export async function endSession(
  deps: PeopleDeps,
  h1: Buffer,
  { sessionId }: Of<'end_session'>,
): Promise<PersonAnswer> {
  const asking = await askingSession(deps, h1, { kind: 'credential', objectId: sessionId })
  const present = asking.present as SignedRow<'credential'> | null // the kind asked for
  if (!present?.columns.options?.session) {
    throw new Refusal('not_found', 'There is no such session; it may have ended.')
  }
  if (present.columns.options.session.userId !== asking.session.userId) {
    demandScope(asking, 'members:write')
  }
  const columns = { ...present.columns, revokedAt: deps.clock.now() }
  return { outcome: 'done', rows: [following(deps.keys, present, columns)] }
}

/** Every other one: the asking browser goes on with a new session. */
export async function endOtherSessions(
  deps: PeopleDeps,
  h1: Buffer,
  { session }: Of<'end_other_sessions'>,
): Promise<PersonAnswer> {
  const asking = await askingSession(deps, h1)
  return startAnew(deps, asking, { session, password: undefined })
}

export async function changePassword(
  deps: PeopleDeps,
  h1: Buffer,
  { password, session }: Of<'change_password'>,
): Promise<PersonAnswer> {
  demandPasswords(deps)
  const asking = await askingSession(deps, h1)
  demandFresh(asking, deps)
  return startAnew(deps, asking, { session, password })
}

async function startAnew(
  deps: PeopleDeps,
  asking: Asking,
  {
    session,
    password,
  }: Pick<Of<'end_other_sessions'>, 'session'> & {
    password: Of<'change_password'>['password'] | undefined
  },
): Promise<PersonAnswer> {
  const { person, membership } = await askingPerson(deps, asking)
  const { columns } = person.user
  const now = deps.clock.now()
  const changed = password && {
    password: {
      hash: peppered(deps.keys, columns.id, password.hash),
      salt: password.salt,
      setAt: now,
    },
  }
  const user = following(deps.keys, person.user, { ...columns, ...changed, notBefore: now })
  const { browserKey, steppedUpAt } = asking.session
  const bound = { ...session, browserKey }
  const row = newSessionRow(deps, { person, membership, session: bound, steppedUpAt })
  return { outcome: 'done', rows: [user, row] }
}
