/** What may be said of a domain beyond its records, at whichever door. */
import type { SignedRow } from '../authority/signed-row.ts'
import { zoneOf } from './domain-name.ts'
import type { DomainDocument } from './queries.ts'
import { recordName } from './records.ts'

/** A check that was asked for and has not been made leaves what is already verified so. */
export function shownStatus({ state, checkRequested }: DomainDocument): string {
  const { status } = state.columns
  return checkRequested && status !== 'verified' ? 'pending' : status
}

/**
 * What keeps a domain from being verified though no record of it is wrong. `held`: its key is found, but the name was
 * verified before and is not free; that is said to nobody but whose key stands in its DNS. `unanswered`: no name server
 * could say whether the key is there.
 */
export function obstacleOf({
  name,
  state,
  checkedAt,
  recordsFound,
}: DomainDocument): 'held' | 'unanswered' | null {
  const { activeSelector, status } = state.columns
  const key =
    recordsFound[recordName({ type: 'TXT', name: `${activeSelector}._domainkey.${name}` })]
  if (key === undefined) return checkedAt === null ? null : 'unanswered'
  return key.status === 'verified' && status !== 'verified' ? 'held' : null
}

/** RFC 7489 §6.6.3: without a record of its own, a subdomain goes by that of its registered domain. */
export function whyDmarc(name: string): string {
  const zone = zoneOf(name)
  const inherits =
    name === zone ? '' : ` A record at _dmarc.${zone} holds for this domain too, if there is one.`
  return `Large mailbox providers expect a DMARC record of every sender, and reports to you (add rua=mailto:…) show who sends in your name.${inherits}`
}

export interface DomainJudge {
  check: { distrust(row: SignedRow, object: string): string | undefined }
  log: { error(fields: Record<string, unknown>, event: string): void }
}

/** A state that vault has not signed counts for nothing, and is not shown as if it did. */
export function trustedDomain({ check, log }: DomainJudge, domain: DomainDocument): DomainDocument {
  const { id: domainId, accountId, name, state } = domain
  const isPlaced = state.columns.accountId === accountId && state.columns.name === name
  const reason = check.distrust(state, domainId) ?? (isPlaced ? undefined : 'misplaced')
  if (reason === undefined) return domain
  log.error({ accountId, domainId, reason }, 'alarm: authority row not signed by vault')
  return { ...domain, state: { ...state, columns: { ...state.columns, status: 'failed' } } }
}
