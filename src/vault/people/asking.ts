/** The session that asks: whose it is, what it may do, and how lately a factor was shown. */
import type { Scope } from '../../core/access/scopes.ts'
import type {
  AccountStateColumns,
  AuthorityKind,
  CredentialColumns,
  SessionOptions,
  SignedRow,
} from '../../core/authority/signed-row.ts'
import { type AskingPerson, findAskingPerson } from '../../core/people/vault-queries.ts'
import { Refusal } from '../../lib/refusal.ts'
import { demandCredential } from '../opening.ts'
import { demandFreshSession } from '../present-authority.ts'
import { demandFromAbove, membershipFromAbove } from './above.ts'
import {
  loadPerson,
  type Membership,
  type PeopleDeps,
  type Person,
  type PersonDeps,
} from './person.ts'

export interface Asking {
  row: SignedRow<'credential'>
  columns: CredentialColumns
  session: SessionOptions
  state: AccountStateColumns
  accountState: SignedRow<'account_state'>
  present: AskingPerson['present']
  owners: number
}

/** With the row of that kind and id; its signature is checked here, and whether who has entered from above still may. */
export async function askingSession(
  deps: PersonDeps,
  h1: Buffer,
  wanted: { kind: AuthorityKind; objectId: string } | null = null,
): Promise<Asking> {
  const { sql, ticket, check } = deps
  const found = await findAskingPerson(sql, ticket, {
    h1,
    kind: wanted?.kind ?? null,
    objectId: wanted?.objectId ?? null,
  })
  const columns = demandCredential(found?.session ?? null, h1, check)
  const session = columns.options?.session
  if (!found || !session) throw signedOut()
  const { accountState, present, owners } = found
  if (check.distrust(accountState, columns.accountId)) throw signedOut()
  if (present && wanted && check.distrust(present, wanted.objectId)) {
    throw new Refusal('not_permitted', `The ${wanted.kind} in the database is not vault's own.`)
  }
  await demandFromAbove(deps, session, accountState)
  const row = found.session
  return { row, columns, session, state: accountState.columns, accountState, present, owners }
}

export function signedOut(): Refusal {
  return new Refusal('invalid_key', 'You are signed out. Sign in again.')
}

export function demandScope({ columns }: Pick<Asking, 'columns'>, scope: Scope): void {
  if (columns.options?.scopes?.includes(scope)) return
  throw new Refusal(
    'not_permitted',
    `Your role may not do this: it needs \`${scope}\`. Ask an owner or admin of the account.`,
  )
}

/** For what a stolen session alone must not do. */
export function demandFresh(
  { session }: Pick<Asking, 'session'>,
  deps: Pick<PeopleDeps, 'clock'>,
): void {
  demandFreshSession(deps, session)
}

/** The person behind the session, with their membership of its account, or as whom they have entered it. */
export async function askingPerson(
  deps: PeopleDeps,
  { columns, session: { userId, via }, accountState: stateRow }: Asking,
): Promise<{ person: Person; membership: Membership }> {
  const person = await loadPerson(deps, { userId })
  const membership =
    person && via !== undefined
      ? membershipFromAbove(person, { stateRow, via })
      : person?.memberships.find((one) => one.member.accountId === columns.accountId)
  if (!person || !membership) throw signedOut()
  return { person, membership }
}
