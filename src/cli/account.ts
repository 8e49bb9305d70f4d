/** `postern account …`: the accounts of the installation, as its operator sees them. */
import { loadConfig } from '../config/config.ts'
import { blockAccount, parentOfReason, unblockAccount } from '../core/accounts/block-account.ts'
import { changeAccountState, type StateAction } from '../core/accounts/change-account-state.ts'
import { createAccount } from '../core/accounts/create-account.ts'
import { makeOwnerLink } from '../core/accounts/owner-link.ts'
import { systemAccountId } from '../core/accounts/system-account.ts'
import {
  type AccountDetails,
  type AccountRow,
  findAccount,
  listAccounts,
  setLogBodies,
} from '../core/operations/queries.ts'
import { linkAddress } from '../core/people/mail-texts.ts'
import { subaccountsMaxDefault, subaccountsMaxLargest } from '../core/subaccounts/limits.ts'
import { listSubaccountsOf } from '../core/subaccounts/queries.ts'
import { systemClock } from '../lib/clock.ts'
import { Refusal } from '../lib/refusal.ts'
import { consoleAddress } from '../process/console-address.ts'
import type { AccountStateChange } from '../vault/client.ts'
import { type Action, type Answer, runNamedAction } from './action.ts'
import type { Arguments } from './arguments.ts'
import { UsageError } from './command-failure.ts'
import { asOperator, type Operator } from './operator.ts'
import { count, facts, table, time } from './plain-text.ts'

const pageSize = 500
const numberMax = 1_000_000_000

const create: Action = {
  shape: { texts: { name: true, email: true } },
  perform: (given) =>
    asOperator(async ({ sql, vault, token }) => {
      const { id, apiKey } = await createAccount({ sql, vault, clock: systemClock }, token, {
        name: given.required('name'),
        email: given.required('email'),
      })
      const pairs = [
        ['Account', id],
        ['API key', apiKey],
      ] as const
      return {
        json: { id, api_key: apiKey },
        text: `${facts(pairs)}\n\nThe key is shown this once; keep it where your program reads it.`,
      }
    }),
}

const list: Action = {
  shape: {},
  perform: () =>
    asOperator(async (operator) => {
      const accounts = await listAllAccounts(operator)
      const rows = accounts.map((account) => {
        const { state, requestsPerSecond, dailyQuota, options } = account.state.columns
        return [
          account.id,
          options?.parentId ?? '-',
          isGenuine(operator, account) ? state : 'blocked (forged state)',
          `${requestsPerSecond}/s`,
          dailyQuota === null ? 'none' : String(dailyQuota),
          time(account.createdAt),
        ]
      })
      return {
        json: { data: accounts.map((account) => accountBody(operator, account)) },
        text: table(['ACCOUNT', 'PARENT', 'STATE', 'REQUESTS', 'DAILY QUOTA', 'CREATED'], rows),
      }
    }),
}

const show: Action = {
  shape: { operands: ['ID'] },
  perform: (given) =>
    asOperator(async (operator) => describe(operator, await getAccount(operator, given.id('ID')))),
}

/** With it those under it, each by a block that names this account. */
const block: Action = {
  shape: { operands: ['ID'], texts: { reason: false } },
  perform: (given) => {
    const wanted = { accountId: given.id('ID'), reason: checkReason(given.text('reason')) }
    return changeBy(wanted.accountId, (operator) =>
      blockAccount(operator, operator.token, wanted).then((below) => belowText(below, 'blocked')),
    )
  },
}

const unblock: Action = {
  shape: { operands: ['ID'] },
  perform: (given) => {
    const id = given.id('ID')
    return changeBy(id, (operator) =>
      unblockAccount(operator, operator.token, id).then((below) => belowText(below, 'unblocked')),
    )
  },
}

function belowText(below: number, what: string): string | null {
  return below === 0 ? null : `${count(below, 'subaccount')} ${what} with it.`
}

const limits: Action = {
  shape: {
    operands: ['ID'],
    texts: {
      'requests-per-second': false,
      'daily-quota': false,
      domains: false,
      keys: false,
      subaccounts: false,
    },
  },
  perform: (given) => change(given.id('ID'), 'account.limits', readLimits(given)),
}

const logs: Action = {
  shape: { operands: ['ID'], texts: { bodies: true } },
  perform: (given) => {
    const id = given.id('ID')
    const wanted = given.oneOf('bodies', ['on', 'off']) === 'on'
    return asOperator(async (operator) => {
      await getAccount(operator, id)
      await setLogBodies(operator.sql, operator.h1, { accountId: id, wanted })
      const text = wanted
        ? 'Bodies of its requests and answers are kept for 24 hours, sealed and without their secrets; messages are not.'
        : 'Bodies of its requests are no longer kept; what is there goes within 24 hours.'
      return { json: { id, log_bodies: wanted }, text }
    })
  },
}

/** For who has shut themselves out: the doors are open to every network again, whatever else is demanded stays. */
const policy: Action = {
  shape: { operands: ['ID'], switches: ['clear-networks'] },
  perform: (given) => {
    if (!given.has('clear-networks')) throw new UsageError('say what to change: --clear-networks')
    return change(given.id('ID'), 'account.clear_networks', { clearsNetworks: true })
  },
}

const ownerLink: Action = {
  shape: { operands: ['ID'] },
  perform: (given) =>
    asOperator(async ({ sql, vault, token: operatorToken, runFile }) => {
      const id = given.id('ID')
      const deps = { sql, vault, clock: systemClock }
      const { token, expiresAt } = await makeOwnerLink(deps, operatorToken, id)
      const address = consoleAddress(loadConfig().settings, runFile.ports.console)
      const link = linkAddress(address, 'first_owner', token)
      return {
        json: { id, owner_link: link, expires_at: expiresAt.toISOString() },
        text: `${link}\n\nWhoever opens it becomes the owner of the account; it works once, until ${time(expiresAt)}.`,
      }
    }),
}

const close: Action = {
  shape: { operands: ['ID'], switches: ['now'] },
  perform: (given) =>
    change(given.id('ID'), 'account.close', { closes: given.has('now') ? 'now' : 'later' }),
}

const reopen: Action = {
  shape: { operands: ['ID'] },
  perform: (given) => change(given.id('ID'), 'account.reopen', { reopens: true }),
}

export function run(args: string[]): Promise<number> {
  return runNamedAction(
    {
      ...{ create, list, show, 'owner-link': ownerLink, block, unblock },
      ...{ close, reopen, limits, logs, policy },
    },
    args,
  )
}

/** The installation's own account is left out: nobody holds a key of it. */
async function listAllAccounts({ sql, h1 }: Operator): Promise<AccountRow[]> {
  const accounts: AccountRow[] = []
  let after: string | null = null
  for (;;) {
    const page: AccountRow[] = await listAccounts(sql, h1, { after, limit: pageSize })
    accounts.push(...page.filter((account) => account.id !== systemAccountId))
    after = page.at(-1)?.id ?? null
    if (page.length < pageSize) return accounts
  }
}

async function getAccount({ sql, h1 }: Operator, id: string): Promise<AccountDetails> {
  const account = await findAccount(sql, h1, id)
  if (account) return account
  throw new Refusal('not_found', `There is no account ${id}; \`account list\` shows them.`)
}

async function change(
  id: string,
  action: StateAction,
  wanted: AccountStateChange,
): Promise<Answer> {
  return changeBy(id, async (operator) => {
    await changeAccountState(operator, operator.token, { accountId: id, change: wanted, action })
    return null
  })
}

/** Shows the account as it is then, and what else there is to say. */
async function changeBy(
  id: string,
  perform: (operator: Operator) => Promise<string | null>,
): Promise<Answer> {
  return asOperator(async (operator) => {
    await getAccount(operator, id)
    const said = await perform(operator)
    const { json, text } = await describe(operator, await getAccount(operator, id))
    return { json, text: said === null ? text : `${text}\n\n${said}` }
  })
}

function readLimits(given: Arguments): AccountStateChange {
  const whole = (name: string) => given.wholeNumber(name, { min: 0, max: numberMax })
  const requestsPerSecond = given.wholeNumber('requests-per-second', { min: 1, max: 1_000_000 })
  const dailyQuota = given.text('daily-quota') === 'none' ? null : whole('daily-quota')
  const domainsMax = whole('domains')
  const keysMax = whole('keys')
  const subaccountsMax = given.wholeNumber('subaccounts', { min: 0, max: subaccountsMaxLargest })
  const wanted: AccountStateChange = {
    ...(requestsPerSecond !== undefined && { requestsPerSecond }),
    ...(dailyQuota !== undefined && { dailyQuota }),
    ...(domainsMax !== undefined && { domainsMax }),
    ...(keysMax !== undefined && { keysMax }),
    ...(subaccountsMax !== undefined && { subaccountsMax }),
  }
  if (Object.keys(wanted).length > 0) return wanted
  throw new UsageError('name at least one limit')
}

/** It stands in the signed row for all who check it, so it is a code and can name no person. */
function checkReason(reason: string | undefined): string | null {
  if (reason === undefined) return null
  if (/^[a-z][a-z0-9_]{0,39}$/.test(reason)) return reason
  throw new UsageError(
    '--reason must be a code of at most 40 small letters, digits and _, such as spam_reports',
  )
}

function isGenuine({ authority }: Operator, { id, state }: AccountRow): boolean {
  return authority.distrust(state, id) === undefined
}

/** A state that vault did not sign counts as blocked everywhere, so it is shown as that. */
function accountBody(operator: Operator, account: AccountRow) {
  const { state, reason, requestsPerSecond, dailyQuota, domainsMax, keysMax, options } =
    account.state.columns
  const closesAt = options?.closesAt
  const genuine = isGenuine(operator, account)
  return {
    id: account.id,
    state: genuine ? state : 'blocked',
    genuine,
    reason,
    closes_at: closesAt === undefined ? null : new Date(closesAt).toISOString(),
    parent_id: options?.parentId ?? null,
    created_at: account.createdAt.toISOString(),
    limits: {
      requests_per_second: requestsPerSecond,
      daily_quota: dailyQuota,
      domains: domainsMax,
      keys: keysMax,
      subaccounts: options?.parentId ? 0 : (options?.subaccountsMax ?? subaccountsMaxDefault),
    },
  }
}

async function describe(operator: Operator, account: AccountDetails): Promise<Answer> {
  const { id, keysLive, domains, members, queued } = account
  const below = (await listSubaccountsOf(operator.sql, operator.h1, id)).map((one) => one.id)
  const body = accountBody(operator, account)
  const { limits: most } = body
  const state = body.genuine ? body.state : 'blocked: its state in the database is not vault’s own'
  const until = body.closes_at === null ? '' : ` until ${time(new Date(body.closes_at))}`
  return {
    json: {
      ...body,
      ...{ keys: keysLive, domains, members, subaccounts: below },
      queued: Number(queued),
    },
    text: facts([
      ['Account', id],
      ...(body.parent_id === null ? [] : [['Parent', body.parent_id] as const]),
      ['State', `${state}${until}${reasonText(body.reason)}`],
      ['Created', time(account.createdAt)],
      ['Requests', `${most.requests_per_second} a second`],
      ['Daily quota', most.daily_quota === null ? 'none' : count(most.daily_quota, 'message')],
      ['Keys', `${keysLive} of ${most.keys}`],
      ['Domains', `${domains} of ${most.domains}`],
      ['Members', String(members)],
      ...(body.parent_id === null
        ? [['Subaccounts', `${below.length} of ${most.subaccounts}`] as const]
        : []),
      ['Queued', count(Number(queued), 'delivery', 'deliveries')],
    ]),
  }
}

function reasonText(reason: string | null): string {
  const above = parentOfReason(reason)
  if (above !== null) return ` (with its parent ${above})`
  return reason === null ? '' : ` (${reason})`
}
