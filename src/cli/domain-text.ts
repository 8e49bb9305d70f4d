/** Domains and their records for people, and for `--json`. */
import { keysOf } from '../core/domains/domain-keys.ts'
import { unicodeName } from '../core/domains/domain-name.ts'
import type { DomainDocument } from '../core/domains/queries.ts'
import {
  aliasRecords,
  aliasTargetRecords,
  dmarcAdvice,
  type ExpectedRecord,
  expectedRecords,
  foundOf,
  operatorRecords,
  recordStatus,
} from '../core/domains/records.ts'
import type { Rotated } from '../core/domains/rotate-as-operator.ts'
import type { Answer } from './action.ts'
import { count, harmless, table, time } from './plain-text.ts'

type LeftDomain = Extract<Rotated, { kind: 'left' }>

/** Every domain with its records in both forms, and once those of the operator. */
export function domainSections(domains: readonly DomainDocument[], hostname: string) {
  const sections = domains.map((domain) => sectionOf(domain, hostname))
  const operator = operatorRecords(hostname, [])
  return {
    json: {
      data: domains.map((domain) => domainBody(domain, hostname)),
      operator: operator.map(recordBody),
    },
    text: [
      ...sections.map(sectionText),
      `Published once by the operator, for all domains:\n${recordTable(operator)}`,
    ].join('\n\n'),
  }
}

export function domainBody(domain: DomainDocument, hostname: string) {
  const { txt, cname, targets } = sectionOf(domain, hostname)
  const { id, accountId, name, tls, checkedAt, nextCheckAt } = domain
  const unicode = unicodeName(name)
  return {
    id,
    account_id: accountId,
    name,
    ...(unicode !== undefined && { unicode_name: unicode }),
    status: domain.state.columns.status,
    tls,
    checked_at: checkedAt === null ? null : new Date(checkedAt).toISOString(),
    next_check_at: nextCheckAt === null ? null : new Date(nextCheckAt).toISOString(),
    txt: txt.map((record) => ({ ...recordBody(record), ...findingBody(record, domain) })),
    cname: cname.map(recordBody),
    cname_targets: targets.map(recordBody),
  }
}

/** What the last look found, record by record. */
export function checkText(domain: DomainDocument, hostname: string): string {
  const { txt } = sectionOf(domain, hostname)
  const { recordsFound: found, checkRequested: isChecking } = domain
  const rows = txt.map((record) => {
    const known = foundOf(record, found)
    const said = known?.hint ?? (known?.values.length === 0 ? 'nothing stands there' : '')
    const status = recordStatus(record, { found, isChecking })
    const isAdvice = record.record === 'DMARC' && status !== 'verified'
    return [isAdvice ? 'advised' : status, record.type, record.name, harmless(said)]
  })
  const answered = txt.map((record) => foundOf(record, found)?.answeredBy)
  const servers = [...new Set(answered.filter((server) => server !== undefined))]
  return [
    `${headOf(domain)}, looked at ${time(domain.checkedAt)}, answered by ${servers.join(', ') || 'nobody'}`,
    table(['STATUS', 'TYPE', 'NAME', ''], rows),
  ].join('\n')
}

/** What was rotated, then what was left as it is, with the record that is missing. */
export function rotationAnswer(results: readonly Rotated[]): Answer {
  const left = results.filter((result) => result.kind === 'left')
  const rotated = results.filter(({ kind }) => kind === 'rotated')
  const lines = left.map(({ domain, fault }) => leftText(domain, fault))
  return {
    isBad: left.length > 0,
    json: { rotated: rotated.map(({ domain }) => rotatedBody(domain)), left: left.map(leftBody) },
    text: [
      `${count(rotated.length, 'domain')} rotated: the standby key signs from now on, and the former one stays published.`,
      ...(left.length > 0 ? [`${count(left.length, 'domain')} left as before:`, ...lines] : []),
    ].join('\n'),
  }
}

function rotatedBody({ id, accountId, name, state }: DomainDocument) {
  const { activeSelector: former, standbySelector: selector } = state.columns
  return { id, account_id: accountId, name, selector, former_selector: former }
}

function leftBody({ domain, fault }: LeftDomain) {
  const { id, accountId, name } = domain
  const { name: record, expected, found = null, reason } = fault
  return {
    id,
    account_id: accountId,
    name,
    reason,
    record: record ?? null,
    expected: expected ?? null,
    found,
  }
}

function leftText({ name, accountId }: DomainDocument, fault: LeftDomain['fault']): string {
  const said = [`  ${name} of account ${accountId}: ${harmless(fault.reason)}`]
  if (fault.name === undefined) return said.join('\n')
  const found = fault.found?.map(harmless).join(' | ') || 'nothing'
  return [
    ...said,
    `    ${fault.name} TXT`,
    `    expected ${fault.expected}`,
    `    found    ${found}`,
  ].join('\n')
}

interface Section {
  domain: DomainDocument
  txt: ExpectedRecord[]
  cname: ExpectedRecord[]
  targets: ExpectedRecord[]
}

function sectionOf(domain: DomainDocument, hostname: string): Section {
  const keys = keysOf(domain)
  return {
    domain,
    txt: [...expectedRecords(keys, hostname), dmarcAdvice(domain.name)],
    cname: [...aliasRecords(keys, hostname), dmarcAdvice(domain.name)],
    targets: aliasTargetRecords(keys, hostname),
  }
}

function sectionText({ domain, txt, cname, targets }: Section): string {
  return [
    headOf(domain),
    `Published by the owner of the domain:\n${recordTable(txt)}`,
    `Or in this form, which follows when keys change:\n${recordTable(cname)}`,
    `For which the operator publishes:\n${recordTable(targets)}`,
  ].join('\n\n')
}

function headOf({ name, accountId, state }: DomainDocument): string {
  const unicode = unicodeName(name)
  const shown = unicode === undefined ? name : `${name} (${unicode})`
  return `${shown} of account ${accountId}: ${state.columns.status}`
}

function recordBody({ record, type, name, value, priority }: ExpectedRecord) {
  return { record, type, name, value, priority: priority ?? null }
}

function findingBody(
  record: ExpectedRecord,
  { recordsFound: found, checkRequested }: DomainDocument,
) {
  const known = foundOf(record, found)
  return {
    status: recordStatus(record, { found, isChecking: checkRequested }),
    found: known?.values ?? null,
    answered_by: known?.answeredBy ?? null,
    hint: known?.hint ?? null,
  }
}

function recordTable(all: readonly ExpectedRecord[]): string {
  return table(
    ['TYPE', 'NAME', 'VALUE'],
    all.map(({ type, name, value, priority }) => [
      type,
      name,
      priority === undefined ? value : `${priority} ${value}`,
    ]),
  )
}
