/** One look at a record in DNS: whether it is as expected, and if not, what its owner most likely did. */
import {
  authorises,
  evaluateSpf,
  isSpfPolicy,
  type ResolveSpf,
  spfLookupsMax,
  spfTerms,
} from '../../mail/spf-lookups.ts'
import { type DkimTags, isSameKey, readTags } from './dkim-tags.ts'
import { nameInZone, zoneOf } from './domain-name.ts'
import type { ExpectedRecord } from './records.ts'

/** One name's answer. TXT values are joined from their strings; `unanswered`: no server could say. */
export type RecordAnswer =
  | { kind: 'found'; values: string[]; answeredBy: string }
  | { kind: 'absent'; answeredBy: string }
  | { kind: 'unanswered' }

export type LookUp = (record: Pick<ExpectedRecord, 'type' | 'name'>) => Promise<RecordAnswer>

export interface Look {
  answer: RecordAnswer
  isRight: boolean
  hint: string | null
  /** What evaluating an SPF record costs a receiver in DNS look-ups; one above the most where it is more. */
  lookups?: number
  /** Of these, those that find nothing. */
  voids?: number
}

export async function lookAtRecord(
  record: ExpectedRecord,
  domainName: string,
  lookUp: LookUp,
): Promise<Look> {
  const answer = await lookUp(record)
  if (answer.kind === 'unanswered') {
    return { answer, isRight: false, hint: 'No name server answered; this is looked at again.' }
  }
  if (answer.kind === 'absent') {
    return { answer, isRight: false, hint: await explainAbsence(record, domainName, lookUp) }
  }
  const fault = findFault(record, answer.values)
  if (fault !== undefined) return { answer, isRight: false, hint: fault }
  if (!isSpfText(record)) return { answer, isRight: true, hint: remarkOn(record, answer.values) }
  const policy = answer.values.find(isSpfPolicy) ?? ''
  const evaluation = { domain: record.name, resolve: spfResolver(lookUp) }
  const { lookups } = await evaluateSpf(policy, evaluation)
  const isTooDeep = lookups > spfLookupsMax
  return { answer, isRight: !isTooDeep, hint: isTooDeep ? tooDeep : null, lookups }
}

const tooDeep = `Evaluating this SPF record takes more than ${spfLookupsMax} DNS look-ups, which receivers take for an error (RFC 7208 §4.6.4); remove what is not needed.`

async function explainAbsence(
  record: ExpectedRecord,
  domainName: string,
  lookUp: LookUp,
): Promise<string | null> {
  const alias = await lookUp({ type: 'CNAME', name: record.name })
  const target = alias.kind === 'found' ? plainHost(alias.values[0] ?? '') : undefined
  if (target === record.name) return 'The CNAME at this name points to itself; remove it.'
  if (target !== undefined) return `The CNAME at this name leads to ${target}, where nothing is.`
  const zone = zoneOf(domainName)
  const twice = `${record.name}.${zone}`
  const { kind } = await lookUp({ type: record.type, name: twice })
  if (kind !== 'found') return null
  return `The name was entered with the domain twice, so the record stands at ${twice}; enter ${nameInZone(record.name, domainName)} only.`
}

/** What is wrong with the values; undefined when one of them is right. */
export function findFault(record: ExpectedRecord, values: readonly string[]): string | undefined {
  if (record.type === 'MX') return findMxFault(record, values)
  if (record.record === 'DKIM') return findDkimFault(record, values)
  if (record.record === 'DMARC') return findDmarcFault(values)
  return isSpfText(record) ? findSpfFault(record, values) : findPlainFault(record, values)
}

function findPlainFault({ value }: ExpectedRecord, values: readonly string[]): string | undefined {
  if (values.some((one) => plainHost(one) === plainHost(value))) return undefined
  return 'Another value stands there.'
}

function findMxFault({ value }: ExpectedRecord, values: readonly string[]): string | undefined {
  if (values.some((one) => readMx(one).host === value)) return undefined
  return 'Another mail host stands there, so bounces do not come back.'
}

/** Right, and still worth a word. */
function remarkOn(record: ExpectedRecord, values: readonly string[]): string | null {
  if (record.type !== 'MX') return null
  const all = values.map(readMx)
  const own = all.find(({ host }) => host === record.value)
  const isFirst = all.every(
    ({ host, preference }) => host === record.value || preference > (own?.preference ?? 0),
  )
  return isFirst ? null : 'Another host is preferred or equal, so bounces may go there.'
}

/** Answers name a preference before the host (RFC 1035 §3.3.9). */
function readMx(value: string): { preference: number; host: string } {
  const [preference = '', host = ''] = value.split(' ')
  return { preference: Number(preference), host: plainHost(host) }
}

export function plainHost(name: string): string {
  return name.toLowerCase().replace(/\.$/, '')
}

function findDkimFault({ value }: ExpectedRecord, values: readonly string[]): string | undefined {
  const expected = readTags(value)
  if (values.some((one) => isSameKey(readTags(one), expected))) return undefined
  const reasons = values.map((one) => explainKey(one, expected))
  return reasons.find((reason) => reason !== undefined) ?? otherKey
}

const otherKey =
  'Another value stands there, perhaps of an earlier setup or of another account; replace it.'

/** Of the value that was most likely meant. */
function explainKey(value: string, expected: DkimTags): string | undefined {
  const wanted = expected.get('p') ?? ''
  const bare = value.replace(/[\s"\\]/g, '')
  if (/["\\]/.test(value) && isSameKey(readTags(bare), expected)) return quoted
  if (bare === wanted) return 'The value lacks `p=` at its beginning.'
  const tags = readTags(value)
  const given = tags.get('p')
  if (given === wanted) return explainTags(tags)
  if (given === '') return 'The key is empty, which says that it was revoked.'
  if (given !== undefined && wanted.startsWith(given)) {
    return 'The key is cut off; if your provider takes 255 characters in one string, enter it in two.'
  }
  return undefined
}

const quoted = 'The value was entered with quotation marks or backslashes; enter it without.'

function explainTags(tags: DkimTags): string {
  if (tags.get('t')?.split(':').includes('y')) {
    return 'The key is marked as being tested (t=y), so receivers ignore it; remove that.'
  }
  return 'The key is right, but a tag beside it (v, k, h or s) forbids its use; enter the value as shown.'
}

/** The owner may authorise others as well. Two SPF records are an error to receivers (RFC 7208 §4.5). */
function findSpfFault({ value }: ExpectedRecord, values: readonly string[]): string | undefined {
  const policies = values.filter(isSpfPolicy)
  if (policies.length > 1) {
    return 'Two SPF records stand at this name, which receivers take for an error (RFC 7208 §4.5); join them into one.'
  }
  const wanted = spfTerms(value).find((term) => term.startsWith('include:')) ?? ''
  const [policy] = policies
  if (policy === undefined) {
    const isQuoted = values.some((one) => isSpfPolicy(one.replace(/["\\]/g, '')))
    return isQuoted ? quoted : 'No text at this name begins with v=spf1.'
  }
  if (authorises(spfTerms(policy), wanted)) return undefined
  return `The SPF record at this name does not name ${wanted}; add it before the last term.`
}

function findDmarcFault(values: readonly string[]): string | undefined {
  const policies = values.filter((value) => /^v=DMARC1\s*(;|$)/.test(value))
  if (policies.length === 1) return undefined
  return policies.length > 1
    ? 'Two DMARC records stand at this name, so receivers use none (RFC 7489 §6.6.3); keep one.'
    : 'No text at this name begins with v=DMARC1.'
}

function isSpfText({ record, type }: ExpectedRecord): boolean {
  return record === 'SPF' && type === 'TXT'
}

export function spfResolver(lookUp: LookUp): ResolveSpf {
  return async (type, name) => {
    const answer = await lookUp({ type, name })
    if (answer.kind === 'unanswered') return 'unanswered'
    return answer.kind === 'found' ? answer.values : []
  }
}
