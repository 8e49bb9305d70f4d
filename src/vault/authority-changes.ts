/**
 * Signs changes of authority: accounts, their state, credentials and domains. What an account may change for itself comes
 * with its key; the rest takes the operator's token, or the ticket of jobs for the result of a domain check.
 */
import { keyScopes, scopesOfKey } from '../core/access/scopes.ts'
import { findAuthority } from '../core/authority/queries.ts'
import type {
  AccountStateColumns,
  CredentialColumns,
  CredentialOptions,
  LinkColumns,
  SignedRow,
} from '../core/authority/signed-row.ts'
import { Refusal } from '../lib/refusal.ts'
import { signatureKeyOf } from '../lib/signature-key.ts'
import { storedHash } from '../lib/token.ts'
import { changedState, demandActiveAbove } from './account-changes.ts'
import { closed, closingMs, destroyAccount, reopened, whileClosing } from './account-closing.ts'
import type { AccountStateChange, Authorised, AuthorityChange, NewCredential } from './contract.ts'
import {
  changeDomainState,
  createDomain,
  deleteDomain,
  replaceStandby,
  rotateKeys,
  setEd25519,
} from './domain-changes.ts'
import { firstLimits } from './first-limits.ts'
import { retireCredential } from './idle-keys.ts'
import { demandCredential } from './opening.ts'
import { beginEpoch, createOwnerLink, resetFactors } from './operator-changes.ts'
import {
  type Asker,
  type AuthorityDeps,
  askingAccount,
  askingCredential,
  type ChangeOf,
  demandFreshSession,
  next,
  presentRow,
} from './present-authority.ts'

const linkLifetimeMaxMs = 30 * 24 * 3600 * 1000

const mayAsk: Record<AuthorityChange['kind'], ReadonlySet<Asker['kind']>> = {
  create_account: new Set(['operator']),
  account_state: new Set(['operator']),
  destroy_account: new Set(['jobs']),
  confirm: new Set(['operator', 'credential', 'jobs']),
  create_credential: new Set(['operator', 'credential']),
  revoke_credential: new Set(['operator', 'credential']),
  expire_credential: new Set(['operator', 'credential']),
  retire_credential: new Set(['jobs']),
  create_domain: new Set(['operator', 'credential']),
  delete_domain: new Set(['operator', 'credential']),
  rotate_keys: new Set(['operator', 'credential']),
  replace_standby: new Set(['credential']),
  set_ed25519: new Set(['operator', 'credential']),
  create_link: new Set(['credential']),
  create_owner_link: new Set(['operator']),
  reset_factors: new Set(['operator']),
  begin_epoch: new Set(['operator']),
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
    case 'destroy_account':
      return destroyAccount(deps, change)
    case 'confirm':
      return confirm(deps, asker, change)
    case 'create_credential':
      return createCredential(deps, asker, change)
    case 'revoke_credential':
      return revokeCredential(deps, asker, change)
    case 'expire_credential':
      return expireCredential(deps, asker, change)
    case 'retire_credential':
      return retireCredential(deps, change)
    case 'create_domain':
      return createDomain(deps, asker, change)
    case 'delete_domain':
      return deleteDomain(deps, asker, change)
    case 'rotate_keys':
      return rotateKeys(deps, asker, change)
    case 'replace_standby':
      return replaceStandby(deps, asker, change)
    case 'set_ed25519':
      return setEd25519(deps, asker, change)
    case 'create_link':
      return createLink(deps, asker, change)
    case 'create_owner_link':
      return createOwnerLink(deps, change)
    case 'reset_factors':
      return resetFactors(deps, change)
    case 'begin_epoch':
      return beginEpoch(deps, change)
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
  const before = present.columns as AccountStateColumns // presentRow checked the kind
  const after = changedAccount(before, change, deps.clock.now())
  if (after.state === 'active' && before.state !== 'active') await demandActiveAbove(deps, before)
  return next(deps, present, after)
}

function changedAccount(
  before: AccountStateColumns,
  change: AccountStateChange,
  now: number,
): AccountStateColumns {
  if (change.closes) return closed(before, change.closes === 'now' ? now : now + closingMs)
  if (change.reopens) return reopened(before, now)
  return whileClosing(before, changedState(before, change))
}

/**
 * Remembered from now on, the version makes every earlier row a rolled-back one, whatever is done to the history in the
 * database. Not at signing: a state that then could not be stored would refuse its object for nothing.
 */
async function confirm(
  deps: AuthorityDeps,
  asker: Asker,
  change: ChangeOf<'confirm'>,
): Promise<Authorised> {
  const account = await confirmingAccount(deps, asker, change)
  const { of, objectId } = change
  const signed = await presentRow(deps, of, { accountId: account, objectId })
  deps.onConfirmed()
  return { signed }
}

/**
 * A key that has just ended itself is valid no more, and yet its end is to be remembered. That it is this very key is
 * proved by its hash in the signed row; whatever row vault is made to read so, what it remembers only ever grows.
 */
async function confirmingAccount(
  deps: AuthorityDeps,
  asker: Asker,
  { of, accountId, objectId }: ChangeOf<'confirm'>,
): Promise<string> {
  try {
    return await askingAccount(deps, asker, { named: accountId })
  } catch (error) {
    const hasEnded = error instanceof Refusal && error.code === 'invalid_key'
    if (!hasEnded || asker.kind !== 'credential' || of !== 'credential') throw error
    if (accountId === undefined) throw error
    const { columns } = await presentRow(deps, 'credential', { accountId, objectId })
    const { h2 } = columns as CredentialColumns // presentRow checked the kind
    if (h2 !== storedHash(asker.h1).toString('hex')) throw error
    return accountId
  }
}

async function createCredential(
  deps: AuthorityDeps,
  asker: Asker,
  { accountId, credential }: ChangeOf<'create_credential'>,
): Promise<Authorised> {
  if (asker.kind === 'credential') await demandMayMake(deps, asker.h1, credential)
  const account = await askingAccount(deps, asker, { named: accountId, scope: 'keys:write' })
  const { id, h2, permission, domainId, expiresAt } = credential
  const options = keyOptions(credential)
  const columns: CredentialColumns = {
    id,
    h2,
    permission,
    domainId,
    expiresAt,
    ...(options ? { options } : {}),
    accountId: account,
    createdAt: deps.clock.now(),
    revokedAt: null,
  }
  const signed = deps.keys.signRow({ kind: 'credential', columns, version: 1, previous: null })
  // The operator has no key to ask for the account's own with; a door has it already.
  const sealing = asker.kind === 'operator' ? await sealingKeyOf(deps, account) : undefined
  return sealing ? { signed, sealing } : { signed }
}

/** A key that is restricted could shake that off by making another; a person gives no more than they may do. */
async function demandMayMake(
  deps: AuthorityDeps,
  h1: Buffer,
  wanted: NewCredential,
): Promise<void> {
  const asking = await askingCredential(deps, h1, 'keys:write')
  const { options, expiresAt } = asking
  if (!options?.session) {
    if (options === undefined && expiresAt === null) return
    throw new Refusal(
      'not_permitted',
      'An API key with restrictions or an expiry may not make API keys; use one without.',
    )
  }
  demandFreshSession(deps, options.session)
  const missing = scopesOfKey(wanted).filter((scope) => !options.scopes?.includes(scope))
  if (missing.length === 0) return
  throw new Refusal(
    'not_permitted',
    `Your role may not give a key what it may not do itself: ${missing.join(', ')}. Leave these scopes out, or ask an admin.`,
  )
}

/** Only what an API key may have: it is never the session of a person. */
function keyOptions({ domainId, options }: NewCredential): CredentialOptions | undefined {
  const { sourceCidrs, hourlyMax, holds, keepsContent, scopes, streams, canary } = options ?? {}
  const { signatureKey, domainIds } = options ?? {}
  if (domainIds !== undefined && domainIds[0] !== domainId) {
    throw new Refusal('invalid_input', 'The first of several domains is the domain of the key.')
  }
  if (signatureKey !== undefined && !signatureKeyOf(signatureKey)) {
    throw new Refusal('invalid_input', 'The key that requests are signed for must be one.')
  }
  const kept: CredentialOptions = {
    ...(sourceCidrs === undefined ? {} : { sourceCidrs }),
    ...(hourlyMax === undefined ? {} : { hourlyMax }),
    ...(holds === undefined ? {} : { holds }),
    ...(keepsContent === undefined ? {} : { keepsContent }),
    ...(scopes === undefined
      ? {}
      : { scopes: scopes.filter((scope) => keyScopes.includes(scope)) }),
    ...(streams === undefined ? {} : { streams }),
    ...(signatureKey === undefined ? {} : { signatureKey }),
    ...(domainIds === undefined ? {} : { domainIds }),
    ...(canary === undefined ? {} : { canary }),
  }
  return Object.keys(kept).length > 0 ? kept : undefined
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
  const own = asker.kind === 'credential' ? await ownAccount(deps, asker.h1, credentialId) : null
  const named = { named: accountId, scope: 'keys:write' } as const
  const account = own ?? (await askingAccount(deps, asker, named))
  const { present, columns } = await presentKey(deps, { accountId: account, credentialId })
  return next(deps, present, { ...columns, revokedAt: columns.revokedAt ?? deps.clock.now() })
}

/** An API key as it stands. The session of a person is none: who may change keys may not end it. */
async function presentKey(
  deps: AuthorityDeps,
  { accountId, credentialId }: { accountId: string; credentialId: string },
): Promise<{ present: SignedRow; columns: CredentialColumns }> {
  const present = await presentRow(deps, 'credential', { accountId, objectId: credentialId })
  const columns = present.columns as CredentialColumns // presentRow checked the kind
  if (columns.options?.session) throw new Refusal('not_found', 'There is no such credential.')
  return { present, columns }
}

/** The account of a key that is to end itself: whatever it may do else, and also when its account is blocked. */
async function ownAccount(
  { sql, ticket, check }: AuthorityDeps,
  h1: Buffer,
  credentialId: string,
): Promise<string | null> {
  const nothing = { kind: 'account_state', accountId: null, objectId: null } as const
  const found = await findAuthority(sql, ticket, { h1, ...nothing })
  const { id, accountId, options } = demandCredential(found?.credential ?? null, h1, check)
  return id === credentialId && !options?.session ? accountId : null
}

async function expireCredential(
  deps: AuthorityDeps,
  asker: Asker,
  { accountId, credentialId, expiresAt }: ChangeOf<'expire_credential'>,
): Promise<Authorised> {
  const account = await askingAccount(deps, asker, { named: accountId, scope: 'keys:write' })
  const { present, columns } = await presentKey(deps, { accountId: account, credentialId })
  const earlier = Math.min(expiresAt, columns.expiresAt ?? Number.POSITIVE_INFINITY)
  return next(deps, present, { ...columns, expiresAt: earlier })
}

async function createLink(
  deps: AuthorityDeps,
  asker: Asker,
  { link }: ChangeOf<'create_link'>,
): Promise<Authorised> {
  if (asker.kind !== 'credential') throw new Refusal('not_permitted', 'A link needs an API key.')
  const { accountId, id: credentialId } = await askingCredential(deps, asker.h1, 'emails:read')
  const createdAt = deps.clock.now()
  const { id, h2, target, messageId, attachmentId } = link
  const expiresAt = Math.min(link.expiresAt, createdAt + linkLifetimeMaxMs)
  const columns: LinkColumns = {
    accountId,
    id,
    h2,
    target,
    messageId,
    attachmentId,
    credentialId,
    createdAt,
    expiresAt,
  }
  return { signed: deps.keys.signRow({ kind: 'link', columns, version: 1, previous: null }) }
}
