/** Forgets what single accounts keep for less long than the installation: a page of them in each round, in turn. */
import type { AuthorityCheck } from '../core/authority/authority-check.ts'
import { forgetOfAccount, listOwnRetention } from '../core/retention/account-queries.ts'
import { daysKept } from '../core/retention/retention-days.ts'
import type { Sql } from '../db/sql.ts'
import type { Log } from '../process/log.ts'

export interface OwnRetentionDeps {
  sql: Sql
  ticket: Buffer
  keepDays: number
  check: Pick<AuthorityCheck, 'distrust'>
  log: Log
}

const accountsAtOnce = 100
const rowsMax = 500

export class OwnRetention {
  private readonly deps: OwnRetentionDeps
  /** The last account of the round before; null: from the first one. */
  private after: string | null = null

  constructor(deps: OwnRetentionDeps) {
    this.deps = deps
  }

  /** True when there may be more at once. What vault has not signed shortens nothing. */
  async round(): Promise<boolean> {
    const { sql, ticket, keepDays, check, log } = this.deps
    const after = this.after
    const page = await listOwnRetention(sql, ticket, { after, limit: accountsAtOnce })
    let isFull = page.length === accountsAtOnce
    for (const { accountId, state } of page) {
      if (check.distrust(state, accountId)) {
        log.error({ accountId, reason: 'forged' }, 'alarm: authority row not signed by vault')
        continue
      }
      const days = daysKept(keepDays, state.columns.options?.retention)
      const found = await forgetOfAccount(sql, ticket, { accountId, days, rowLimit: rowsMax })
      if (Object.values(found).includes(rowsMax)) isFull = true
    }
    this.after = page.length === accountsAtOnce ? (page.at(-1)?.accountId ?? null) : null
    return isFull
  }
}
