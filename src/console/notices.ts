/** Tells people what happened to them and their accounts: claims notices that are due and mails them. */
import type { OwnMail } from '../core/people/mail.ts'
import { claimNotices, type DueNotice, finishNotices } from '../core/people/queries.ts'
import type { Sql } from '../db/sql.ts'
import type { Log } from '../process/log.ts'
import { isOutage } from '../process/outage.ts'
import { type Recurring, startRecurring } from '../process/recurring.ts'

export interface NoticesDeps {
  sql: Sql
  /** Of the console process. */
  ticket: Buffer
  mail: Pick<OwnMail, 'sendNotice' | 'isReady'>
  log: Log
}

const everyMs = 2_000
const retryMs = 5_000
export const noticesAtOnce = 50

export function startNotices(deps: NoticesDeps): Recurring {
  const round = () => sendDueNotices(deps)
  return startRecurring({ operation: 'notices', everyMs, retryMs, round, log: deps.log })
}

/**
 * Answers whether there may be more. What was sent is finished even when the rest fails; what was not comes again later
 * by itself, and nothing is sent twice when this ends between sending and finishing.
 */
export async function sendDueNotices({ sql, ticket, mail, log }: NoticesDeps): Promise<boolean> {
  if (!mail.isReady) return false
  const due = await claimNotices(sql, ticket, noticesAtOnce)
  const ended = await Promise.allSettled(due.map((notice) => mail.sendNotice(notice)))
  const sent = due.filter((_, index) => ended[index]?.status === 'fulfilled')
  if (sent.length > 0)
    await finishNotices(
      sql,
      ticket,
      sent.map(({ id }) => id),
    )
  const failures = ended.flatMap((one, index) =>
    one.status === 'rejected' ? [{ notice: due[index], error: one.reason }] : [],
  )
  for (const { notice, error } of failures) note(log, notice, error)
  const outage = failures.find(({ error }) => isOutage(error))
  if (outage) throw outage.error
  return due.length === noticesAtOnce
}

function note(log: Log, notice: DueNotice | undefined, error: unknown): void {
  if (isOutage(error)) return
  log.warn(
    { operation: 'notices', ...(notice && { eventId: notice.id }), error },
    'notice not sent',
  )
}
