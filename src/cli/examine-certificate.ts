/** What `postern doctor` finds of the certificate that an ACME authority is to issue. */
import { orderFailures } from '../core/certificates/order-failure.ts'
import { type CertificateFacts, findCertificate } from '../core/certificates/queries.ts'
import { type Finding, fail, ok, warn } from './finding.ts'
import type { Operator } from './operator.ts'
import { count } from './plain-text.ts'

const dayMs = 24 * 3_600_000

export async function examineIssued(
  { sql, h1 }: Pick<Operator, 'sql' | 'h1'>,
  { hostname, acme, nowMs }: { hostname: string; acme: string | null; nowMs: number },
): Promise<Finding[]> {
  if (acme === null) return []
  return [judgeIssued(await findCertificate(sql, h1, hostname), nowMs)]
}

export function judgeIssued(facts: CertificateFacts | undefined, nowMs: number): Finding {
  const name = 'certificate'
  if (!facts) {
    return warn(name, 'smtp has not asked for one yet', 'look again in a minute; log/smtp.log')
  }
  const { validUntil, failureCode } = facts
  const days = validUntil && Math.floor((validUntil.getTime() - nowMs) / dayMs)
  const says =
    validUntil === null
      ? 'none was issued yet'
      : `the one issued is valid until ${validUntil.toISOString()}`
  if (failureCode !== null) {
    const level = days === null || days < 0 ? fail : warn
    return level(name, `${says}; ${failureOf(facts)}`, fixOf(facts))
  }
  if (days === null) return warn(name, says, 'it is being ordered; look again in a minute')
  if (days < 0) return fail(name, says, 'jobs did not renew it; log/jobs.log says why')
  return ok(name, `${says} (${count(days, 'day')}), renewed from ${facts.dueAt.toISOString()}`)
}

function failureOf({ failureCode, failures, failedAt }: CertificateFacts): string {
  const known = Object.entries(orderFailures).find(([code]) => code === failureCode)
  const what = `${failureCode}${known ? ` (${known[1]})` : ''}`
  const when = failedAt?.toISOString() ?? 'lately'
  return `the last of ${count(failures, 'failure')} was ${what}, ${when}`
}

function fixOf({ dueAt }: CertificateFacts): string {
  return `put that right; the next try is at ${dueAt.toISOString()}`
}
