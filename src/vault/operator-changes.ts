/** What the operator's command line changes about people: the first owner's way in, and the end of what is older than now. */
import { createHmac } from 'node:crypto'
import { epochOfAll } from '../core/access/epoch-of-all.ts'
import type { EpochColumns, OneTimeLinkColumns } from '../core/authority/signed-row.ts'
import { findEpoch, findPerson } from '../core/people/vault-queries.ts'
import { Refusal } from '../lib/refusal.ts'
import { normaliseAddress } from '../mail/address.ts'
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

const objectionMs = 24 * 3600_000

/** Nothing ends yet: from that moment on console may carry it out, unless the person has shown a factor before. */
export async function resetFactors(
  deps: AuthorityDeps,
  { email, atOnce }: ChangeOf<'reset_factors'>,
): Promise<Authorised> {
  const { sql, ticket, keys, check, clock } = deps
  if (typeof email !== 'string') throw new RangeError('an address is a text')
  const emailIndex = createHmac('sha256', keys.instanceKey('identity'))
    .update(normaliseAddress(email))
    .digest('hex')
  const user = (await findPerson(sql, ticket, { emailIndex }))?.person
  if (!user) throw new Refusal('not_found', 'There is no person with this `email`. Check it.')
  const { columns } = user
  if (columns.emailIndex !== emailIndex || check.distrust(user, columns.id)) {
    throw new Refusal('not_permitted', "The person in the database is not vault's own.")
  }
  if (columns.factorIds.length === 0) {
    throw new Refusal(
      'not_found',
      'This person has no second factor; "Forgot password" at the console is enough.',
    )
  }
  const factorsResetAt = clock.now() + (atOnce === true ? 0 : objectionMs)
  return next(deps, user, { ...columns, factorsResetAt })
}
