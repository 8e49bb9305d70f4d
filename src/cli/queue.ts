/** `postern queue list`: what waits, without anything that says for whom. */
import { countQueue, listQueue } from '../core/operations/queries.ts'
import { type Action, runNamedAction } from './action.ts'
import { asOperator } from './operator.ts'
import { table, time } from './plain-text.ts'

const limitMax = 10_000
const limitDefault = 50

const list: Action = {
  shape: { texts: { account: false, limit: false } },
  perform: (given) => {
    const accountId = given.optionalId('account') ?? null
    const limit = given.wholeNumber('limit', { min: 1, max: limitMax }) ?? limitDefault
    return asOperator(async ({ sql, h1 }) => {
      const counted = new Map((await countQueue(sql, h1)).map((one) => [one.state, one.deliveries]))
      const rows = await listQueue(sql, h1, { accountId, limit })
      const queued = counted.get('queued') ?? 0
      const attempting = counted.get('attempting') ?? 0
      const summary = `${queued} queued and ${attempting} being attempted, of all accounts.`
      return {
        json: {
          queued,
          attempting,
          data: rows.map((row) => ({
            message_id: row.messageId,
            account_id: row.accountId,
            recipient: row.n,
            state: row.state,
            stream: row.stream,
            attempts: row.attempts,
            due_at: row.dueAt.toISOString(),
          })),
        },
        text: rows.length === 0 ? summary : `${summary}\n\n${queueTable(rows)}`,
      }
    })
  },
}

function queueTable(rows: Awaited<ReturnType<typeof listQueue>>): string {
  return table(
    ['MESSAGE', 'RECIPIENT', 'STATE', 'STREAM', 'ATTEMPTS', 'DUE', 'ACCOUNT'],
    rows.map((row) => [
      row.messageId,
      String(row.n),
      row.state,
      row.stream,
      String(row.attempts),
      time(row.dueAt),
      row.accountId,
    ]),
  )
}

export function run(args: string[]): Promise<number> {
  return runNamedAction({ list }, args)
}
