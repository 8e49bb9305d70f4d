/**
 * From which domains a key may send. One domain stands in the column that a key always had; of several the first does, and
 * all are in the options. So who knows of one only is stricter than they should be, and never more generous.
 */
import type { CredentialColumns, CredentialOptions } from '../authority/signed-row.ts'

export type Bound = Pick<CredentialColumns, 'domainId' | 'options'>

export const domainsOfKeyMax = 50

/** What is signed for these domains, beside what else restricts the key; of none: for all. */
export function bind(domainIds: readonly string[], options?: CredentialOptions): Bound {
  const ids = [...new Set(domainIds)]
  const [domainId = null] = ids
  const all = { ...options, ...(ids.length > 1 && { domainIds: ids }) }
  return { domainId, ...(Object.keys(all).length > 0 && { options: all }) }
}

/** Empty when it may send from all. */
export function domainsOf({ domainId, options }: Bound): string[] {
  return options?.domainIds ?? (domainId === null ? [] : [domainId])
}

export function maySendFrom(key: Bound, domainId: string): boolean {
  const bound = domainsOf(key)
  return bound.length === 0 || bound.includes(domainId)
}
