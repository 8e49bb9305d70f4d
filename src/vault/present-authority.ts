/** What a change of authority begins with: who asks, the row as it stands, and the row that follows it. */
import type { Scope } from '../core/access/scopes.ts'
import { stopped } from '../core/accounts/stopped.ts'
import type { AuthorityCheck } from '../core/authority/authority-check.ts'
import { findAuthority, type PresentAuthority } from '../core/authority/queries.ts'
import type { AuthorityKind, SessionOptions, SignedRow } from '../core/authority/signed-row.ts'
import type { Sql } from '../db/sql.ts'
import type { Clock } from '../lib/clock.ts'
import { Refusal } from '../lib/refusal.ts'
import type { Log } from '../process/log.ts'
import type { Authorised, AuthorityChange } from './contract.ts'
import type { KeyStore } from './key-store.ts'
import { demandCredential } from './opening.ts'
import { demandFromAbove } from './people/above.ts'

/** How long a factor that was shown holds for what only a fresh one may do. */
export const freshMs = 10 * 60_000

export interface AuthorityDeps {
  sql: Sql
  ticket: Buffer
  keys: KeyStore
  check: AuthorityCheck
  clock: Clock
  log: Log
  /** Called when a change was stored: what is remembered of signed states for a moment is asked for again. */
  onConfirmed: () => void
}

/** Who asks: vault has checked the operator's token and the ticket already, the key's proof is checked here. */
export type Asker = { kind: 'operator' } | { kind: 'jobs' } | { kind: 'credential'; h1: Buffer }

export type ChangeOf<Kind extends AuthorityChange['kind']> = Extract<
  AuthorityChange,
  { kind: Kind }
>

/** The row as it stands, with its signature checked: a forged one must not be carried on under a true signature. */
export async function presentRow(
  { sql, ticket, check }: AuthorityDeps,
  kind: AuthorityKind,
  { accountId, objectId }: { accountId: string; objectId: string },
): Promise<SignedRow> {
  const found = await findAuthority(sql, ticket, { h1: null, kind, accountId, objectId })
  const present = found?.present
  if (!present) throw new Refusal('not_found', `There is no such ${kind.replace('_', ' ')}.`)
  if (
    present.kind !== kind ||
    present.columns.accountId !== accountId ||
    check.distrust(present, objectId)
  ) {
    throw new Refusal(
      'not_permitted',
      `The ${kind.replace('_', ' ')} in the database is not vault's own.`,
    )
  }
  return present
}

export function next(
  { keys }: AuthorityDeps,
  present: SignedRow,
  columns: SignedRow['columns'],
): Authorised {
  const { kind, version, signature } = present
  return { signed: keys.signRow({ kind, columns, version: version + 1, previous: signature }) }
}

/**
 * The account a change is for: the operator names it, who asks with a key or a session brings their own and must be
 * allowed to change such things; a person must have shown a factor lately, unless the change takes nothing away.
 */
export async function askingAccount(
  deps: AuthorityDeps,
  asker: Asker,
  {
    named,
    scope,
    isAnyTime = false,
  }: { named: string | undefined; scope?: Scope; isAnyTime?: boolean },
): Promise<string> {
  if (asker.kind === 'credential') {
    const { accountId, options } = await askingCredential(deps, asker.h1, scope)
    if (scope !== undefined && !isAnyTime && options?.session)
      demandFreshSession(deps, options.session)
    return accountId
  }
  if (named === undefined) throw new Refusal('missing_field', 'Name the account.')
  return named
}

/** The asking key or session: it may do that, and its account is active. */
export async function askingCredential(
  deps: AuthorityDeps,
  h1: Buffer,
  scope?: Scope,
): Promise<SignedRow<'credential'>['columns']> {
  const { sql, ticket, check } = deps
  const found = await findAuthority(sql, ticket, {
    h1,
    kind: 'account_state',
    accountId: null,
    objectId: null,
  })
  const credential = demandActive(found, h1, check)
  const session = credential.options?.session
  // demandActive has checked the state.
  if (session && found?.accountState) {
    await demandFromAbove(deps, session, found.accountState)
  }
  if (credential.permission !== 'full_access') {
    throw new Refusal('not_permitted', 'This API key may only send; use one with full access.')
  }
  const { scopes } = credential.options ?? {}
  if (scope !== undefined && scopes && !scopes.includes(scope)) {
    throw new Refusal(
      'not_permitted',
      `This needs the scope \`${scope}\`; ask an admin of the account, or use a key that has it.`,
    )
  }
  return credential
}

/** For what a stolen session alone must not do. */
export function demandFreshSession(
  { clock }: Pick<AuthorityDeps, 'clock'>,
  { steppedUpAt }: SessionOptions,
): void {
  if (clock.now() - steppedUpAt < freshMs) return
  throw new Refusal(
    'step_up_needed',
    'Confirm that it is you: show a second factor, then try again.',
  )
}

/** The key's columns, if it is vault's own and its account may act. */
export function demandActive(
  found: PresentAuthority | undefined,
  h1: Buffer,
  check: AuthorityCheck,
): SignedRow<'credential'>['columns'] {
  const credential = demandCredential(found?.credential ?? null, h1, check)
  const row = found?.accountState
  const isOwn = row && !check.distrust(row, credential.accountId)
  const state = isOwn ? row.columns.state : 'forged'
  if (state !== 'active') throw stopped(state)
  return credential
}
