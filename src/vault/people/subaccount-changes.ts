/**
 * Accounts under another, by a session of the account above: made, limited, suspended, resumed and entered. One level deep,
 * and only between active and suspended: what the operator has blocked and what is being closed stays so.
 */
import type {
  AccountLimits,
  AccountState,
  AccountStateColumns,
  SignedRow,
} from '../../core/authority/signed-row.ts'
import { type FoundSubaccount, findSubaccount } from '../../core/people/vault-queries.ts'
import { limitsWithin, subaccountsMaxDefault } from '../../core/subaccounts/limits.ts'
import { Refusal } from '../../lib/refusal.ts'
import { uuidv7 } from '../../lib/uuid.ts'
import { membershipFromAbove } from './above.ts'
import { type Asking, askingPerson, askingSession, demandFresh, demandScope } from './asking.ts'
import type { PersonAnswer, PersonRequest } from './contract.ts'
import type { PeopleDeps } from './person.ts'
import { following } from './proofs.ts'
import { newSessionRow } from './sign-in.ts'

type Of<Kind extends PersonRequest['kind']> = Extract<PersonRequest, { kind: Kind }>

/** Its id is vault's own, so that no account that there is gets another above it. */
export async function createSubaccount(
  deps: PeopleDeps,
  h1: Buffer,
  { limits }: Of<'create_subaccount'>,
): Promise<PersonAnswer> {
  const asking = await askingAbove(deps, h1)
  demandFresh(asking, deps)
  const { keys, clock } = deps
  const accountId = uuidv7(clock.now())
  const { made } = await found(deps, h1, accountId)
  const most = asking.state.options?.subaccountsMax ?? subaccountsMaxDefault
  if (made >= most) throw tooMany(most)
  const columns: AccountStateColumns = {
    accountId,
    state: 'active',
    reason: null,
    ...limitsWithin(asking.state, asking.state, limits),
    options: { parentId: asking.columns.accountId },
  }
  const { publicKey, wrapped } = keys.makeAccount(accountId)
  const hex = { publicKey: publicKey.toString('hex'), wrapped: wrapped.toString('hex') }
  return {
    outcome: 'done',
    rows: [keys.signRow({ kind: 'account_state', columns, version: 1, previous: null })],
    keys: [{ id: accountId, ...hex }],
    accountId,
  }
}

function tooMany(most: number): Refusal {
  return new Refusal(
    'limit_reached',
    `This account has its ${most} subaccounts already. Ask the operator for more.`,
  )
}

export async function limitSubaccount(
  deps: PeopleDeps,
  h1: Buffer,
  { accountId, limits }: Of<'limit_subaccount'>,
): Promise<PersonAnswer> {
  const { asking, present } = await changing(deps, h1, accountId)
  const { columns } = present
  const changed: AccountLimits = limitsWithin(asking.state, columns, limits)
  return changedTo(deps, present, { ...columns, ...changed })
}

export async function suspendSubaccount(
  deps: PeopleDeps,
  h1: Buffer,
  { accountId }: Of<'suspend_subaccount'>,
): Promise<PersonAnswer> {
  const { present } = await changing(deps, h1, accountId)
  demandMovable(present.columns.state)
  return changedTo(deps, present, { ...present.columns, state: 'suspended', reason: null })
}

export async function resumeSubaccount(
  deps: PeopleDeps,
  h1: Buffer,
  { accountId }: Of<'resume_subaccount'>,
): Promise<PersonAnswer> {
  const { present } = await changing(deps, h1, accountId)
  demandMovable(present.columns.state)
  return changedTo(deps, present, { ...present.columns, state: 'active', reason: null })
}

export async function confirmSubaccount(
  deps: PeopleDeps,
  h1: Buffer,
  { accountId }: Of<'confirm_subaccount'>,
): Promise<PersonAnswer> {
  const asking = await askingAbove(deps, h1)
  await demandSubaccount(deps, h1, { asking, accountId })
  return { outcome: 'done', rows: [] }
}

/** The person becomes no member: the session holds as long as their role above does. */
export async function enterSubaccount(
  deps: PeopleDeps,
  h1: Buffer,
  { accountId, session }: Of<'enter_subaccount'>,
): Promise<PersonAnswer> {
  const asking = await askingAbove(deps, h1)
  const stateRow = await demandSubaccount(deps, h1, { asking, accountId })
  const { person } = await askingPerson(deps, asking)
  const membership = membershipFromAbove(person, { stateRow, via: asking.columns.accountId })
  if (!membership) {
    throw new Refusal(
      'not_permitted',
      'Only owners and admins of this account enter its subaccounts. Ask one of them.',
    )
  }
  const { browserKey, steppedUpAt } = asking.session
  const bound = { ...session, browserKey }
  const row = newSessionRow(deps, { person, membership, session: bound, steppedUpAt })
  return { outcome: 'done', rows: [row], accountId }
}

/** A session of an account that may have subaccounts now. */
async function askingAbove(deps: PeopleDeps, h1: Buffer): Promise<Asking> {
  const asking = await askingSession(deps, h1)
  if (asking.state.options?.parentId !== undefined) {
    throw new Refusal('not_permitted', 'A subaccount has no subaccounts of its own.')
  }
  demandScope(asking, 'subaccounts:write')
  if (asking.state.state === 'active') return asking
  throw new Refusal(
    'account_blocked',
    'This account is not active, and nothing is changed below it. Ask the operator for the reason.',
  )
}

async function changing(deps: PeopleDeps, h1: Buffer, accountId: string) {
  const asking = await askingAbove(deps, h1)
  demandFresh(asking, deps)
  return { asking, present: await demandSubaccount(deps, h1, { asking, accountId }) }
}

/** Whatever the database says, it is one only when its signed state names the asking account. */
async function demandSubaccount(
  deps: PeopleDeps,
  h1: Buffer,
  { asking, accountId }: { asking: Asking; accountId: string },
): Promise<SignedRow<'account_state'>> {
  const { state } = await found(deps, h1, accountId)
  if (state && state.columns.options?.parentId === asking.columns.accountId) {
    const reason = deps.check.distrust(state, accountId)
    if (!reason) return state
    deps.log.error({ accountId, reason }, 'alarm: state of a subaccount not signed by vault')
  }
  throw new Refusal('not_found', 'There is no such subaccount of this account.')
}

async function found(
  { sql, ticket }: PeopleDeps,
  h1: Buffer,
  accountId: string,
): Promise<FoundSubaccount> {
  return findSubaccount(sql, ticket, { h1, accountId })
}

function demandMovable(state: AccountState): void {
  if (state === 'active' || state === 'suspended') return
  const why =
    state === 'blocked'
      ? 'The operator has blocked this subaccount; only the operator lifts that.'
      : 'This subaccount is being closed, which its own owner has begun.'
  throw new Refusal('not_permitted', why)
}

function changedTo(
  { keys }: PeopleDeps,
  present: SignedRow<'account_state'>,
  columns: AccountStateColumns,
): PersonAnswer {
  return { outcome: 'done', rows: [following(keys, present, columns)] }
}
