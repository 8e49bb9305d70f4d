/** What the operator's command line changes about people: the first owner's way in, and the end of what is older than now. */
import { epochOfAll } from '../core/access/epoch-of-all.ts'
import type { EpochColumns, OneTimeLinkColumns } from '../core/authority/signed-row.ts'
import { findEpoch } from '../core/people/vault-queries.ts'
import { Refusal } from '../lib/refusal.ts'
import type { Authorised } from './contract.ts'
import { type AuthorityDeps, type ChangeOf, next } from './present-authority.ts'

const ownerLinkMs = 24 * 3600_000

export function createOwnerLink(
  { keys, clock }: AuthorityDeps,
  { accountId, link }: ChangeOf<'create_owner_link'>,
): Authorised {
  const createdAt = clock.now()
  const columns: OneTimeLinkColumns = {
    accountId,
    id: link.id,
    h2: link.h2,
    purpose: 'first_owner',
    userId: null,
    role: 'owner',
    scopes: null,
    emailIndex: null,
    createdAt,
    expiresAt: createdAt + ownerLinkMs,
    endedAt: null,
  }
  return { signed: keys.signRow({ kind: 'one_time_link', columns, version: 1, previous: null }) }
}

/** Only ever later: what was ended stays ended. */
export async function beginEpoch(
  deps: AuthorityDeps,
  { accountId, passwords }: ChangeOf<'begin_epoch'>,
): Promise<Authorised> {
  const { sql, ticket, keys, check, clock } = deps
  const present = await findEpoch(sql, ticket, accountId)
  if (present ? check.distrust(present, accountId) : check.hasSeen('epoch', accountId)) {
    const whose = accountId === epochOfAll ? 'the installation' : 'the account'
    throw new Refusal('not_permitted', `The epoch of ${whose} in the database is not vault's own.`)
  }
  const now = clock.now()
  const columns: EpochColumns = {
    accountId,
    sessionsNotBefore: now,
    passwordsNotBefore: passwords ? now : (present?.columns.passwordsNotBefore ?? 0),
  }
  if (present) return next(deps, present, columns)
  return { signed: keys.signRow({ kind: 'epoch', columns, version: 1, previous: null }) }
}
