/** Signs changes of sending domains: their keys are made here and their private halves leave only wrapped. */
import type { DomainOptions, DomainStateColumns } from '../core/authority/signed-row.ts'
import { returnPathLabel, standbyReplaceableAt } from '../core/domains/check-domain.ts'
import { Refusal } from '../lib/refusal.ts'
import type { Authorised } from './contract.ts'
import type { SigningKeyName } from './key-store.ts'
import {
  type Asker,
  type AuthorityDeps,
  askingAccount,
  type ChangeOf,
  next,
  presentRow,
} from './present-authority.ts'

/** Selectors of a new domain: one signs, the other stands ready for the next rotation. */
export const firstSelectors = ['postern1', 'postern2'] as const
const ed25519Selector = 'postern-ed25519'

type MadeKey = NonNullable<Authorised['signingKeys']>[number]

export async function createDomain(
  deps: AuthorityDeps,
  asker: Asker,
  { accountId, domainId, name, returnPath, ed25519 = false }: ChangeOf<'create_domain'>,
): Promise<Authorised> {
  const account = await askingAccount(deps, asker, {
    named: accountId,
    scope: 'domains:write',
    isAnyTime: true,
  })
  const make = (selector: string, algorithm: MadeKey['algorithm']) =>
    makeKey(deps, { accountId: account, domainId, selector }, algorithm)
  const signingKeys = await Promise.all([
    ...firstSelectors.map((selector) => make(selector, 'rsa')),
    ...(ed25519 ? [make(ed25519Selector, 'ed25519')] : []),
  ])
  const options: DomainOptions = {
    ...(returnPath !== undefined && returnPath !== returnPathLabel && { returnPath }),
    ...(ed25519 && { ed25519Selector }),
  }
  const columns: Omit<DomainStateColumns, 'options'> = {
    accountId: account,
    domainId,
    name,
    status: 'not_started',
    returnPathReady: false,
    activeSelector: firstSelectors[0],
    standbySelector: firstSelectors[1],
  }
  const signed = deps.keys.signRow({
    kind: 'domain_state',
    columns: withOptions(columns, options),
    version: 1,
    previous: null,
  })
  return { signed, signingKeys }
}

export async function changeDomainState(
  deps: AuthorityDeps,
  { accountId, domainId, status, returnPathReady, activeSelector }: ChangeOf<'domain_state'>,
): Promise<Authorised> {
  const { row, columns } = await presentDomain(deps, accountId, domainId)
  if (activeSelector !== undefined && activeSelector !== columns.activeSelector) {
    throw new Refusal('not_ready', 'The keys were rotated since they were looked for; look again.')
  }
  return next(deps, row, { ...columns, status, returnPathReady })
}

/** A signed end rather than no row: an earlier row put back is then older than the newest known. */
export async function deleteDomain(
  deps: AuthorityDeps,
  asker: Asker,
  { accountId, domainId }: ChangeOf<'delete_domain'>,
): Promise<Authorised> {
  const account = await askingAccount(deps, asker, { named: accountId, scope: 'domains:write' })
  const present = await presentDomain(deps, account, domainId)
  deps.keys.forgetSigningKeys(domainId)
  return next(deps, present.row, { ...present.columns, status: 'deleted', returnPathReady: false })
}

/**
 * Both keys stay published and stored: what the former one has signed goes on verifying. That the standby key stands in
 * DNS is for the asker to see to, since vault has no network.
 */
export async function rotateKeys(
  deps: AuthorityDeps,
  asker: Asker,
  { accountId, domainId }: ChangeOf<'rotate_keys'>,
): Promise<Authorised> {
  const account = await askingAccount(deps, asker, { named: accountId, scope: 'domains:write' })
  const { row, columns } = await presentDomain(deps, account, domainId)
  const { options = {}, activeSelector, standbySelector, ...rest } = columns
  const swapped = { ...rest, activeSelector: standbySelector, standbySelector: activeSelector }
  return next(deps, row, withOptions(swapped, { ...options, rotatedAt: deps.clock.now() }))
}

/** The selector stays, so that an alias to us stays right; the key behind it is another, and the old one is gone. */
export async function replaceStandby(
  deps: AuthorityDeps,
  asker: Asker,
  { domainId }: ChangeOf<'replace_standby'>,
): Promise<Authorised> {
  const account = await askingAccount(deps, asker, { named: undefined, scope: 'domains:write' })
  const { row, columns } = await presentDomain(deps, account, domainId)
  const readyAt = standbyReplaceableAt(columns)
  if (readyAt !== null && deps.clock.now() < readyAt) {
    throw new Refusal(
      'not_ready',
      `Mail that the former key has signed may still be on its way; replace it after ${new Date(readyAt).toISOString()}.`,
    )
  }
  deps.keys.forgetSigningKeys(domainId)
  const name = { accountId: account, domainId, selector: columns.standbySelector }
  return { ...next(deps, row, columns), signingKeys: [await makeKey(deps, name, 'rsa')] }
}

/** The key's bytes are stored beside the new state; switched off, the state no longer names them. */
export async function setEd25519(
  deps: AuthorityDeps,
  asker: Asker,
  { accountId, domainId, enabled }: ChangeOf<'set_ed25519'>,
): Promise<Authorised> {
  const account = await askingAccount(deps, asker, { named: accountId, scope: 'domains:write' })
  const { row, columns } = await presentDomain(deps, account, domainId)
  const { options = {}, ...rest } = columns
  const { ed25519Selector: present, ...others } = options
  if (!enabled) return next(deps, row, withOptions(rest, others))
  const changed = withOptions(rest, { ...others, ed25519Selector })
  if (present !== undefined) return next(deps, row, changed)
  const name = { accountId: account, domainId, selector: ed25519Selector }
  return { ...next(deps, row, changed), signingKeys: [await makeKey(deps, name, 'ed25519')] }
}

function withOptions(
  columns: Omit<DomainStateColumns, 'options'>,
  options: DomainOptions,
): DomainStateColumns {
  return Object.keys(options).length === 0 ? columns : { ...columns, options }
}

async function presentDomain(deps: AuthorityDeps, accountId: string, domainId: string) {
  const row = await presentRow(deps, 'domain_state', { accountId, objectId: domainId })
  const columns = row.columns as DomainStateColumns // presentRow checked the kind
  if (columns.status === 'deleted') throw new Refusal('not_found', 'Domain not found')
  return { row, columns }
}

async function makeKey(
  { keys }: AuthorityDeps,
  name: SigningKeyName,
  algorithm: MadeKey['algorithm'],
): Promise<MadeKey> {
  const { wrapping } = await keys.account(name.accountId)
  const made = await keys.makeSigningKey(name, wrapping, algorithm)
  return {
    selector: name.selector,
    algorithm,
    publicKey: made.publicKey.toString('hex'),
    wrapped: made.wrapped.toString('hex'),
  }
}
