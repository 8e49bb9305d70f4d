/** `postern domain records NAME`: what is to be published in DNS, in both forms, and what the operator publishes. */
import { loadConfig } from '../config/config.ts'
import type { DomainDocument } from '../core/domains/queries.ts'
import {
  aliasRecords,
  aliasTargetRecords,
  type DomainKeys,
  dmarcAdvice,
  type ExpectedRecord,
  expectedRecords,
  operatorRecords,
} from '../core/domains/records.ts'
import { listDomainsNamed } from '../core/operations/queries.ts'
import { Refusal } from '../lib/refusal.ts'
import { asciiDomain } from '../mail/address.ts'
import { type Action, runNamedAction } from './action.ts'
import { UsageError } from './command-failure.ts'
import { asOperator } from './operator.ts'
import { table } from './plain-text.ts'

const records: Action = {
  shape: { operands: ['NAME'] },
  perform: (given) => {
    const name = asciiDomain(given.required('NAME'))
    if (name === undefined) throw new UsageError('NAME must be a domain such as mail.example.com')
    const { hostname } = loadConfig().settings
    return asOperator(async ({ sql, h1 }) => {
      const domains = await listDomainsNamed(sql, h1, name)
      if (domains.length === 0) {
        throw new Refusal('not_found', `No account has added ${name}; it does so by POST /domains.`)
      }
      const sections = domains.map((domain) => sectionOf(domain, hostname))
      return {
        json: { data: sections.map(sectionBody), operator: bodies(operatorRecords(hostname, [])) },
        text: [
          ...sections.map(sectionText),
          `Published once by the operator, for all domains:\n${recordTable(operatorRecords(hostname, []))}`,
        ].join('\n\n'),
      }
    })
  },
}

export function run(args: string[]): Promise<number> {
  return runNamedAction({ records }, args)
}

interface Section {
  domain: DomainDocument
  txt: ExpectedRecord[]
  cname: ExpectedRecord[]
  targets: ExpectedRecord[]
}

function sectionOf(domain: DomainDocument, hostname: string): Section {
  const keys: DomainKeys = {
    id: domain.id,
    name: domain.name,
    returnPath: domain.returnPath,
    selectors: domain.selectors.map(({ selector, publicKey }) => ({
      selector,
      publicKey: Buffer.from(publicKey, 'hex'),
    })),
  }
  return {
    domain,
    txt: [...expectedRecords(keys, hostname), dmarcAdvice(domain.name)],
    cname: [...aliasRecords(keys, hostname), dmarcAdvice(domain.name)],
    targets: aliasTargetRecords(keys, hostname),
  }
}

function sectionText({ domain, txt, cname, targets }: Section): string {
  return [
    `${domain.name} of account ${domain.accountId}: ${domain.state.columns.status}`,
    `Published by the owner of the domain:\n${recordTable(txt)}`,
    `Or in this form, which follows when keys change:\n${recordTable(cname)}`,
    `For which the operator publishes:\n${recordTable(targets)}`,
  ].join('\n\n')
}

function sectionBody({ domain, txt, cname, targets }: Section) {
  return {
    id: domain.id,
    account_id: domain.accountId,
    name: domain.name,
    status: domain.state.columns.status,
    txt: bodies(txt),
    cname: bodies(cname),
    cname_targets: bodies(targets),
  }
}

function bodies(all: ExpectedRecord[]) {
  return all.map(({ record, type, name, value, priority = null }) => ({
    record,
    type,
    name,
    value,
    priority,
  }))
}

function recordTable(all: ExpectedRecord[]): string {
  return table(
    ['TYPE', 'NAME', 'VALUE'],
    all.map(({ type, name, value, priority }) => [
      type,
      name,
      priority === undefined ? value : `${priority} ${value}`,
    ]),
  )
}
