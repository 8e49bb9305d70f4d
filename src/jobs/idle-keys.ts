/** Keys that nobody uses, where their account wants them to end: the owners are told, and two weeks later the key ends. */
import {
  type IdleKey,
  listIdleKeys,
  retireIdleKey,
  tellIdleKey,
} from '../core/credentials/idle-queries.ts'
import type { Sql } from '../db/sql.ts'
import type { Log } from '../process/log.ts'
import { isOutage } from '../process/outage.ts'
import { type Recurring, startRecurring } from '../process/recurring.ts'
import type { VaultClient } from '../vault/client.ts'

export interface IdleKeysDeps {
  sql: Sql
  ticket: Buffer
  vault: Pick<VaultClient, 'authorise'>
  log: Log
}

const everyMs = 60 * 60_000
const retryMs = 5_000
/** A round looks at so many accounts that have the option, and at no others; it goes on until it has seen all of them. */
export const accountsAtOnce = 50
const keysMax = 100

export function startIdleKeys(deps: IdleKeysDeps): Recurring {
  const idleKeys = new IdleKeys(deps)
  return startRecurring({
    operation: 'idle keys',
    everyMs,
    retryMs,
    round: () => idleKeys.run(),
    log: deps.log,
  })
}

export class IdleKeys {
  private readonly deps: IdleKeysDeps
  /** The last account that was looked at in this pass. */
  private after: string | null = null

  constructor(deps: IdleKeysDeps) {
    this.deps = deps
  }

  /** Answers whether there are more accounts to look at. A key that fails harms no other, and is looked at in the next pass. */
  async run(): Promise<boolean> {
    const { sql, ticket, log } = this.deps
    const { after } = this
    const due = await listIdleKeys(sql, ticket, { after, accountsMax: accountsAtOnce, keysMax })
    for (const { accountId, credentialId, step } of due) {
      if (credentialId === null) continue
      try {
        await this.do(step, { accountId, credentialId })
      } catch (error) {
        if (isOutage(error)) throw error
        log.warn({ accountId, credentialId, error }, 'idle key not changed')
      }
    }
    const accounts = new Set(due.map(({ accountId }) => accountId))
    const isFull = accounts.size === accountsAtOnce
    this.after = isFull ? (due.at(-1)?.accountId ?? null) : null
    return isFull
  }

  private async do(
    step: IdleKey['step'],
    key: { accountId: string; credentialId: string },
  ): Promise<void> {
    const { sql, ticket, vault, log } = this.deps
    if (step === 'tell') {
      if (await tellIdleKey(sql, ticket, key)) log.info(key, 'owners told of an idle key')
      return
    }
    const { accountId, credentialId } = key
    const { signed } = await vault.authorise('ticket', { kind: 'retire_credential', ...key })
    // It may have been used in this moment.
    if ((await retireIdleKey(sql, ticket, signed)) !== 'stored') return
    const end = { kind: 'confirm', of: 'credential', accountId, objectId: credentialId } as const
    await vault.authorise('ticket', end)
    log.info(key, 'idle key retired')
  }
}
