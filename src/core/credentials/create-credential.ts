/** Making an API key: the token is made here and leaves once, the right to use it is signed by vault. */
import type { Sql } from '../../db/sql.ts'
import type { Clock } from '../../lib/clock.ts'
import { Refusal } from '../../lib/refusal.ts'
import { type SealingSession, sealClass, sealNamed } from '../../lib/seal.ts'
import { makeToken, storedHash, tokenProof } from '../../lib/token.ts'
import { uuidv7 } from '../../lib/uuid.ts'
import type { VaultClient } from '../../vault/client.ts'
import { findDomain } from '../domains/queries.ts'
import { bind, domainsOf, domainsOfKeyMax } from './bound-domains.ts'
import { storeCredential } from './queries.ts'
import { checkRestrictions, type Restrictions } from './restrictions.ts'

export interface CredentialDeps {
  sql: Sql
  vault: VaultClient
  clock: Clock
}

export interface NewApiKey {
  name: string
  permission: 'full_access' | 'sending_access'
  /** The only one it may send from; null: all of the account, or several. */
  domainId: string | null
  /** In place of one. */
  domainIds?: readonly string[]
  restrictions?: Restrictions
}

/** The asking key's proof, and a sealing session of its account. */
export interface CredentialAsker {
  h1: Buffer
  session: SealingSession
}

export async function createCredential(
  { sql, vault, clock }: CredentialDeps,
  { h1, session }: CredentialAsker,
  { name, permission, domainId, domainIds = domainsOf({ domainId }), restrictions = {} }: NewApiKey,
): Promise<{ id: string; token: string }> {
  const { expiresAt, options } = checkRestrictions(restrictions, { permission, nowMs: clock.now() })
  await demandDomains(sql, h1, { domainIds, permission })
  const id = uuidv7(clock.now())
  const token = makeToken('live')
  const h2 = storedHash(tokenProof(token)).toString('hex')
  const credential = { id, h2, permission, expiresAt, ...bind(domainIds, options) }
  const { signed } = await vault.authorise({ h1 }, { kind: 'create_credential', credential })
  const nameSealed = sealCredentialName(session, id, name)
  const outcome = await storeCredential(sql, h1, { signed, nameSealed })
  if (outcome === 'stored') return { id, token }
  if (outcome === 'limit_reached') throw limitReached()
  throw new Refusal(
    'not_permitted',
    'This API key may not make API keys; use one with full access.',
  )
}

export function limitReached(): Refusal {
  return new Refusal(
    'limit_reached',
    'The account holds as many API keys as it may; delete one or ask the operator to raise its limit.',
  )
}

export function sealCredentialName(session: SealingSession, id: string, name: string): Buffer {
  return sealNamed(session, { recordId: id, class: sealClass.name }, Buffer.from(name))
}

/** A full key bound to a domain could simply make an unbound one, so only sending keys are bound. */
async function demandDomains(
  sql: Sql,
  h1: Buffer,
  { domainIds, permission }: { domainIds: readonly string[]; permission: NewApiKey['permission'] },
): Promise<void> {
  if (domainIds.length === 0) return
  if (permission !== 'sending_access') {
    throw new Refusal(
      'invalid_input',
      'The `domain_id` and `domain_ids` fields are only for keys with `sending_access`; set `permission` or leave them out.',
    )
  }
  if (domainIds.length > domainsOfKeyMax) {
    throw new Refusal('invalid_input', `A key is bound to at most ${domainsOfKeyMax} domains.`)
  }
  for (const id of domainIds) {
    if (!(await findDomain(sql, h1, id))) throw new Refusal('not_found', 'Domain not found')
  }
}
