/** The key that stands ready: whether it could sign at this moment. */
import { keysOf } from './domain-keys.ts'
import { findFault } from './look-at-record.ts'
import type { DomainDocument } from './queries.ts'
import { type ExpectedRecord, expectedRecords, foundOf } from './records.ts'

export interface StandbyFault {
  /** The record as it should stand. */
  name: string
  expected: string
  /** What stands there; null where nobody could say. */
  found: string[] | null
  reason: string
}

/** What keeps the standby key from signing; undefined when the last look found it in DNS, as it is now. */
export function standbyFault(domain: DomainDocument, hostname: string): StandbyFault | undefined {
  const record = standbyRecord(domain, hostname)
  const { name, value: expected } = record
  const known = foundOf(record, domain.recordsFound)
  if (known === undefined || known.unanswered) {
    return { name, expected, found: null, reason: 'No name server could say what stands there.' }
  }
  const { values: found } = known
  if (found.length === 0) {
    return { name, expected, found, reason: known.hint ?? 'Nothing stands there.' }
  }
  // By what was found, not by the verdict of then: the key may be another since.
  const reason = findFault(record, found)
  return reason === undefined ? undefined : { name, expected, found, reason }
}

export function standbyRecord(domain: DomainDocument, hostname: string): ExpectedRecord {
  const { standbySelector } = domain.state.columns
  const wanted = `${standbySelector}._domainkey.${domain.name}`
  const record = expectedRecords(keysOf(domain), hostname).find(({ name }) => name === wanted)
  if (!record) throw new Error('a domain has no standby key')
  return record
}
