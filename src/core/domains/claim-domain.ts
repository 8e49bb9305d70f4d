/**
 * Claiming a name: the account gets a domain of its own, unverified, and a text to publish. Anybody may claim any name and
 * is answered the same, whoever else has it; only who controls its DNS gets further.
 */
import { randomBytes } from 'node:crypto'
import type { Sql } from '../../db/sql.ts'
import type { Clock } from '../../lib/clock.ts'
import { Refusal } from '../../lib/refusal.ts'
import { uuidv7 } from '../../lib/uuid.ts'
import type { VaultClient } from '../../vault/client.ts'
import { addDomain, type NewDomain } from './add-domain.ts'
import {
  type ClaimDocument,
  findDomainClaim,
  insertDomainClaim,
  requestDomainClaimCheck,
} from './claim-queries.ts'
import { readDomainName } from './domain-name.ts'
import { findDomainNamed } from './queries.ts'

const lifetimeSeconds = 7 * 24 * 3600
const secretBytes = 16

interface Deps {
  sql: Sql
  vault: VaultClient
  clock: Clock
}

export interface StartedClaim {
  claim: ClaimDocument
  /** False when one for the same name runs already. */
  isNew: boolean
}

export async function claimDomain(
  deps: Deps,
  h1: Buffer,
  wanted: NewDomain,
): Promise<StartedClaim> {
  const name = readDomainName(wanted.name)
  const domain = (await findDomainNamed(deps.sql, h1, name)) ?? (await addDomain(deps, h1, wanted))
  const { outcome, claim } = await insertDomainClaim(deps.sql, h1, {
    domainId: domain.id,
    claimId: uuidv7(deps.clock.now()),
    recordValue: `postern-domain-verification=${randomBytes(secretBytes).toString('hex')}`,
    lifetimeSeconds,
  })
  if (claim !== null) return { claim, isNew: outcome === 'stored' }
  if (outcome === 'verified') {
    throw new Refusal(
      'already_exists',
      `The domain ${name} is verified for this account; there is nothing to claim.`,
    )
  }
  throw new Refusal(
    'not_permitted',
    'This API key may not claim domains; use one with full access.',
  )
}

export async function getDomainClaim(
  sql: Sql,
  h1: Buffer,
  domainId: string,
): Promise<ClaimDocument> {
  const claim = await findDomainClaim(sql, h1, domainId)
  if (!claim) throw claimNotFound()
  return claim
}

/** The look itself is made by jobs. */
export async function verifyDomainClaim(
  sql: Sql,
  h1: Buffer,
  domainId: string,
): Promise<ClaimDocument> {
  const claim = await requestDomainClaimCheck(sql, h1, domainId)
  if (!claim) throw claimNotFound()
  return claim
}

function claimNotFound(): Refusal {
  return new Refusal('not_found', 'Domain claim not found')
}
