/**
 * Opening the dashboard of an account whose allow list has shut its people out: one owner or admin asks with a recovery
 * code, another one approves. Nobody opens it alone.
 */
import type { AccountStateColumns } from '../../core/authority/signed-row.ts'
import { newSpokenCode, readSpokenCode } from '../../lib/recovery-codes.ts'
import { Refusal } from '../../lib/refusal.ts'
import { askingPerson, askingSession, demandFresh, demandScope } from './asking.ts'
import type { PersonOutcome, PersonRequest, ShownOutside, ToStore } from './contract.ts'
import { loadPerson, type Membership, type PeopleDeps, type Person } from './person.ts'
import { following, isPassword, proveFactor } from './proofs.ts'
import { isPasswordStale, nobody, placeOf } from './sign-in.ts'

type Of<Kind extends PersonRequest['kind']> = Extract<PersonRequest, { kind: Kind }>

export const breakGlassMs = 30 * 60_000

/** Kept in memory: when vault starts anew, it is asked for again. */
export interface BreakGlassRequest {
  userId: string
  accountId: string
}

const refused: PersonOutcome = { outcome: 'refused' }

export async function askBreakGlass(
  deps: PeopleDeps,
  request: Of<'ask_break_glass'>,
): Promise<PersonOutcome> {
  const { accountId, code } = request
  return guessing(deps, request, async (person) => {
    const membership = person.memberships.find(
      (one) =>
        isChief(one) && hasList(one.state) && [undefined, one.member.accountId].includes(accountId),
    )
    // A code is spent only where there is something to open.
    const shown = membership && proveFactor(deps, person, { type: 'recovery', code })
    if (!membership || !shown) return refused
    const asked = { userId: person.user.columns.id, accountId: membership.member.accountId }
    const spoken = newSpokenCode()
    deps.breakGlass.put(spoken, asked)
    const expiresAt = deps.clock.now() + breakGlassMs
    return { outcome: 'done', ...shown, ...asked, breakGlass: { code: spoken, expiresAt } }
  })
}

export async function approveBreakGlass(
  deps: PeopleDeps,
  request: Of<'approve_break_glass'>,
): Promise<PersonOutcome> {
  return guessing(deps, request, async (person) => {
    const asked = find(deps, request.code)
    const membership = asked && chiefOf(person, asked.accountId)
    // A password shown twice is one factor.
    if (!asked || !membership || request.factor.type === 'password') return refused
    const shown = proveFactor(deps, person, request.factor)
    if (!shown) return refused
    return open(deps, { code: request.code, asked, person, membership, shown })
  })
}

/** By who is signed in to that account, with a factor shown lately. */
export async function approveBreakGlassHere(
  deps: PeopleDeps,
  h1: Buffer,
  { code }: Of<'approve_break_glass_here'>,
): Promise<PersonOutcome> {
  const asking = await askingSession(deps, h1)
  demandScope(asking, 'account:write')
  demandFresh(asking, deps)
  const { person, membership } = await askingPerson(deps, asking)
  const who = `${asking.session.userId} ${asking.session.browserKey}`
  const retryAfterSeconds = deps.guesses.waitSeconds(who)
  if (retryAfterSeconds > 0) return { outcome: 'locked', retryAfterSeconds }
  const asked = find(deps, code)
  if (asked?.accountId !== asking.columns.accountId || !isChief(membership)) {
    deps.guesses.fail(who)
    return refused
  }
  if (person.factors.length === 0) {
    throw new Refusal('not_permitted', 'This takes a second factor. Add one on the page Security.')
  }
  return open(deps, { code, asked, person, membership, shown: { rows: [] } })
}

/** Tries count as those at sign-in do, and against the same person. */
async function guessing(
  deps: PeopleDeps,
  { emailIndex, password, browserKey }: ShownOutside,
  work: (person: Person) => Promise<PersonOutcome>,
): Promise<PersonOutcome> {
  const person = await loadPerson(deps, { emailIndex })
  const who = placeOf(person, { emailIndex, browserKey })
  const retryAfterSeconds = deps.guesses.waitSeconds(who)
  if (retryAfterSeconds > 0) return { outcome: 'locked', retryAfterSeconds }
  const isRight = person && isPassword(deps.keys, person, password) && !isPasswordStale(person)
  const outcome = isRight ? await work(person) : nobody(deps, { password })
  if (outcome.outcome === 'refused') deps.guesses.fail(who)
  return outcome
}

function find(deps: PeopleDeps, typed: string): BreakGlassRequest | undefined {
  const code = readSpokenCode(typed)
  return code === undefined ? undefined : deps.breakGlass.peek(code)
}

interface Opening {
  code: string
  asked: BreakGlassRequest
  person: Person
  membership: Membership
  shown: ToStore
}

/** Two different people, both owner or admin at this moment; of the policies only the list of this door goes. */
async function open(
  deps: PeopleDeps,
  { code, asked, person, membership, shown }: Opening,
): Promise<PersonOutcome> {
  const userId = person.user.columns.id
  if (asked.userId === userId) {
    throw new Refusal(
      'not_permitted',
      'You have asked for this yourself. Another owner or admin of the account has to approve it.',
    )
  }
  const first = await loadPerson(deps, { userId: asked.userId })
  if (!first || !chiefOf(first, asked.accountId) || !hasList(membership.state)) return refused
  deps.breakGlass.take(readSpokenCode(code) ?? '')
  const { stateRow, state } = membership
  const row = following(deps.keys, stateRow, withoutConsoleList(state))
  return {
    outcome: 'done',
    ...shown,
    rows: [...shown.rows, row],
    userId,
    accountId: asked.accountId,
  }
}

function chiefOf({ memberships }: Person, accountId: string): Membership | undefined {
  return memberships.find((one) => one.member.accountId === accountId && isChief(one))
}

function isChief({ member }: Membership): boolean {
  return member.role === 'owner' || member.role === 'admin'
}

function hasList({ options }: AccountStateColumns): boolean {
  return (options?.networks?.console ?? []).length > 0
}

/** Options are left out when there are none, as setPolicy leaves them out. */
function withoutConsoleList({ options = {}, ...columns }: AccountStateColumns) {
  const { networks: { console: _, ...networks } = {}, ...others } = options
  const kept = { ...others, ...(Object.keys(networks).length > 0 && { networks }) }
  return Object.keys(kept).length === 0 ? columns : { ...columns, options: kept }
}
