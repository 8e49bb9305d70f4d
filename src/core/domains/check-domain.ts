/** What the records found in DNS say about a domain: pure comparison, whoever looked them up. */
import type { DomainStateColumns } from '../authority/signed-row.ts'
import { type ExpectedRecord, type RecordsFound, recordName } from './records.ts'

/** One name's answer. TXT values are joined from their strings; `unanswered`: no server could say. */
export type RecordAnswer =
  | { kind: 'found'; values: string[] }
  | { kind: 'absent' }
  | { kind: 'unanswered' }

/** Return paths lie under this label; a domain with another one gets them on the name of the installation. */
export const returnPathLabel = 'send'

/** A new domain's owner has so long to publish the records before the check counts as failed. */
const pendingMs = 72 * 60 * 60_000

/** Answers stand in the order of `expected`. What nobody could say stays as it was known before. */
export function compareRecords(
  expected: readonly ExpectedRecord[],
  answers: readonly RecordAnswer[],
  before: RecordsFound,
): RecordsFound {
  const found: RecordsFound = {}
  for (const [index, record] of expected.entries()) {
    const name = recordName(record)
    const answer = answers[index] ?? { kind: 'unanswered' }
    const known = before[name]
    if (answer.kind !== 'unanswered') found[name] = matches(record, answer) ? 'verified' : 'failed'
    else if (known !== undefined) found[name] = known
  }
  return found
}

function matches(record: ExpectedRecord, answer: RecordAnswer): boolean {
  if (answer.kind !== 'found') return false
  const { values } = answer
  if (record.type === 'MX') return values.some((value) => plainHost(value) === record.value)
  if (record.record === 'DKIM') return values.some((value) => isSameKey(value, record.value))
  return isSpfWith(values, record.value)
}

function plainHost(name: string): string {
  return name.toLowerCase().replace(/\.$/, '')
}

/** Order, blanks and the tags that have a default do not matter (RFC 6376 §3.6.1); the key must be exactly ours. */
function isSameKey(value: string, expected: string): boolean {
  const tags = readTags(value)
  return (
    (tags.get('v') ?? 'DKIM1') === 'DKIM1' &&
    (tags.get('k') ?? 'rsa') === 'rsa' &&
    isAmong(tags.get('h'), ['sha256']) &&
    isAmong(tags.get('s'), ['*', 'email']) &&
    // `t=y` tells receivers to take the signature for none.
    !isAmong(tags.get('t') ?? '', ['y']) &&
    tags.get('p') === readTags(expected).get('p')
  )
}

/** An absent list allows everything. */
function isAmong(list: string | undefined, wanted: readonly string[]): boolean {
  return list === undefined || list.split(':').some((item) => wanted.includes(item))
}

function readTags(value: string): Map<string, string> {
  const tags = new Map<string, string>()
  for (const part of value.split(';')) {
    const equals = part.indexOf('=')
    if (equals > 0)
      tags.set(part.slice(0, equals).trim(), part.slice(equals + 1).replace(/\s/g, ''))
  }
  return tags
}

/** The owner may authorise others as well. Two SPF records are an error to receivers (RFC 7208 §4.5). */
function isSpfWith(values: readonly string[], expected: string): boolean {
  const policies = values.map(spfTerms).filter((terms) => terms[0] === 'v=spf1')
  const wanted = spfTerms(expected).find((term) => term.startsWith('include:'))
  const terms = policies[0] ?? []
  return policies.length === 1 && wanted !== undefined && authorises(terms, wanted)
}

/** What stands behind `all` is never reached (RFC 7208 §5.1). */
function authorises(terms: readonly string[], wanted: string): boolean {
  const end = terms.findIndex((term) => /^[+?~-]?all$/.test(term))
  const reached = end === -1 ? terms : terms.slice(0, end)
  return reached.includes(wanted) || reached.includes(`+${wanted}`)
}

function spfTerms(value: string): string[] {
  return value.trim().toLowerCase().split(/ +/)
}

export interface Verdict {
  status: 'pending' | 'verified' | 'failed'
  returnPathReady: boolean
}

export interface CheckedNow {
  name: string
  returnPath: string
  createdAtMs: number
  state: Pick<DomainStateColumns, 'activeSelector'>
  expected: readonly ExpectedRecord[]
  found: RecordsFound
}

/**
 * Verified is the domain whose active key is published: without it nothing we send would carry its name. The return path
 * takes both its records; until then bounces return to the installation's own name.
 */
export function judgeDomain(domain: CheckedNow, nowMs: number): Verdict {
  const { name, returnPath, createdAtMs, state, expected, found } = domain
  const activeKey = `${state.activeSelector}._domainkey.${name}`
  const isFound = (record: ExpectedRecord) => found[recordName(record)] === 'verified'
  const keys = expected.filter((record) => record.record === 'DKIM' && record.name === activeKey)
  const paths = expected.filter((record) => record.record === 'SPF')
  const isVerified = keys.length > 0 && keys.every(isFound)
  const isNew = nowMs < createdAtMs + pendingMs
  return {
    status: isVerified ? 'verified' : isNew ? 'pending' : 'failed',
    returnPathReady: returnPath === returnPathLabel && paths.length > 0 && paths.every(isFound),
  }
}
