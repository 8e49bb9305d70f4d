/** Changing a domain's ways, and removing it. Both are vault's to sign where they are about keys or the end of it. */
import type { DomainsTable } from '../../db/schema.ts'
import type { Sql } from '../../db/sql.ts'
import { Refusal } from '../../lib/refusal.ts'
import type { VaultClient } from '../../vault/client.ts'
import { againIfOvertaken } from '../authority/overtaken.ts'
import { signingKeyRows } from './add-domain.ts'
import { deleteDomain, findDomain, updateDomain } from './queries.ts'

/** What is absent stays as it is. */
export interface DomainChange {
  tls?: DomainsTable['tls']
  /** Whether an Ed25519 key signs beside the RSA one (RFC 8463). */
  ed25519?: boolean
}

interface Deps {
  sql: Sql
  vault: VaultClient
}

export async function changeDomain(
  deps: Deps,
  h1: Buffer,
  change: DomainChange & { domainId: string },
): Promise<void> {
  await againIfOvertaken(() => tryChange(deps, h1, change))
}

async function tryChange(
  { sql, vault }: Deps,
  h1: Buffer,
  { domainId, tls, ed25519 }: DomainChange & { domainId: string },
): Promise<void> {
  const domain = await findDomain(sql, h1, domainId)
  if (!domain) throw domainNotFound()
  const hasEd25519 = domain.state.columns.options?.ed25519Selector !== undefined
  const isKeyChange = ed25519 !== undefined && ed25519 !== hasEd25519
  if (tls === undefined && !isKeyChange) return
  const authorised = isKeyChange
    ? await vault.authorise({ h1 }, { kind: 'set_ed25519', domainId, enabled: ed25519 })
    : undefined
  const outcome = await updateDomain(sql, h1, {
    domainId,
    tls: tls ?? null,
    signed: authorised?.signed ?? null,
    signingKeys: authorised ? signingKeyRows(authorised) : [],
  })
  demandDone(outcome)
}

/** The vault remembers the end once it stands, so that no earlier row of the domain counts again. */
export async function removeDomain(
  { sql, vault }: Deps,
  h1: Buffer,
  domainId: string,
): Promise<void> {
  if (!(await findDomain(sql, h1, domainId))) throw domainNotFound()
  await againIfOvertaken(async () => {
    const { signed } = await vault.authorise({ h1 }, { kind: 'delete_domain', domainId })
    demandDone(await deleteDomain(sql, h1, signed))
  })
  await vault.authorise({ h1 }, { kind: 'confirm', of: 'domain_state', objectId: domainId })
}

export function domainNotFound(): Refusal {
  return new Refusal('not_found', 'Domain not found')
}

export function demandDone(outcome: 'stored' | 'not_found' | 'refused'): void {
  if (outcome === 'not_found') throw domainNotFound()
  if (outcome === 'refused') {
    throw new Refusal(
      'not_permitted',
      'This API key may not change domains; use one with full access.',
    )
  }
}
