/**
 * Signs changes of authority: accounts, their state, credentials and domains. What an account may change for itself comes
 * with its key; the rest takes the operator's token, or the ticket of jobs for the result of a domain check.
 */
import { findAuthority, type PresentAuthority } from '../core/authority/queries.ts'
import type {
  AccountStateColumns,
  AuthorityCheck,
  AuthorityKind,
  CredentialColumns,
  DomainStateColumns,
  SignedRow,
} from '../core/authority/signed-row.ts'
import type { Sql } from '../db/sql.ts'
import type { Clock } from '../lib/clock.ts'
import { Refusal } from '../lib/refusal.ts'
import type { Authorised, AuthorityChange } from './contract.ts'
import type { KeyStore } from './key-store.ts'
import { demandCredential } from './opening.ts'

export interface AuthorityDeps {
  sql: Sql
  ticket: Buffer
  keys: KeyStore
  check: AuthorityCheck
  clock: Clock
}

/** Who asks: vault has checked the operator's token and the ticket already, the key's proof is checked here. */
export type Asker = { kind: 'operator' } | { kind: 'jobs' } | { kind: 'credential'; h1: Buffer }

type ChangeOf<Kind extends AuthorityChange['kind']> = Extract<AuthorityChange, { kind: Kind }>

/** Selectors of a new domain: one signs, the other stands ready for the next rotation. */
export const firstSelectors = ['postern1', 'postern2'] as const

const firstLimits = { requestsPerSecond: 100, dailyQuota: null, domainsMax: 1_000, keysMax: 1_000 }

const mayAsk: Record<AuthorityChange['kind'], ReadonlySet<Asker['kind']>> = {
  create_account: new Set(['operator']),
  account_state: new Set(['operator']),
  confirm_account_state: new Set(['operator']),
  create_credential: new Set(['operator', 'credential']),
  revoke_credential: new Set(['operator', 'credential']),
  create_domain: new Set(['operator', 'credential']),
  domain_state: new Set(['operator', 'jobs']),
}

export async function authorise(
  deps: AuthorityDeps,
  asker: Asker,
  change: AuthorityChange,
): Promise<Authorised> {
  if (!mayAsk[change.kind]?.has(asker.kind)) {
    throw new Refusal('not_permitted', `${asker.kind} may not ask for ${change.kind}.`)
  }
  switch (change.kind) {
    case 'create_account':
      return createAccount(deps, change)
    case 'account_state':
      return changeAccountState(deps, change)
    case 'confirm_account_state':
      return confirmAccountState(deps, change)
    case 'create_credential':
      return createCredential(deps, asker, change)
    case 'revoke_credential':
      return revokeCredential(deps, asker, change)
    case 'create_domain':
      return createDomain(deps, asker, change)
    case 'domain_state':
      return changeDomainState(deps, change)
  }
}

function createAccount(
  { keys }: AuthorityDeps,
  { accountId }: ChangeOf<'create_account'>,
): Authorised {
  const made = keys.makeAccount(accountId)
  const columns: AccountStateColumns = { accountId, state: 'active', reason: null, ...firstLimits }
  return {
    signed: keys.signRow({ kind: 'account_state', columns, version: 1, previous: null }),
    account: { publicKey: made.publicKey.toString('hex'), wrapped: made.wrapped.toString('hex') },
  }
}

async function changeAccountState(
  deps: AuthorityDeps,
  { accountId, change }: ChangeOf<'account_state'>,
): Promise<Authorised> {
  const present = await presentRow(deps, 'account_state', { accountId, objectId: accountId })
  const columns = { ...(present.columns as AccountStateColumns), ...change } // presentRow checked the kind
  return next(deps, present, columns)
}

/**
 * Remembered from now on, the version makes every earlier row a rolled-back one, whatever is done to the history in the
 * database. Not at signing: a state that then could not be stored would refuse the account for nothing.
 */
async function confirmAccountState(
  deps: AuthorityDeps,
  { accountId }: ChangeOf<'confirm_account_state'>,
): Promise<Authorised> {
  return { signed: await presentRow(deps, 'account_state', { accountId, objectId: accountId }) }
}

async function createCredential(
  deps: AuthorityDeps,
  asker: Asker,
  { accountId, credential }: ChangeOf<'create_credential'>,
): Promise<Authorised> {
  const account = await askingAccount(deps, asker, accountId)
  const columns: CredentialColumns = {
    ...credential,
    accountId: account,
    createdAt: deps.clock.now(),
    revokedAt: null,
  }
  const signed = deps.keys.signRow({ kind: 'credential', columns, version: 1, previous: null })
  // The operator has no key to ask for the account's own with; a door has it already.
  const sealing = asker.kind === 'operator' ? await sealingKeyOf(deps, account) : undefined
  return sealing ? { signed, sealing } : { signed }
}

/** For sealing the name of the key; undefined while the account itself is still being made. */
async function sealingKeyOf(
  { keys }: AuthorityDeps,
  accountId: string,
): Promise<Authorised['sealing']> {
  try {
    const { version, publicKey } = await keys.account(accountId)
    return { keyVersion: version, publicKey: publicKey.toString('hex') }
  } catch (error) {
    if (error instanceof Refusal && error.code === 'not_found') return undefined
    throw error
  }
}

async function revokeCredential(
  deps: AuthorityDeps,
  asker: Asker,
  { accountId, credentialId }: ChangeOf<'revoke_credential'>,
): Promise<Authorised> {
  const account = await askingAccount(deps, asker, accountId)
  const present = await presentRow(deps, 'credential', {
    accountId: account,
    objectId: credentialId,
  })
  const columns = present.columns as CredentialColumns // presentRow checked the kind
  return next(deps, present, { ...columns, revokedAt: columns.revokedAt ?? deps.clock.now() })
}

async function createDomain(
  deps: AuthorityDeps,
  asker: Asker,
  { accountId, domainId, name }: ChangeOf<'create_domain'>,
): Promise<Authorised> {
  const account = await askingAccount(deps, asker, accountId)
  const { wrapping } = await deps.keys.account(account)
  const signingKeys = await Promise.all(
    firstSelectors.map(async (selector) => {
      const made = await deps.keys.makeSigningKey(
        { accountId: account, domainId, selector },
        wrapping,
      )
      const publicKey = made.publicKey.toString('hex')
      return { selector, publicKey, wrapped: made.wrapped.toString('hex') }
    }),
  )
  const columns: DomainStateColumns = {
    accountId: account,
    domainId,
    name,
    status: 'not_started',
    returnPathReady: false,
    activeSelector: firstSelectors[0],
    standbySelector: firstSelectors[1],
  }
  const signed = deps.keys.signRow({ kind: 'domain_state', columns, version: 1, previous: null })
  return { signed, signingKeys }
}

async function changeDomainState(
  deps: AuthorityDeps,
  { accountId, domainId, status, returnPathReady }: ChangeOf<'domain_state'>,
): Promise<Authorised> {
  const present = await presentRow(deps, 'domain_state', { accountId, objectId: domainId })
  const columns = present.columns as DomainStateColumns // presentRow checked the kind
  return next(deps, present, { ...columns, status, returnPathReady })
}

/** The row as it stands, with its signature checked: a forged one must not be carried on under a true signature. */
async function presentRow(
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

function next(
  { keys }: AuthorityDeps,
  present: SignedRow,
  columns: SignedRow['columns'],
): Authorised {
  const { kind, version, signature } = present
  return { signed: keys.signRow({ kind, columns, version: version + 1, previous: signature }) }
}

/** The account a change is for: the operator names it, a key brings its own and must be allowed to change things. */
async function askingAccount(
  deps: AuthorityDeps,
  asker: Asker,
  named: string | undefined,
): Promise<string> {
  if (asker.kind !== 'credential') {
    if (named === undefined) throw new Refusal('missing_field', 'Name the account.')
    return named
  }
  const found = await findAuthority(deps.sql, deps.ticket, {
    h1: asker.h1,
    kind: 'account_state',
    accountId: null,
    objectId: null,
  })
  return demandFullAccess(found, asker.h1, deps.check)
}

function demandFullAccess(
  found: PresentAuthority | undefined,
  h1: Buffer,
  check: AuthorityCheck,
): string {
  const credential = demandCredential(found?.credential ?? null, h1, check)
  if (credential.permission !== 'full_access') {
    throw new Refusal('not_permitted', 'This API key may only send; use one with full access.')
  }
  const state = found?.accountState
  const active =
    state && !check.distrust(state, credential.accountId) && state.columns.state === 'active'
  if (!active) throw new Refusal('account_blocked', 'The account is blocked.')
  return credential.accountId
}
