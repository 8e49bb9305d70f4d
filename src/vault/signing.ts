/**
 * DKIM signatures. Vault is no oracle: it signs only a message the caller has opened under a live lease, only for an
 * account whose signed state lets it send and a domain whose signed state is verified for that account, and only when the
 * header From is of that domain. It builds the DKIM-Signature itself.
 */
import { sign as signWith } from 'node:crypto'
import { promisify } from 'node:util'
import { listSigningStates, type SigningState } from '../core/authority/queries.ts'
import type { AuthorityCheck, DomainStateColumns } from '../core/authority/signed-row.ts'
import type { Sql } from '../db/sql.ts'
import type { Clock } from '../lib/clock.ts'
import { readSignedHeaders, signatureHeader, signatureInput, withSignature } from '../mail/dkim.ts'
import type { Signed, SignItem } from './contract.ts'
import type { KeyStore } from './key-store.ts'

const signInPool = promisify(signWith)

export interface SigningDeps {
  sql: Sql
  ticket: Buffer
  keys: KeyStore
  check: AuthorityCheck
  clock: Clock
  /** The account and name whose domain everybody may use while mail goes to the local inbox; null otherwise. */
  sandbox: { accountId: string; domain: string } | null
}

export async function signItems(
  deps: SigningDeps,
  accountOf: (messageId: string) => string | undefined,
  items: SignItem[],
): Promise<Signed[]> {
  const states = await loadStates(deps, accountOf, items)
  return Promise.all(
    items.map(async (item): Promise<Signed> => {
      const accountId = accountOf(item.messageId)
      if (accountId === undefined) return { refused: 'not_leased' }
      const headers = readSignedHeaders(item.headers)
      if (headers?.fromDomain !== item.domain) return { refused: 'malformed' }
      if (!states.maySend(accountId)) return { refused: 'account_blocked' }
      const domain = states.domain(accountId, item.domain)
      if (!domain) return { refused: 'domain_not_verified' }
      return signOne(deps, domain, { ...item, names: headers.names })
    }),
  )
}

interface States {
  maySend(accountId: string): boolean
  domain(accountId: string, name: string): DomainStateColumns | undefined
}

/** One look-up for the whole batch; what is not validly signed counts as absent. */
async function loadStates(
  { sql, ticket, check, sandbox }: SigningDeps,
  accountOf: (messageId: string) => string | undefined,
  items: SignItem[],
): Promise<States> {
  const pairs = new Map<string, { accountId: string; name: string }>()
  for (const { messageId, domain } of items) {
    const accountId = accountOf(messageId)
    if (accountId === undefined) continue
    pairs.set(`${accountId} ${domain}`, { accountId, name: domain })
    if (domain === sandbox?.domain)
      pairs.set('sandbox', { accountId: sandbox.accountId, name: domain })
  }
  const asked = [...pairs.values()]
  const rows = await listSigningStates(sql, ticket, {
    accountIds: asked.map((pair) => pair.accountId),
    names: asked.map((pair) => pair.name),
  })
  const active = new Set<string>()
  const verified = new Map<string, DomainStateColumns>()
  for (const row of rows) {
    if (isActive(row, check)) active.add(row.accountId)
    const domain = verifiedDomain(row, check)
    if (domain) verified.set(`${row.accountId} ${row.name}`, domain)
  }
  return {
    maySend: (accountId) => active.has(accountId),
    domain: (accountId, name) =>
      verified.get(`${name === sandbox?.domain ? sandbox.accountId : accountId} ${name}`),
  }
}

function isActive({ accountId, state }: SigningState, check: AuthorityCheck): boolean {
  return (
    state !== null &&
    check.distrust(state, accountId) === undefined &&
    state.columns.state === 'active'
  )
}

function verifiedDomain(
  { accountId, name, domainState }: SigningState,
  check: AuthorityCheck,
): DomainStateColumns | undefined {
  if (!domainState || check.distrust(domainState, domainState.columns.domainId)) return undefined
  const { columns } = domainState
  const fits = columns.accountId === accountId && columns.name === name
  return fits && columns.status === 'verified' ? columns : undefined
}

async function signOne(
  { keys, clock }: SigningDeps,
  domain: DomainStateColumns,
  { headers, names, bodyHash }: SignItem & { names: string[] },
): Promise<Signed> {
  const selector = domain.activeSelector
  const key = await keys.signingKey({ ...domain, selector })
  if (!key) return { refused: 'domain_not_verified' }
  const unsigned = signatureHeader({
    domain: domain.name,
    selector,
    headerNames: names,
    bodyHash,
    timestamp: Math.floor(clock.now() / 1000),
  })
  const signature = await signInPool('sha256', signatureInput(headers, unsigned), key)
  const header = withSignature(unsigned, signature)
  return { header, selector, returnPathReady: domain.returnPathReady }
}
