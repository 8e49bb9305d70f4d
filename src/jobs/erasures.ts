/** Works off what is to be erased of persons, a bounded piece in each step; a step that was cut off did nothing. */
import type { AuthorityCheck } from '../core/authority/authority-check.ts'
import { claimErasures, eraseStep } from '../core/erasures/queries.ts'
import type { Sql } from '../db/sql.ts'
import type { Log } from '../process/log.ts'

export interface ErasuresDeps {
  sql: Sql
  ticket: Buffer
  check: Pick<AuthorityCheck, 'distrust'>
  log: Log
}

const atOnce = 20
/** With the most recipients a message may have, still far below what a statement may take. */
const walkLimit = 500
/** Then others have their turn; it is claimed again after a minute. */
const stepsMax = 200

/** True when there may be more at once. What vault has not signed is not erased. */
export async function erasureRound({ sql, ticket, check, log }: ErasuresDeps): Promise<boolean> {
  const due = await claimErasures(sql, ticket, atOnce)
  for (const { accountId, id, erasure } of due) {
    const isOwn = erasure.columns.accountId === accountId && !check.distrust(erasure, id)
    if (!isOwn) {
      log.error({ accountId, reason: 'forged' }, 'alarm: authority row not signed by vault')
      continue
    }
    for (let step = 0; step < stepsMax; step++) {
      if (!(await eraseStep(sql, ticket, { accountId, id, walkLimit }))) break
    }
  }
  return due.length === atOnce
}
