/** `postern queue …`: what waits, without anything that says for whom, and what the operator may do about it. */
import { findMessage, type OperatorMessage } from '../core/operations/queries.ts'
import { changeDeliveries } from '../core/queue/change-deliveries.ts'
import { countQueue, listQueue, type QueueAction, type QueueFilter } from '../core/queue/queries.ts'
import { Refusal } from '../lib/refusal.ts'
import { type Action, type Answer, runNamedAction } from './action.ts'
import { CommandFailure, UsageError } from './command-failure.ts'
import { asOperator, type Operator } from './operator.ts'
import { count, table, time } from './plain-text.ts'
import { filterOptions, isNarrowed, readFilter, resolveFilter } from './queue-filter.ts'

const limitMax = 10_000
const limitDefault = 50
/** More than that many are changed only when the caller has said so. */
const unaskedMax = 100
const idsMax = 1_000

const list: Action = {
  shape: { texts: { ...filterOptions, limit: false } },
  perform: (given) => {
    const wanted = readFilter(given)
    const limit = given.wholeNumber('limit', { min: 1, max: limitMax }) ?? limitDefault
    return asOperator(async (operator) => {
      const { sql, h1 } = operator
      const filter = await resolveFilter(operator, wanted)
      const counted = await countStates(operator, filter)
      const rows = await listQueue(sql, h1, { filter, limit })
      const { queued, attempting, held } = counted
      const scope = isNarrowed(wanted) ? 'of those meant' : 'of all accounts'
      const summary = `${queued} queued, ${held} held and ${attempting} being attempted, ${scope}.`
      return {
        json: { ...counted, data: rows.map(rowBody) },
        text: rows.length === 0 ? summary : `${summary}\n\n${queueTable(rows)}`,
      }
    })
  },
}

const show: Action = {
  shape: { operands: ['ID'] },
  perform: (given) => {
    const id = given.id('ID')
    return asOperator(async ({ sql, h1 }) => {
      const message = await findMessage(sql, h1, id)
      if (!message)
        throw new Refusal(
          'not_found',
          `There is no message ${id}; \`queue list\` shows those that wait.`,
        )
      return {
        json: { message_id: id, account_id: message.accountId, data: deliveriesOf(message) },
        text: `Message ${id} of account ${message.accountId}\n\n${deliveryTable(message)}`,
      }
    })
  },
}

const retry: Action = {
  shape: { rest: 'ID', texts: filterOptions, switches: ['yes'] },
  perform: (given) => {
    const wanted = readFilter(given)
    const ids = given.restIds('ID')
    if (ids.length > idsMax) throw new UsageError(`name at most ${idsMax} messages at a time`)
    if (ids.length > 0 && wanted.filter.messageId !== null) {
      throw new UsageError('name the messages either one after the other or by --message')
    }
    demandChoice('retry', ids.length > 0 || isNarrowed(wanted))
    return asOperator(async (operator) => {
      const filter = await resolveFilter(operator, wanted)
      const filters =
        ids.length === 0 ? [filter] : ids.map((messageId) => ({ ...filter, messageId }))
      return change(operator, 'retry', { filters, confirmed: given.has('yes') })
    })
  },
}

function changing(action: QueueAction): Action {
  return {
    shape: { texts: filterOptions, switches: ['yes'] },
    perform: (given) => {
      const wanted = readFilter(given)
      demandChoice(action, isNarrowed(wanted))
      return asOperator(async (operator) => {
        const filters = [await resolveFilter(operator, wanted)]
        return change(operator, action, { filters, confirmed: given.has('yes') })
      })
    },
  }
}

const actions = {
  list,
  show,
  retry,
  hold: changing('hold'),
  release: changing('release'),
  cancel: changing('cancel'),
}

export function run(args: string[]): Promise<number> {
  return runNamedAction(actions, args)
}

/** Meaning everything is allowed when it is said: `--state queued`. */
function demandChoice(action: QueueAction, isChosen: boolean): void {
  if (isChosen) return
  throw new UsageError(
    `${action} needs a choice: --account, --destination, --tag, --key, --message or --state`,
  )
}

const done: Record<QueueAction, string> = {
  hold: 'held',
  release: 'released',
  retry: 'due now',
  cancel: 'cancelled',
}

async function change(
  operator: Operator,
  action: QueueAction,
  { filters, confirmed }: { filters: QueueFilter[]; confirmed: boolean },
): Promise<Answer> {
  const { sql, h1 } = operator
  let meant = 0
  for (const filter of filters) {
    const { queued, attempting, held } = await countStates(operator, filter)
    meant += queued + attempting + held
  }
  if (meant > unaskedMax && !confirmed) {
    throw new CommandFailure(
      `this means ${meant} deliveries; look at them with \`queue list\`, then add --yes`,
    )
  }
  const total = { matched: 0, changed: 0 }
  for (const filter of filters) {
    const { matched, changed } = await changeDeliveries(sql, h1, { action, filter })
    total.matched += matched
    total.changed += changed
  }
  const left = total.matched - total.changed
  const rest = left === 0 ? '' : ` ${count(left, 'other')} could not be, or needed not.`
  return {
    json: { action, ...total },
    text: `${count(total.changed, 'delivery', 'deliveries')} ${done[action]}.${rest}`,
  }
}

async function countStates({ sql, h1 }: Pick<Operator, 'sql' | 'h1'>, filter: QueueFilter) {
  const rows = await countQueue(sql, h1, filter)
  const counted = new Map(rows.map(({ state, deliveries }) => [state, Number(deliveries)]))
  const of = (state: string) => counted.get(state) ?? 0
  return { queued: of('queued'), held: of('held'), attempting: of('attempting') }
}

function rowBody(row: Awaited<ReturnType<typeof listQueue>>[number]) {
  return {
    message_id: row.messageId,
    account_id: row.accountId,
    recipient: row.n,
    state: row.state,
    holds: row.holds,
    stream: row.stream,
    attempts: row.attempts,
    due_at: row.dueAt.toISOString(),
  }
}

function queueTable(rows: Awaited<ReturnType<typeof listQueue>>): string {
  return table(
    ['MESSAGE', 'RECIPIENT', 'STATE', 'HELD BY', 'STREAM', 'ATTEMPTS', 'DUE', 'ACCOUNT'],
    rows.map((row) => [
      row.messageId,
      String(row.n),
      row.state,
      row.holds.join(' ') || '-',
      row.stream,
      String(row.attempts),
      time(row.dueAt),
      row.accountId,
    ]),
  )
}

function deliveriesOf({ deliveries }: OperatorMessage) {
  return deliveries.map(({ n, state, holds, attempts, dueAt }) => ({
    recipient: n,
    state,
    holds,
    attempts,
    due_at: new Date(dueAt).toISOString(),
  }))
}

function deliveryTable({ deliveries }: OperatorMessage): string {
  return table(
    ['RECIPIENT', 'STATE', 'HELD BY', 'ATTEMPTS', 'DUE'],
    deliveries.map(({ n, state, holds, attempts, dueAt }) => [
      String(n),
      state,
      holds.join(' ') || '-',
      String(attempts),
      state === 'queued' ? time(dueAt) : '-',
    ]),
  )
}
