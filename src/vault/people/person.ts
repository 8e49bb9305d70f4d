/** A person as the database tells of them, every row checked: what is not vault's own is as if it were not there. */
import { epochOfAll } from '../../core/access/epoch-of-all.ts'
import type { AuthorityCheck } from '../../core/authority/authority-check.ts'
import type {
  AccountStateColumns,
  EpochColumns,
  FactorColumns,
  MemberColumns,
  SignedRow,
} from '../../core/authority/signed-row.ts'
import { findPerson, type PersonRow } from '../../core/people/vault-queries.ts'
import type { Sql } from '../../db/sql.ts'
import type { Clock } from '../../lib/clock.ts'
import type { Log } from '../../process/log.ts'
import type { KeyStore } from '../key-store.ts'
import type { BreakGlassRequest } from './break-glass.ts'
import type { Challenges, Pending } from './challenges.ts'
import type { Guesses } from './guesses.ts'
import type { ProvedIdentities } from './proved-identities.ts'

export interface PeopleDeps {
  sql: Sql
  ticket: Buffer
  keys: KeyStore
  check: AuthorityCheck
  clock: Clock
  log: Log
  challenges: Challenges
  guesses: Guesses
  /** The newest step of each authenticator that has let somebody in. */
  steps: Map<string, number>
  /** Whom jobs has lately had proved by the provider of single sign-on. */
  identities: ProvedIdentities
  /** People come in by single sign-on only. */
  oidcRequired: boolean
  /** Waiting for a second person, by their code. */
  breakGlass: Pending<BreakGlassRequest>
}

/** What reading a person takes. */
export type PersonDeps = Pick<PeopleDeps, 'sql' | 'ticket' | 'check' | 'log'>

export interface Membership {
  member: MemberColumns
  state: AccountStateColumns
  stateRow: SignedRow<'account_state'>
  epoch: EpochColumns | null
  /** Of the account above, for who has entered from there: what it demands holds as well. */
  above?: Membership
}

export interface Person {
  user: SignedRow<'user'>
  factors: SignedRow<'factor'>[]
  memberships: Membership[]
  /** Of the whole installation. */
  epoch: EpochColumns | null
  browserKeys: string[]
}

/**
 * Undefined for nobody, and for whom the database cannot be believed about: a user row that is not vault's own, or a
 * factor missing that the user row names, so that taking factors away opens nothing.
 */
export async function loadPerson(
  deps: PersonDeps,
  who: { userId?: string; emailIndex?: string; subject?: string },
): Promise<Person | undefined> {
  const { sql, ticket, check, log } = deps
  const row = await findPerson(sql, ticket, who)
  if (!row?.person) return undefined
  const user = row.person
  const { id } = user.columns
  const reason = check.distrust(user, id)
  if (reason) {
    log.error({ reason }, 'alarm: row of a person not signed by vault')
    return undefined
  }
  const factors = row.factors.filter((factor) => stands(deps, factor, id))
  const missing = user.columns.factorIds.some(
    (factorId) => !factors.some((factor) => factor.columns.id === factorId),
  )
  if (missing) {
    log.error({ reason: 'missing' }, 'alarm: factor of a person not found')
    return undefined
  }
  return {
    user,
    factors: factors.filter(({ columns }) => columns.revokedAt === null),
    memberships: membershipsOf(deps, row, id),
    epoch: epochOf(deps, row.epoch, epochOfAll),
    browserKeys: row.browserKeys,
  }
}

function stands({ check, log }: PersonDeps, factor: SignedRow<'factor'>, userId: string): boolean {
  const reason =
    check.distrust(factor, factor.columns.id) ??
    (factor.columns.accountId === userId ? undefined : 'misplaced')
  if (reason) log.error({ reason }, 'alarm: factor not signed by vault')
  return reason === undefined
}

function membershipsOf(deps: PersonDeps, row: PersonRow, userId: string): Membership[] {
  const { check, log } = deps
  return row.members.flatMap(({ member, state, epoch }) => {
    const { id, accountId, removedAt } = member.columns
    const reason =
      check.distrust(member, id) ??
      check.distrust(state, accountId) ??
      (member.columns.userId === userId ? undefined : 'misplaced')
    if (reason) log.error({ accountId, reason }, 'alarm: membership not signed by vault')
    if (reason || removedAt !== null) return []
    return [
      {
        member: member.columns,
        state: state.columns,
        stateRow: state,
        epoch: epochOf(deps, epoch, accountId),
      },
    ]
  })
}

/** An epoch that vault remembers and the database has no more was taken away. */
function epochOf(
  { check, log }: PersonDeps,
  row: SignedRow<'epoch'> | null,
  accountId: string,
): EpochColumns | null {
  if (row && check.distrust(row, accountId) === undefined) return row.columns
  if (!row && !check.hasSeen('epoch', accountId)) return null
  log.error({ reason: row ? 'forged' : 'missing' }, 'alarm: epoch not as vault knows it')
  const never = Number.MAX_SAFE_INTEGER
  return { accountId, sessionsNotBefore: never, passwordsNotBefore: never }
}

/** Those that count as a second factor by themselves; recovery codes stand in for one that was lost. */
export function strongFactors({ factors }: Pick<Person, 'factors'>): FactorColumns[] {
  return factors.map(({ columns }) => columns).filter(({ type }) => type !== 'recovery')
}

/** Owners always need a second factor, members where their account says so, or the one they have entered from. */
export function needsFactor({ member, state, above }: Membership): boolean {
  if (above && needsFactor(above)) return true
  return member.role === 'owner' || state.options?.requiresFactor === true
}
