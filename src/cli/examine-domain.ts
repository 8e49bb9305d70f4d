/** What `postern doctor --live` finds of one sending domain: its state, and each of its records in DNS. */
import { keysOf } from '../core/domains/domain-keys.ts'
import { isRegistrable, zoneOf } from '../core/domains/domain-name.ts'
import { type Look, type LookUp, lookAtRecord } from '../core/domains/look-at-record.ts'
import type { DomainDocument } from '../core/domains/queries.ts'
import { dmarcAdvice, type ExpectedRecord, expectedRecords } from '../core/domains/records.ts'
import { type Finding, fail, ok, warn } from './finding.ts'
import { harmless } from './plain-text.ts'

export interface LookedAtDomain {
  domain: DomainDocument
  /** Whether vault has signed its state. */
  isGenuine: boolean
}

export async function examineDomain(
  { domain, isGenuine }: LookedAtDomain,
  { lookUp, hostname }: { lookUp: LookUp; hostname: string },
): Promise<Finding[]> {
  const records = expectedRecords(keysOf(domain), hostname)
  const looks = await Promise.all(
    records.map((record) => lookAtRecord(record, domain.name, lookUp)),
  )
  return [
    judgeState(domain, isGenuine),
    ...records.map((record, index) => judgeRecord(record, looks[index], domain)),
  ]
}

function judgeState({ name, accountId, state }: DomainDocument, isGenuine: boolean): Finding {
  const { status } = state.columns
  if (!isGenuine) {
    return fail(
      'domain',
      `the state of ${name} in the database is not vault’s own`,
      'someone has written into the database; look for who, and verify the domain again',
    )
  }
  if (status === 'verified') return ok('domain', `${name} is verified for account ${accountId}`)
  return fail(
    'domain',
    `${name} of account ${accountId} is ${status}, so nothing is sent from it`,
    `publish its records and run \`postern domain verify ${name}\``,
  )
}

/** Without its active key a domain sends nothing; what else is missing makes its mail weaker. */
function judgeRecord(
  record: ExpectedRecord,
  look: Look | undefined,
  { name, state }: DomainDocument,
): Finding {
  const title = record.record === 'DKIM' ? 'dkim' : 'return path'
  const place = `${record.type} ${record.name}`
  if (look?.isRight) return ok(title, look.hint === null ? place : `${place}: ${look.hint}`)
  const says = `${place} ${explain(look)}`
  const shown = record.priority === undefined ? record.value : `${record.priority} ${record.value}`
  const fix = `publish ${shown}`
  const isActive = record.name === `${state.columns.activeSelector}._domainkey.${name}`
  return isActive ? fail(title, says, fix) : warn(title, says, fix)
}

function explain(look: Look | undefined): string {
  if (look?.hint) return `is not as it should be: ${harmless(look.hint)}`
  return look?.answer.kind === 'found' ? 'is not as it should be' : 'is not there'
}

/** The zone, the policy for receivers, and whether anybody can answer. */
export async function examineName(name: string, lookUp: LookUp): Promise<Finding[]> {
  const zone = zoneOf(name)
  const suffix = isRegistrable(name)
    ? ok('zone', name === zone ? `${name} is a registered domain` : `${name} lies in ${zone}`)
    : fail('zone', `${name} is a public suffix`, 'send from a domain of your own')
  return [suffix, await examineDmarc(name, zone, lookUp), await examineReplies(name, lookUp)]
}

async function examineDmarc(name: string, zone: string, lookUp: LookUp): Promise<Finding> {
  for (const owner of new Set([name, zone])) {
    const { isRight } = await lookAtRecord(dmarcAdvice(owner), owner, lookUp)
    if (isRight) return ok('dmarc', `_dmarc.${owner} says what receivers shall do`)
  }
  const { value } = dmarcAdvice(name)
  return warn(
    'dmarc',
    `neither ${name} nor its registered domain has a DMARC record; large providers expect one`,
    `publish TXT _dmarc.${name} ${value}`,
  )
}

async function examineReplies(name: string, lookUp: LookUp): Promise<Finding> {
  const { kind } = await lookUp({ type: 'MX', name })
  if (kind === 'found') return ok('replies', `${name} has mail hosts for what is answered to it`)
  return warn(
    'replies',
    `${name} has no MX record, so nobody can answer, and some receivers refuse such senders`,
    'publish the MX record of the mailboxes, or send with a reply_to elsewhere',
  )
}
