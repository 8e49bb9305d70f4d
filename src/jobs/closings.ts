/** Ends accounts whose time has come: vault destroys their keys, then their rows go, a bounded piece in each step. */
import { forgetClosedAccount, listClosing } from '../core/accounts/closing-queries.ts'
import type { AuthorityCheck } from '../core/authority/authority-check.ts'
import type { SignedRow } from '../core/authority/signed-row.ts'
import type { Sql } from '../db/sql.ts'
import type { Clock } from '../lib/clock.ts'
import { Refusal } from '../lib/refusal.ts'
import type { Log } from '../process/log.ts'
import type { VaultClient } from '../vault/client.ts'

export interface ClosingsDeps {
  sql: Sql
  ticket: Buffer
  vault: Pick<VaultClient, 'authorise'>
  check: Pick<AuthorityCheck, 'distrust'>
  clock: Clock
  log: Log
}

const accountsAtOnce = 50
const rowLimit = 500
/** Then other accounts have their turn. */
const stepsMax = 100

export class Closings {
  private readonly deps: ClosingsDeps
  /** The last account of the round before; null: from the first one. */
  private after: string | null = null

  constructor(deps: ClosingsDeps) {
    this.deps = deps
  }

  /** True when there may be more at once. What vault has not signed ends nothing. */
  async round(): Promise<boolean> {
    const { sql, ticket, check, log } = this.deps
    const page = await listClosing(sql, ticket, { after: this.after, limit: accountsAtOnce })
    let hasMore = page.length === accountsAtOnce
    for (const { accountId, state } of page) {
      if (check.distrust(state, accountId)) {
        log.error({ accountId, reason: 'forged' }, 'alarm: authority row not signed by vault')
        continue
      }
      if (await this.end(accountId, state)) hasMore = true
    }
    this.after = page.length === accountsAtOnce ? (page.at(-1)?.accountId ?? null) : null
    return hasMore
  }

  private async end(accountId: string, { columns }: SignedRow<'account_state'>): Promise<boolean> {
    const { sql, ticket, clock, log } = this.deps
    const closesAt = columns.options?.closesAt ?? Number.POSITIVE_INFINITY
    if (columns.state === 'closing' && closesAt > clock.now()) return false
    if (!(await this.destroy(accountId))) return false
    for (let step = 0; step < stepsMax; step++) {
      if (await forgetClosedAccount(sql, ticket, { accountId, rowLimit })) continue
      log.info({ accountId }, 'account closed')
      return false
    }
    return true
  }

  /**
   * Also where it says closed: whatever vault was kept from doing then it does now. False where vault does not: its
   * clock is another one, and it knows newer rows than the database may have.
   */
  private async destroy(accountId: string): Promise<boolean> {
    const { vault, log } = this.deps
    try {
      await vault.authorise('ticket', { kind: 'destroy_account', accountId })
      return true
    } catch (error) {
      if (!(error instanceof Refusal) || error.code !== 'not_permitted') throw error
      log.warn({ accountId, error }, 'account not closed')
      return false
    }
  }
}
