/** `postern domain …`: sending domains of all accounts, their records in both forms, and what the operator publishes. */
import { setTimeout as pause } from 'node:timers/promises'
import { loadConfig } from '../config/config.ts'
import { sandboxDomain } from '../core/accounts/system-account.ts'
import { addDomainAsOperator } from '../core/domains/add-domain.ts'
import type { DomainDocument } from '../core/domains/queries.ts'
import { rotateAll, rotateAsOperator } from '../core/domains/rotate-as-operator.ts'
import {
  listDomains,
  listDomainsNamed,
  requestDomainCheck,
} from '../core/operations/domain-queries.ts'
import { findAccount } from '../core/operations/queries.ts'
import { systemClock } from '../lib/clock.ts'
import { Refusal } from '../lib/refusal.ts'
import { asciiDomain } from '../mail/address.ts'
import { type Action, runNamedAction } from './action.ts'
import type { Arguments } from './arguments.ts'
import { CommandFailure, UsageError } from './command-failure.ts'
import { checkText, domainBody, domainSections, rotationAnswer } from './domain-text.ts'
import { asOperator, type Operator } from './operator.ts'
import { table, time } from './plain-text.ts'

const pageSize = 500
const answeredWithinMs = 30_000
const lookEveryMs = 250

const add: Action = {
  shape: { operands: ['NAME'], texts: { account: true } },
  perform: (given) =>
    asOperator(async ({ sql, vault, token, h1 }) => {
      const accountId = given.id('account')
      if (!(await findAccount(sql, h1, accountId))) {
        throw new Refusal(
          'not_found',
          `There is no account ${accountId}; \`account list\` shows them.`,
        )
      }
      const { hostname } = loadConfig().settings
      const deps = { sql, vault, clock: systemClock }
      const name = given.required('NAME')
      const added = await addDomainAsOperator(deps, token, { accountId, name })
      const domains = await listDomainsNamed(sql, h1, added.name)
      const own = domains.filter(({ id }) => id === added.id)
      const { json, text } = domainSections(own, hostname)
      return {
        json: { ...json.data[0], operator: json.operator },
        text: `${text}\n\nOnce they are published: \`postern domain verify ${added.name}\`.`,
      }
    }),
}

const verify: Action = {
  shape: { operands: ['NAME'] },
  perform: (given) =>
    asOperator(async (operator) => {
      const name = nameOf(given)
      if ((await requestDomainCheck(operator.sql, operator.h1, name)) === 0) throw unknown(name)
      const { hostname } = loadConfig().settings
      const domains = await awaitCheck(operator, name)
      return {
        isBad: domains.some(({ state }) => state.columns.status !== 'verified'),
        json: { data: domains.map((domain) => domainBody(domain, hostname)) },
        text: domains.map((domain) => checkText(domain, hostname)).join('\n\n'),
      }
    }),
}

const rotate: Action = {
  shape: { rest: 'ACCOUNT DOMAIN', switches: ['all'] },
  perform: (given) =>
    asOperator(async (operator) => {
      const { hostname } = loadConfig().settings
      const { sql, vault, token } = operator
      const deps = { sql, vault, hostname }
      if (given.has('all') !== (given.rest.length === 0) || given.rest.length > 2) {
        throw new UsageError('say which: either ACCOUNT DOMAIN or --all')
      }
      if (given.has('all')) return rotationAnswer(await rotateAll(deps, token))
      const accountId = given.restId(0, 'ACCOUNT')
      const name = domainOf(given.rest[1])
      if ((await requestDomainCheck(sql, operator.h1, name)) === 0) throw unknown(name)
      const domains = await awaitCheck(operator, name)
      const domain = domains.find((one) => one.accountId === accountId)
      if (!domain) throw unknown(name)
      return rotationAnswer([await rotateAsOperator(deps, token, domain)])
    }),
}

const list: Action = {
  shape: { texts: { account: false } },
  perform: (given) =>
    asOperator(async (operator) => {
      const { hostname } = loadConfig().settings
      const domains = await listAll(operator, given.optionalId('account') ?? null)
      const rows = domains.map((domain) => [
        domain.name,
        domain.state.columns.status,
        domain.tls,
        domain.checkedAt === null ? 'never' : time(domain.checkedAt),
        domain.accountId,
      ])
      return {
        json: { data: domains.map((domain) => domainBody(domain, hostname)) },
        text: table(['DOMAIN', 'STATUS', 'TLS', 'LOOKED AT', 'ACCOUNT'], rows),
      }
    }),
}

const records: Action = {
  shape: { operands: ['NAME'] },
  perform: (given) =>
    asOperator(async ({ sql, h1 }) => {
      const name = nameOf(given)
      const domains = await listDomainsNamed(sql, h1, name)
      if (domains.length === 0) throw unknown(name)
      return domainSections(domains, loadConfig().settings.hostname)
    }),
}

export function run(args: string[]): Promise<number> {
  return runNamedAction({ add, verify, list, records, rotate }, args)
}

function nameOf(given: Arguments): string {
  return domainOf(given.required('NAME'), 'NAME')
}

function domainOf(text: string | undefined, what = 'DOMAIN'): string {
  const name = text === undefined ? undefined : asciiDomain(text)
  if (name !== undefined) return name
  throw new UsageError(`${what} must be a domain such as mail.example.com`)
}

function unknown(name: string): Refusal {
  return new Refusal(
    'not_found',
    `No account has ${name}; add it with \`domain add ${name} --account ID\` or by POST /domains.`,
  )
}

/** The jobs process looks within seconds. */
async function awaitCheck({ sql, h1 }: Operator, name: string): Promise<DomainDocument[]> {
  const untilMs = systemClock.now() + answeredWithinMs
  for (;;) {
    const domains = await listDomainsNamed(sql, h1, name)
    if (domains.every(({ checkRequested }) => !checkRequested)) return domains
    if (systemClock.now() > untilMs) {
      throw new CommandFailure(
        `${name} was not looked at within ${answeredWithinMs / 1_000} s; \`postern doctor\` says whether jobs runs, and the look is made once it does`,
      )
    }
    await pause(lookEveryMs)
  }
}

/** The sandbox is left out: it is the installation's own. */
async function listAll({ sql, h1 }: Operator, accountId: string | null): Promise<DomainDocument[]> {
  const domains: DomainDocument[] = []
  let after: string | null = null
  for (;;) {
    const page: DomainDocument[] = await listDomains(sql, h1, { accountId, after, limit: pageSize })
    domains.push(...page.filter((domain) => domain.name !== sandboxDomain))
    after = page.at(-1)?.id ?? null
    if (page.length < pageSize) return domains
  }
}
