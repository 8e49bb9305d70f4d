/** Rotation of DKIM keys by the operator: of one domain, or of every domain when keys may be in the wrong hands. */
import { setTimeout as pause } from 'node:timers/promises'
import type { Sql } from '../../db/sql.ts'
import { Refusal } from '../../lib/refusal.ts'
import { tokenProof } from '../../lib/token.ts'
import type { VaultClient } from '../../vault/client.ts'
import { againIfOvertaken } from '../authority/overtaken.ts'
import { listDomains, requestAllDomainChecks } from '../operations/domain-queries.ts'
import { insertAuthority } from '../operations/queries.ts'
import type { DomainDocument } from './queries.ts'
import { type StandbyFault, standbyFault } from './standby-key.ts'

interface Deps {
  sql: Sql
  vault: VaultClient
  hostname: string
}

export type Rotated =
  | { kind: 'rotated'; domain: DomainDocument }
  /** The domain signs as before. */
  | {
      kind: 'left'
      domain: DomainDocument
      fault: Pick<StandbyFault, 'reason'> & Partial<StandbyFault>
    }

const pageSize = 500
const askAgainMs = 500
/** A zone whose name servers are silent holds up those that are looked at beside it for some seconds. */
const asksMax = 600

/** What was found of it in DNS must be of this moment: ask for a look first. */
export async function rotateAsOperator(
  { sql, vault, hostname }: Deps,
  operatorToken: string,
  domain: DomainDocument,
): Promise<Rotated> {
  const fault = standbyFault(domain, hostname)
  if (fault) return { kind: 'left', domain, fault }
  const { accountId, id: domainId } = domain
  await againIfOvertaken(async () => {
    const change = { kind: 'rotate_keys', accountId, domainId } as const
    const { signed } = await vault.authorise({ operatorToken }, change)
    const action = 'domain.rotate'
    await insertAuthority(sql, tokenProof(operatorToken), { signed, action, nameSealed: null })
  })
  const confirm = { kind: 'confirm', of: 'domain_state', accountId, objectId: domainId } as const
  await vault.authorise({ operatorToken }, confirm)
  return { kind: 'rotated', domain }
}

/** Each as soon as it was looked at, so that one with silent name servers holds up no other for long. */
export async function rotateAll(deps: Deps, operatorToken: string): Promise<Rotated[]> {
  const h1 = tokenProof(operatorToken)
  const waiting = new Set(await requestAllDomainChecks(deps.sql, h1))
  const results: Rotated[] = []
  for (let asks = 0; waiting.size > 0; asks++) {
    if (asks > 0) await pause(askAgainMs)
    const present = await listAll(deps.sql, h1)
    const ids = new Set(present.map(({ id }) => id))
    // Deleted meanwhile.
    for (const id of waiting) if (!ids.has(id)) waiting.delete(id)
    for (const domain of present) {
      if (!waiting.has(domain.id)) continue
      const isLate = asks >= asksMax
      if (domain.checkRequested && !isLate) continue
      waiting.delete(domain.id)
      results.push(
        domain.checkRequested
          ? { kind: 'left', domain, fault: { reason: 'Its records were not looked at in time.' } }
          : await rotateOrLeave(deps, operatorToken, domain),
      )
    }
  }
  return results
}

/** One that cannot be changed, such as one whose state vault has not signed, keeps no other from being rotated. */
async function rotateOrLeave(
  deps: Deps,
  operatorToken: string,
  domain: DomainDocument,
): Promise<Rotated> {
  try {
    return await rotateAsOperator(deps, operatorToken, domain)
  } catch (error) {
    if (!(error instanceof Refusal) || error.code === 'unavailable') throw error
    return { kind: 'left', domain, fault: { reason: error.message } }
  }
}

async function listAll(sql: Sql, h1: Buffer): Promise<DomainDocument[]> {
  const domains: DomainDocument[] = []
  for (let after: string | null = null; ; ) {
    const page: DomainDocument[] = await listDomains(sql, h1, {
      accountId: null,
      after,
      limit: pageSize,
    })
    domains.push(...page)
    after = page.at(-1)?.id ?? null
    if (page.length < pageSize) return domains
  }
}
