/** Who belongs to an account and as what. */
import { mayGive, type Role, type Scope, scopesOfRole } from '../../core/access/scopes.ts'
import type {
  MemberColumns,
  OneTimeLinkColumns,
  SignedRow,
} from '../../core/authority/signed-row.ts'
import { Refusal } from '../../lib/refusal.ts'
import { type Asking, askingPerson, askingSession, demandFresh, demandScope } from './asking.ts'
import type { PersonAnswer, PersonRequest } from './contract.ts'
import type { PeopleDeps } from './person.ts'
import { following } from './proofs.ts'

type Of<Kind extends PersonRequest['kind']> = Extract<PersonRequest, { kind: Kind }>

const invitationMs = 7 * 24 * 3600_000

export async function invite(
  deps: PeopleDeps,
  h1: Buffer,
  { link, emailIndex, role, scopes }: Of<'invite'>,
): Promise<PersonAnswer> {
  const asking = await changingMembers(deps, h1)
  // Owners of a subaccount are invited from above: nobody else is there before the first of them.
  const isOwnerFromAbove = role === 'owner' && asking.session.via !== undefined
  if (!isOwnerFromAbove) await demandMayGive(deps, asking, { role, scopes })
  const now = deps.clock.now()
  const columns: OneTimeLinkColumns = {
    accountId: asking.columns.accountId,
    ...link,
    purpose: 'invitation',
    userId: null,
    role,
    scopes,
    emailIndex,
    createdAt: now,
    expiresAt: now + invitationMs,
    endedAt: null,
  }
  return { outcome: 'done', rows: [firstVersion(deps, columns)] }
}

function firstVersion({ keys }: PeopleDeps, columns: OneTimeLinkColumns): SignedRow {
  return keys.signRow({ kind: 'one_time_link', columns, version: 1, previous: null })
}

export async function revokeInvitation(
  deps: PeopleDeps,
  h1: Buffer,
  { linkId }: Of<'revoke_invitation'>,
): Promise<PersonAnswer> {
  const asking = await changingMembers(deps, h1, { kind: 'one_time_link', objectId: linkId })
  const present = asking.present as SignedRow<'one_time_link'> | null // the kind asked for
  if (present?.columns.purpose !== 'invitation' || present.columns.endedAt !== null) {
    throw new Refusal('not_found', 'There is no such invitation; it may have been taken up.')
  }
  const columns = { ...present.columns, endedAt: deps.clock.now() }
  return { outcome: 'done', rows: [following(deps.keys, present, columns)] }
}

export async function changeMember(
  deps: PeopleDeps,
  h1: Buffer,
  { memberId, role, scopes }: Of<'change_member'>,
): Promise<PersonAnswer> {
  const asking = await changingMembers(deps, h1, { kind: 'member', objectId: memberId })
  const present = demandMember(asking)
  const { columns } = present
  await demandMayGive(deps, asking, { role, scopes })
  await demandMayGive(deps, asking, columns)
  if (columns.role === 'owner' && role !== 'owner') demandAnotherOwner(asking)
  const changed = { ...columns, role, scopes, changedAt: deps.clock.now() }
  return { outcome: 'done', rows: [following(deps.keys, present, changed)] }
}

/** With the membership all sessions in the account end; of other accounts nothing changes. */
export async function removeMember(
  deps: PeopleDeps,
  h1: Buffer,
  { memberId }: Of<'remove_member'>,
): Promise<PersonAnswer> {
  const wanted = { kind: 'member' as const, objectId: memberId }
  const asking = await askingSession(deps, h1, wanted)
  const present = demandMember(asking)
  const { columns } = present
  // Everybody may leave.
  if (columns.userId !== asking.session.userId) {
    demandScope(asking, 'members:write')
    await demandMayGive(deps, asking, columns)
  }
  demandFresh(asking, deps)
  if (columns.role === 'owner') demandAnotherOwner(asking)
  const now = deps.clock.now()
  const removed = { ...columns, changedAt: now, removedAt: now }
  return { outcome: 'done', rows: [following(deps.keys, present, removed)] }
}

/** Whatever their role, but the last owner. */
export async function leaveAccount(deps: PeopleDeps, h1: Buffer): Promise<PersonAnswer> {
  const { membership } = await askingPerson(deps, await askingSession(deps, h1))
  return removeMember(deps, h1, { kind: 'remove_member', memberId: membership.member.id })
}

async function changingMembers(
  deps: PeopleDeps,
  h1: Buffer,
  wanted: { kind: 'member' | 'one_time_link'; objectId: string } | null = null,
): Promise<Asking> {
  const asking = await askingSession(deps, h1, wanted)
  demandScope(asking, 'members:write')
  demandFresh(asking, deps)
  return asking
}

function demandMember({ present }: Asking): SignedRow<'member'> {
  const row = present as SignedRow<'member'> | null // the kind asked for
  if (!row || row.columns.removedAt !== null) {
    throw new Refusal('not_found', 'There is no such member; they may have left.')
  }
  return row
}

async function demandMayGive(
  deps: PeopleDeps,
  asking: Asking,
  wanted: { role: Role; scopes: readonly Scope[] | null },
): Promise<void> {
  const { membership } = await askingPerson(deps, asking)
  const { role, scopes }: MemberColumns = membership.member
  if (mayGive({ role, scopes: scopesOfRole(role, scopes) }, wanted)) return
  throw new Refusal(
    'not_permitted',
    'You may not give or take a role that may do more than yours. Ask an owner of the account.',
  )
}

function demandAnotherOwner({ owners }: Asking): void {
  if (owners > 1) return
  throw new Refusal(
    'not_permitted',
    'This is the last owner of the account. Make somebody else an owner first.',
  )
}
