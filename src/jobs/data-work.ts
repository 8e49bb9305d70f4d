/** What jobs forgets, erases and ends: by the days of the installation and of single accounts, and of persons. */
import { AuthorityCheck } from '../core/authority/authority-check.ts'
import type { Clock } from '../lib/clock.ts'
import type { Handover } from '../process/handover.ts'
import { startRecurring } from '../process/recurring.ts'
import type { VaultClient } from '../vault/client.ts'
import { Closings } from './closings.ts'
import { erasureRound } from './erasures.ts'
import { startIdleKeys } from './idle-keys.ts'
import { OwnRetention } from './own-retention.ts'
import { type RetentionDeps, startRetention } from './retention.ts'

export interface DataWorkDeps extends Omit<RetentionDeps, 'keepDays'> {
  handover: Pick<Handover, 'settings' | 'authorityPublicKey'>
  vault: Pick<VaultClient, 'authorise'>
  clock: Clock
}

const ownRetentionEveryMs = 10 * 60_000
const erasuresEveryMs = 5_000
const closingsEveryMs = 10_000
const retryMs = 1_000

export function startDataWork({ handover, ...deps }: DataWorkDeps): { stop(): Promise<void> } {
  const { settings, authorityPublicKey } = handover
  if (authorityPublicKey === null) throw new Error('the handover has no authority key')
  const keepDays = settings.retentionDays
  const check = new AuthorityCheck(Buffer.from(authorityPublicKey, 'base64url'))
  const { log } = deps
  const own = new OwnRetention({ ...deps, keepDays, check })
  const closings = new Closings({ ...deps, check })
  const works = [
    startRetention({ ...deps, keepDays }),
    startIdleKeys(deps),
    startRecurring({
      operation: 'retention of accounts',
      everyMs: ownRetentionEveryMs,
      retryMs,
      round: () => own.round(),
      log,
    }),
    startRecurring({
      operation: 'erasures',
      everyMs: erasuresEveryMs,
      retryMs,
      round: () => erasureRound({ ...deps, check }),
      log,
    }),
    startRecurring({
      operation: 'closing of accounts',
      everyMs: closingsEveryMs,
      retryMs,
      round: () => closings.round(),
      log,
    }),
  ]
  return {
    async stop() {
      await Promise.all(works.map((work) => work.stop()))
    },
  }
}
