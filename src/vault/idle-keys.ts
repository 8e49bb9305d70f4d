/**
 * The end of a key that nobody uses, for jobs. Vault looks for itself whether the account wants that, how long the key was
 * not used, and whether its owners were told in time: a jobs that is taken ends no key but such as end anyway. When a key
 * was used and when somebody was told is the database's word; writing there can only end access, never give any.
 */
import { systemAccountId } from '../core/accounts/system-account.ts'
import type { AccountStateColumns, CredentialColumns } from '../core/authority/signed-row.ts'
import { idleNoticeDays } from '../core/credentials/idle-days.ts'
import { findIdleness } from '../core/credentials/idle-queries.ts'
import { Refusal } from '../lib/refusal.ts'
import type { Authorised } from './contract.ts'
import { type AuthorityDeps, type ChangeOf, next, presentRow } from './present-authority.ts'

const dayMs = 24 * 3600_000

export async function retireCredential(
  deps: AuthorityDeps,
  { accountId, credentialId }: ChangeOf<'retire_credential'>,
): Promise<Authorised> {
  const now = deps.clock.now()
  const state = await presentRow(deps, 'account_state', { accountId, objectId: accountId })
  const present = await presentRow(deps, 'credential', { accountId, objectId: credentialId })
  const account = state.columns as AccountStateColumns // presentRow checked both kinds
  const key = present.columns as CredentialColumns
  const idleDays = account.options?.idleKeyDays
  if (idleDays === undefined || account.state !== 'active' || accountId === systemAccountId) {
    throw notIdle('its account does not end keys for that')
  }
  if (key.options?.session || key.options?.canary) throw notIdle('it is no key that is used')
  const hasEnded = key.revokedAt !== null || (key.expiresAt !== null && key.expiresAt <= now)
  if (hasEnded) throw notIdle('it has ended')
  const { lastUsedAt, toldAt } = (await findIdleness(deps.sql, deps.ticket, {
    accountId,
    credentialId,
  })) ?? { lastUsedAt: null, toldAt: null }
  const idleSince = Math.max(key.createdAt, lastUsedAt?.getTime() ?? 0)
  if (now - idleSince < idleDays * dayMs) throw notIdle('it was used since')
  const told = toldAt?.getTime() ?? 0
  if (told <= idleSince || now - told < idleNoticeDays * dayMs) {
    throw notIdle('its owners were not told in time')
  }
  return next(deps, present, { ...key, expiresAt: now })
}

function notIdle(why: string): Refusal {
  return new Refusal('not_permitted', `The key is not retired: ${why}.`)
}
