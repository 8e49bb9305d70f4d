/** What the looks at its records mean for a domain: pure judgement, whoever looked them up. */
import type { DomainStateColumns } from '../authority/signed-row.ts'
import type { Look } from './look-at-record.ts'
import { type ExpectedRecord, type FoundRecord, type RecordsFound, recordName } from './records.ts'

/** Return paths lie under this label unless the domain's owner has chosen another. */
export const returnPathLabel = 'send'

const minuteMs = 60_000
const hourMs = 60 * minuteMs
const dayMs = 24 * hourMs

/** A new domain's owner has so long to publish the records before the check counts as failed. */
const pendingMs = 72 * hourMs

/**
 * A record that was there and is not counts as lost when so many looks in a row, over so long, did not find it. A key's
 * loss stops all mail of the domain, so a zone that is being moved gets a day; without a return path bounces only take
 * another way.
 */
const lossLooksMin = 3
const lossMs: Record<ExpectedRecord['record'], number> = {
  DKIM: dayMs,
  SPF: hourMs,
  DMARC: hourMs,
  Host: hourMs,
}

/** Mail may be on its way to whoever verifies it for days after it was signed (RFC 5321 §4.5.4.1). */
const signedMailMs = 7 * dayMs

/** When another key may take the place of the standby key; null: at any time, since that one has never signed. */
export function standbyReplaceableAt({
  options,
}: Pick<DomainStateColumns, 'options'>): number | null {
  return options?.rotatedAt === undefined ? null : options.rotatedAt + signedMailMs
}

const valuesMax = 10
const valueLengthMax = 1_000

/** Looks stand in the order of `expected`. What nobody could say stays as it was known before. */
export function compareRecords(
  expected: readonly ExpectedRecord[],
  looks: readonly Look[],
  { before, nowMs }: { before: RecordsFound; nowMs: number },
): RecordsFound {
  const found: RecordsFound = {}
  for (const [index, record] of expected.entries()) {
    const name = recordName(record)
    const known = before[name]
    const look = looks[index]
    if (look && look.answer.kind !== 'unanswered') {
      const { answer, hint, lookups, voids } = look
      found[name] = {
        ...judgeRecord(record, look.isRight, { known, nowMs }),
        values: answer.kind === 'found' ? bounded(answer.values) : [],
        answeredBy: answer.answeredBy,
        at: nowMs,
        hint,
        ...(lookups !== undefined && { lookups }),
        ...(voids !== undefined && { voids }),
      }
    } else if (known !== undefined) found[name] = { ...known, unanswered: true }
  }
  return found
}

function judgeRecord(
  { record }: ExpectedRecord,
  isRight: boolean,
  { known, nowMs }: { known: FoundRecord | undefined; nowMs: number },
): Pick<FoundRecord, 'status' | 'missing'> {
  if (isRight) return { status: 'verified' }
  if (known === undefined || known.status === 'failed') {
    return { status: 'failed', ...(known?.missing && { missing: known.missing }) }
  }
  const { since, looks } = known.missing ?? { since: nowMs, looks: 0 }
  const missing = { since, looks: looks + 1 }
  const isLost = missing.looks >= lossLooksMin && nowMs - since >= lossMs[record]
  return { status: isLost ? 'failed' : 'temporary_failure', missing }
}

/** Whatever bytes stand in DNS: what jsonb cannot hold (a zero, half a character) is replaced. */
function bounded(values: readonly string[]): string[] {
  return values
    .slice(0, valuesMax)
    .map((value) => value.slice(0, valueLengthMax).replaceAll('\0', '\ufffd').toWellFormed())
}

export interface Verdict {
  status: 'pending' | 'verified' | 'failed'
  returnPathReady: boolean
}

export interface CheckedNow {
  name: string
  createdAtMs: number
  state: Pick<DomainStateColumns, 'activeSelector' | 'status' | 'returnPathReady'>
  expected: readonly ExpectedRecord[]
  found: RecordsFound
}

/**
 * Verified is the domain whose active key is published: without it nothing we send would carry its name. The return path
 * takes both its records; until then bounces return to the installation's own name. What is missing for a moment keeps
 * what vault has signed, and gives nothing new.
 */
export function judgeDomain(domain: CheckedNow, nowMs: number): Verdict {
  const { createdAtMs, state, expected, found } = domain
  const wasVerified = state.status === 'verified'
  const holds = (record: ExpectedRecord, hadIt: boolean) => {
    const status = found[recordName(record)]?.status
    return status === 'verified' || (status === 'temporary_failure' && hadIt)
  }
  const keys = expected.filter((record) => isActiveKey(record, domain))
  const paths = expected.filter(({ record }) => record === 'SPF')
  const isVerified = keys.length > 0 && keys.every((record) => holds(record, wasVerified))
  // Pending is for what was never there: a verified domain whose key is gone has failed, however new it is.
  const isNew = !wasVerified && nowMs < createdAtMs + pendingMs
  return {
    status: isVerified ? 'verified' : isNew ? 'pending' : 'failed',
    returnPathReady:
      paths.length > 0 && paths.every((record) => holds(record, state.returnPathReady)),
  }
}

function isActiveKey(record: ExpectedRecord, { name, state }: CheckedNow): boolean {
  return record.record === 'DKIM' && record.name === `${state.activeSelector}._domainkey.${name}`
}

const soonMs = 2 * minuteMs
const graceEveryMs = 20 * minuteMs
const verifiedEveryMs = 6 * hourMs
const pendingEveryMaxMs = 3 * hourMs
const failedEveryMs = dayMs
const failedForMs = 30 * dayMs
const jitterShare = 0.1

/**
 * When a domain is looked at again without being asked; null: when asked only. A new one soon, then after a quarter of
 * its age; a verified one four times a day; one that failed daily for a month.
 */
export function nextLookAt(
  domain: CheckedNow & { status: Verdict['status']; isUnanswered: boolean },
  { nowMs, random }: { nowMs: number; random: number },
): number | null {
  const wait = waitOf(domain, nowMs)
  if (wait === null) return null
  return Math.round(nowMs + wait * (1 - jitterShare + 2 * jitterShare * random))
}

function waitOf(
  domain: CheckedNow & { status: Verdict['status']; isUnanswered: boolean },
  nowMs: number,
): number | null {
  const { found, expected, status, isUnanswered, createdAtMs } = domain
  if (isUnanswered) return soonMs
  if (expected.some((record) => found[recordName(record)]?.status === 'temporary_failure')) {
    return graceEveryMs
  }
  if (status === 'verified') return verifiedEveryMs
  const ageMs = nowMs - createdAtMs
  if (status === 'pending') return Math.min(Math.max(ageMs / 4, soonMs), pendingEveryMaxMs)
  const key = expected.find((record) => isActiveKey(record, domain))
  const lostAtMs = (key && found[recordName(key)]?.missing?.since) ?? createdAtMs
  return nowMs - lostAtMs < failedForMs ? failedEveryMs : null
}
